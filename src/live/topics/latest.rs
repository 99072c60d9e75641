//! `feed:latest`, a stream: all posts of the site.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind};
use crate::domain::{Access, Counts, Event, FeedChange, FeedTail, Post, PostId, Result, UserId};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::stream::{Change, Fix, Item, Name, Stream, StreamSource, Tail, bytes_of, mend_author};
use crate::live::value::{Keeps, Value as _};
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct Latest;

const NAME: &str = "feed:latest";
/// There is one.
const ID: u64 = 0;

#[async_trait]
impl StreamSource for Latest {
    type Item = Post;

    async fn read(&self, store: &dyn Store, _: u64) -> Result<Option<Tail<Post>>> {
        Ok(Some(store.read_feed_tail().await?.into()))
    }
}

#[async_trait]
impl TopicKind for Latest {
    fn number(&self) -> u8 {
        3
    }

    fn order(&self) -> Order {
        Order::Stream
    }

    fn parse(&self, name: &str) -> Option<Id> {
        (name == NAME).then_some(Id::Is(ID))
    }

    fn name(&self, _: u64) -> String {
        NAME.to_owned()
    }

    fn access(&self, _: u64) -> Access {
        Access::Anyone
    }

    fn open(&self) -> Keeps {
        Keeps::value(Stream::<Post>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::FeedChanged(change) => touch.change(ID, &Change::of(change, |PostId(id)| id)),
            Event::CountsChanged { post, counts } => {
                if let Some(feed) = touch.stream::<Post>(ID) {
                    feed.mend(&Fix::Counts(*post, *counts));
                }
            }
            Event::CommentsChanged { post, change } => {
                if let Some(feed) = touch.stream::<Post>(ID) {
                    feed.mend(&Fix::CommentsSeq(*post, change.seq()));
                }
            }
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

impl Item for Post {
    fn id(&self) -> u64 {
        self.id.0
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn cursor(&self) -> u64 {
        self.id.0
    }

    fn authors(&self) -> impl Iterator<Item = UserId> {
        std::iter::once(self.author.id)
    }

    fn bytes(&self) -> usize {
        self.text.len() + bytes_of(&self.author)
    }

    fn added<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a> {
        protocol::Push::PostAdded { topic, seq: self.seq, post: Cow::Owned(encode::post(self)) }
    }

    fn edited<'a>(&'a self, topic: Name<'a>, seq: u64) -> protocol::Push<'a> {
        protocol::Push::PostEdited { topic, seq, post: Cow::Owned(encode::post(self)) }
    }

    fn removed(topic: Name<'_>, seq: u64, id: u64) -> protocol::Push<'_> {
        protocol::Push::PostRemoved { topic, seq: Some(seq), id: Some(id) }
    }

    fn mend(post: &mut Arc<Self>, fix: &Fix) -> bool {
        match fix {
            Fix::Counts(_, Counts { version, .. }) if post.version >= *version => false,
            Fix::Counts(_, Counts { likes, comments, version }) => {
                let post = Arc::make_mut(post);
                (post.likes, post.comments, post.version) = (*likes, *comments, *version);
                true
            }
            Fix::CommentsSeq(_, seq) if post.comments_seq >= *seq => false,
            Fix::CommentsSeq(_, seq) => {
                Arc::make_mut(post).comments_seq = *seq;
                true
            }
            Fix::Author(user) => mend_author(post, user, |post| &post.author, |post| &mut post.author),
        }
    }
}

impl From<FeedTail> for Tail<Post> {
    fn from(tail: FeedTail) -> Self {
        let changed = tail.changes.into_iter().map(|change| match change {
            FeedChange::Added { seq, item: post } | FeedChange::Edited { seq, item: post } => (seq, Ok(post)),
            FeedChange::Removed { seq, id } => (seq, Err(id.0)),
        });
        Self::new((tail.since, tail.seq), changed, tail.page, tail.more)
    }
}
