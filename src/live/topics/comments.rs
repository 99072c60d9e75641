//! `post:ID/comments`, a stream: what is said under a post.

use std::sync::Arc;

use async_trait::async_trait;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind, parse_post};
use crate::domain::{Access, Comment, CommentId, Event, FeedChange, PostId, Result, UserId};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::stream::{Change, Fix, Item, Name, Stream, StreamSource, Tail, bytes_of, mend_author};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct PostComments;

#[async_trait]
impl StreamSource for PostComments {
    type Item = Comment;

    async fn read(&self, store: &dyn Store, id: u64) -> Result<Option<Tail<Comment>>> {
        let tail = store.read_comment_tail(PostId(id)).await?;
        Ok(tail.map(|tail| Tail::of(tail, |CommentId(id)| id)))
    }
}

#[async_trait]
impl TopicKind for PostComments {
    fn number(&self) -> u8 {
        2
    }

    fn order(&self) -> Order {
        Order::Stream
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_post(name, "/comments")
    }

    fn name(&self, id: u64) -> String {
        format!("post:{id}/comments")
    }

    fn access(&self, _: u64) -> Access {
        Access::Anyone
    }

    fn open(&self) -> Keeps {
        Keeps::value(Stream::<Comment>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::CommentsChanged { post: PostId(id), change } => {
                touch.change(*id, &Change::of(change, |CommentId(id)| id));
            }
            Event::FeedChanged(FeedChange::Added { item: post, .. }) => {
                if let Some(stream) = touch.stream::<Comment>(post.id.0) {
                    stream.begin(post.comments_seq);
                }
            }
            Event::FeedChanged(FeedChange::Removed { id, .. }) => touch.end_stream::<Comment>(id.0),
            _ => {}
        }
    }

    async fn read(
        &self,
        relay: &Relay,
        asked: &[Asked],
        _: Viewer,
        room: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        relay.read_streams(self, asked, room).await
    }
}

impl Item for Comment {
    fn id(&self) -> u64 {
        self.id.0
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn cursor(&self) -> u64 {
        self.seq
    }

    fn authors(&self) -> impl Iterator<Item = UserId> {
        std::iter::once(self.author.id)
    }

    fn bytes(&self) -> usize {
        self.text.len() + bytes_of(&self.author)
    }

    fn added<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a> {
        let comment = std::borrow::Cow::Owned(encode::comment(self));
        protocol::Push::CommentAdded { topic, seq: self.seq, comment }
    }

    fn edited<'a>(&'a self, topic: Name<'a>, seq: u64) -> protocol::Push<'a> {
        let comment = std::borrow::Cow::Owned(encode::comment(self));
        protocol::Push::CommentEdited { topic, seq, comment }
    }

    fn removed(topic: Name<'_>, seq: u64, id: u64) -> protocol::Push<'_> {
        protocol::Push::CommentRemoved { topic, seq, id }
    }

    fn mend(comment: &mut Arc<Self>, fix: &Fix) -> bool {
        match fix {
            Fix::Author(user) => mend_author(comment, user, |item| &item.author, |item| &mut item.author),
            // These are a post's.
            Fix::Counts(..) | Fix::CommentsSeq(..) => false,
        }
    }
}
