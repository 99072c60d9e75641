//! Domain facts in the protocol's words.

use std::borrow::Cow;
use std::sync::Arc;

use plaudit_hub::{Delivery, Frame, Push, TopicKey};
use plaudit_protocol as protocol;

use super::presence::Look;
use crate::domain::{
    Comment, CommentChange, Counts, FeedChange, Post, PostId, Topic, User, UserId, UserKind,
};

/// A topic's name in a push; none in a snapshot's changes.
type Name<'a> = Option<Cow<'a, str>>;

/// A user as everyone sees it.
fn user(user: &User) -> protocol::User {
    protocol::User {
        id: user.id.0,
        handle: user.handle.clone(),
        name: user.name.clone(),
        bio: user.bio.clone(),
        kind: match user.kind {
            UserKind::Guest => protocol::Kind::Guest,
            UserKind::Member => protocol::Kind::Member,
        },
    }
}

fn users(users: &[Arc<User>]) -> Vec<protocol::User> {
    users.iter().map(|someone| user(someone)).collect()
}

/// A post as everyone sees it: without `liked`.
fn post(post: &Post) -> protocol::Post {
    protocol::Post {
        id: post.id.0,
        author: user(&post.author),
        text: post.text.clone(),
        created_at: post.created_at.to_string(),
        likes: post.likes,
        comments: post.comments,
        version: post.version,
        seq: post.seq,
        comments_seq: post.comments_seq,
    }
}

/// A comment as everyone sees it.
pub fn comment(comment: &Comment) -> protocol::Comment {
    protocol::Comment {
        id: comment.id.0,
        post: comment.post.0,
        parent: comment.parent.map(|parent| parent.0),
        author: user(&comment.author),
        text: comment.text.clone(),
        created_at: comment.created_at.to_string(),
        edited_at: comment.edited_at.map(|at| at.to_string()),
        seq: comment.seq,
    }
}

pub(super) fn post_added<'a>(topic: Name<'a>, seq: u64, added: &Post) -> protocol::Push<'a> {
    protocol::Push::PostAdded { topic, seq, post: Cow::Owned(post(added)) }
}

pub(super) fn post_removed(topic: Name<'_>, seq: u64, id: PostId) -> protocol::Push<'_> {
    protocol::Push::PostRemoved { topic, seq: Some(seq), id: Some(id.0) }
}

pub(super) fn comment_added<'a>(topic: Name<'a>, seq: u64, added: &Comment) -> protocol::Push<'a> {
    protocol::Push::CommentAdded { topic, seq, comment: Cow::Owned(comment(added)) }
}

pub(super) fn comment_edited<'a>(topic: Name<'a>, seq: u64, edited: &Comment) -> protocol::Push<'a> {
    protocol::Push::CommentEdited { topic, seq, comment: Cow::Owned(comment(edited)) }
}

pub(super) fn comment_removed(topic: Name<'_>, seq: u64, id: u64) -> protocol::Push<'_> {
    protocol::Push::CommentRemoved { topic, seq, id }
}

/// The push of a feed's change.
pub(super) fn push_feed(change: &FeedChange) -> Push {
    let topic = Topic::Latest;
    let name = Some(topic.to_string().into());
    let message = match change {
        FeedChange::Added { seq, post } => post_added(name, *seq, post),
        FeedChange::Removed { seq, id } => post_removed(name, *seq, *id),
    };
    push(topic, Delivery::Stream { seq: change.seq() }, &message)
}

/// The push of a change under a post.
pub(super) fn push_comments(post: PostId, change: &CommentChange) -> Push {
    let topic = Topic::Comments(post);
    let name = Some(topic.to_string().into());
    let message = match change {
        CommentChange::Added { seq, comment } => comment_added(name, *seq, comment),
        CommentChange::Edited { seq, comment } => comment_edited(name, *seq, comment),
        CommentChange::Removed { seq, id } => comment_removed(name, *seq, id.0),
    };
    push(topic, Delivery::Stream { seq: change.seq() }, &message)
}

/// The push of a post's counts.
pub(super) fn push_counts(id: PostId, counts: Counts) -> Push {
    let topic = Topic::Post(id);
    let Counts { likes, comments, version } = counts;
    let delivery = Delivery::State { slot: 0, version };
    push(
        topic,
        delivery,
        &protocol::Push::Counts { topic: topic.to_string().into(), version, likes, comments },
    )
}

/// The last push of a topic whose post was removed.
pub(super) fn push_removed(topic: Topic) -> Push {
    let removed = protocol::Push::PostRemoved { topic: Some(topic.to_string().into()), seq: None, id: None };
    push(topic, Delivery::Last, &removed)
}

/// How a post's presence looks, for a snapshot.
pub(super) fn presence(topic: String, look: &Look) -> protocol::TopicSnapshot<'static> {
    let Look { viewers, faces, typing } = look;
    protocol::TopicSnapshot::Presence {
        topic: topic.into(),
        viewers: *viewers,
        faces: users(faces).into(),
        typing: users(typing).into(),
    }
}

/// The push of how a post's presence looks.
pub(super) fn push_presence(post: PostId, look: &Look, version: u64) -> Push {
    let topic = Topic::Presence(post);
    let Look { viewers, faces, typing } = look;
    let message = protocol::Push::Presence {
        topic: topic.to_string().into(),
        viewers: *viewers,
        faces: users(faces).into(),
        typing: users(typing).into(),
    };
    push(topic, Delivery::State { slot: 0, version }, &message)
}

/// The push of a like to its user's tabs. Each post is a slot of its own: the last like of a post wins, and a like
/// of another post does not push it out.
pub(super) fn push_liked(user: UserId, post: PostId, liked: bool, version: u64) -> Push {
    let topic = Topic::Me(user);
    let delivery = Delivery::State { slot: post.0, version };
    let message = protocol::Push::Liked { topic: topic.to_string().into(), post: post.0, liked, version };
    push(topic, delivery, &message)
}

fn push(topic: Topic, delivery: Delivery, message: &protocol::Push<'_>) -> Push {
    Push { topic: TopicKey(topic.key()), frame: Frame::text(protocol::encode(message)), delivery }
}
