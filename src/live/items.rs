//! The streams that are kept in memory: the feed is one of posts, what stands under a post is one of comments. What is
//! different between them stands here; the rest is `tail.rs`.

use std::sync::Arc;

use plaudit_protocol as protocol;

use super::encode;
use super::entry::Value;
use super::stream::Stream;
use super::tail::{Change, Tail};
use crate::domain::{
    Comment, CommentChange, CommentTail, Counts, FeedChange, FeedTail, Post, PostId, Result, Topic, User,
    UserId,
};
use crate::store::Store;

/// What a stream is made of.
pub(super) trait Item: Clone + Send + Sync + Sized + 'static {
    fn id(&self) -> u64;

    /// The place of its creation.
    fn seq(&self) -> u64;

    /// From where a list goes on behind it.
    fn cursor(&self) -> u64;

    fn author(&self) -> UserId;

    /// The length of its texts: it is at least as long when it is encoded.
    fn bytes(&self) -> usize;

    /// The push that says it was added, without a topic.
    fn added(&self) -> protocol::Push<'_>;

    /// The push that says it was changed.
    fn edited(&self, seq: u64) -> protocol::Push<'_>;

    /// The push that says it was removed.
    fn removed(seq: u64, id: u64) -> protocol::Push<'static>;

    /// Takes what it says beside its own text. True if that was news.
    fn mend(item: &mut Arc<Self>, fix: &Fix) -> bool;

    /// The stream of such items in an entry.
    fn stream(value: &mut Value) -> Option<&mut Stream<Self>>;

    /// The end of a topic's stream as it stands in the store; none if there is no such stream.
    fn read(store: &dyn Store, topic: Topic) -> impl Future<Output = Result<Option<Tail<Self>>>> + Send;
}

/// What changes about items without being a change of their stream.
#[derive(Debug, Clone)]
pub(super) enum Fix {
    /// The counts of a post.
    Counts(PostId, Counts),
    /// The head of a post's comments.
    CommentsSeq(PostId, u64),
    /// An author is called something else.
    Author(Arc<User>),
}

impl Fix {
    /// Two of the same key are about the same thing: the later one counts.
    pub(super) fn key(&self) -> (u8, u64) {
        let kind = match self {
            Self::Counts(..) => 0,
            Self::CommentsSeq(..) => 1,
            Self::Author(_) => 2,
        };
        (kind, self.item())
    }

    /// Which item it is about; of an author's, which author.
    pub(super) fn item(&self) -> u64 {
        match self {
            Self::Counts(PostId(id), _) | Self::CommentsSeq(PostId(id), _) => *id,
            Self::Author(user) => user.id.0,
        }
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

    fn author(&self) -> UserId {
        self.author.id
    }

    fn bytes(&self) -> usize {
        self.text.len() + bytes_of(&self.author)
    }

    fn added(&self) -> protocol::Push<'_> {
        encode::post_added(None, self.seq, self)
    }

    fn edited(&self, seq: u64) -> protocol::Push<'_> {
        // Posts are not edited; if one were, it would be said like this.
        encode::post_added(None, seq, self)
    }

    fn removed(seq: u64, id: u64) -> protocol::Push<'static> {
        encode::post_removed(None, seq, PostId(id))
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

    fn stream(value: &mut Value) -> Option<&mut Stream<Self>> {
        if let Value::Feed(stream) = value { Some(stream) } else { None }
    }

    async fn read(store: &dyn Store, _: Topic) -> Result<Option<Tail<Self>>> {
        Ok(Some(store.read_feed_tail().await?.into()))
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

    fn author(&self) -> UserId {
        self.author.id
    }

    fn bytes(&self) -> usize {
        self.text.len() + bytes_of(&self.author)
    }

    fn added(&self) -> protocol::Push<'_> {
        encode::comment_added(None, self.seq, self)
    }

    fn edited(&self, seq: u64) -> protocol::Push<'_> {
        encode::comment_edited(None, seq, self)
    }

    fn removed(seq: u64, id: u64) -> protocol::Push<'static> {
        encode::comment_removed(None, seq, id)
    }

    fn mend(comment: &mut Arc<Self>, fix: &Fix) -> bool {
        match fix {
            Fix::Author(user) => mend_author(comment, user, |item| &item.author, |item| &mut item.author),
            // These are a post's.
            Fix::Counts(..) | Fix::CommentsSeq(..) => false,
        }
    }

    fn stream(value: &mut Value) -> Option<&mut Stream<Self>> {
        if let Value::Comments(stream) = value { Some(stream) } else { None }
    }

    async fn read(store: &dyn Store, topic: Topic) -> Result<Option<Tail<Self>>> {
        let Topic::Comments(post) = topic else { return Ok(None) };
        Ok(store.read_comment_tail(post).await?.map(Into::into))
    }
}

fn bytes_of(author: &User) -> usize {
    author.name.len() + author.bio.len()
}

/// Only an item that names its author wrongly is copied.
fn mend_author<T: Clone>(
    item: &mut Arc<T>,
    user: &User,
    get: impl FnOnce(&T) -> &User,
    get_mut: impl FnOnce(&mut T) -> &mut User,
) -> bool {
    let wrong = get(item) != user;
    if wrong {
        get_mut(Arc::make_mut(item)).clone_from(user);
    }
    wrong
}

impl From<FeedTail> for Tail<Post> {
    fn from(tail: FeedTail) -> Self {
        let changed = tail.changes.into_iter().map(|change| match change {
            FeedChange::Added { seq, post } => (seq, Ok(post)),
            FeedChange::Removed { seq, id } => (seq, Err(id.0)),
        });
        Self::new((tail.since, tail.seq), changed, tail.page, tail.more)
    }
}

impl From<CommentTail> for Tail<Comment> {
    fn from(tail: CommentTail) -> Self {
        let changed = tail.changed.into_iter().map(|(place, item)| (place, item.map_err(|id| id.0)));
        Self::new((tail.since, tail.seq), changed, tail.page, tail.more)
    }
}

impl From<&FeedChange> for Change<Post> {
    fn from(change: &FeedChange) -> Self {
        match change {
            FeedChange::Added { seq, post } => Self::Set { seq: *seq, item: post.clone() },
            FeedChange::Removed { seq, id } => Self::Removed { seq: *seq, id: id.0 },
        }
    }
}

impl From<&CommentChange> for Change<Comment> {
    fn from(change: &CommentChange) -> Self {
        match change {
            CommentChange::Added { seq, comment } | CommentChange::Edited { seq, comment } => {
                Self::Set { seq: *seq, item: comment.clone() }
            }
            CommentChange::Removed { seq, id } => Self::Removed { seq: *seq, id: id.0 },
        }
    }
}
