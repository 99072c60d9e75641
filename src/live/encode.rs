//! Domain facts in the protocol's words.

use std::sync::Arc;

use plaudit_protocol::{self as protocol, Mode};

use crate::domain::inbox::{Case, Note};
use crate::domain::{Comment, Conversation, Liker, Message, Notification, Post, User, UserId, UserKind};

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
            UserKind::Inbox => protocol::Kind::Inbox,
            UserKind::Customer => protocol::Kind::Customer,
        },
        moderator: user.moderator,
    }
}

pub(super) fn users(users: &[Arc<User>]) -> Vec<protocol::User> {
    users.iter().map(|someone| user(someone)).collect()
}

/// A post as everyone sees it: without `liked`.
pub(super) fn post(post: &Post) -> protocol::Post {
    protocol::Post {
        id: post.id.0,
        author: user(&post.author),
        text: post.text.clone(),
        created_at: post.created_at.to_string(),
        edited_at: post.edited_at.map(|at| at.to_string()),
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

/// A conversation as its user sees it.
pub(super) fn conversation(conversation: &Conversation) -> protocol::Conversation {
    protocol::Conversation {
        id: conversation.id.0,
        kind: conversation.kind.as_str().to_owned(),
        with: user(&conversation.with),
        last: conversation.last.as_ref().map(message),
        seq: conversation.seq,
        read: conversation.read,
        unread: conversation.unread,
        request: conversation.request,
        updated_at: conversation.updated_at.to_string(),
    }
}

/// How far a text to a telephone has come.
pub(super) fn delivery(message: &Message) -> Option<protocol::Delivery> {
    message.delivery.as_ref().map(|delivery| protocol::Delivery {
        state: delivery.state.as_str().to_owned(),
        at: delivery.at.to_string(),
        reason: delivery.reason.clone(),
    })
}

/// A message as both sides see it.
pub fn message(message: &Message) -> protocol::Message {
    protocol::Message {
        id: message.id.0,
        conversation: message.conversation.0,
        author: user(&message.author),
        text: message.text.clone(),
        created_at: message.created_at.to_string(),
        edited_at: message.edited_at.map(|at| at.to_string()),
        seq: message.seq,
        delivery: delivery(message),
    }
}

/// A case as all agents of its inbox see it.
pub(super) fn case(case: &Case) -> protocol::Case {
    protocol::Case {
        id: case.id.0,
        customer: protocol::Customer {
            user: user(&case.customer),
            phone: case.phone.clone(),
            opted_out: case.opted_out,
        },
        last: case.last.as_ref().map(message),
        seq: case.seq,
        notes_seq: case.notes_seq,
        waiting: case.waiting_since.is_some(),
        waiting_since: case.waiting_since.map(|at| at.to_string()),
        status: case.status.as_str().to_owned(),
        until: case.until.map(|at| at.to_string()),
        assignee: case.assignee.as_ref().map(user),
        updated_at: case.updated_at.to_string(),
    }
}

/// A note. For agents only.
pub(super) fn note(note: &Note) -> protocol::Note {
    protocol::Note {
        id: note.id.0,
        kind: note.kind.as_str().to_owned(),
        author: note.author.as_ref().map(user),
        text: note.text.clone(),
        from: note.from.clone(),
        to: note.to.clone(),
        message: note.message.map(|message| message.0),
        at: note.at.to_string(),
        seq: note.seq,
    }
}

/// A notification as its user sees it.
pub(super) fn notification(notification: &Notification) -> protocol::Notification {
    let quoted = |(id, text): (u64, &String)| protocol::Quoted { id, text: text.clone() };
    protocol::Notification {
        id: notification.id.0,
        kind: notification.kind.as_str().to_owned(),
        post: notification.post.as_ref().map(|(id, text)| quoted((id.0, text))),
        comment: notification.comment.as_ref().map(|(id, text)| quoted((id.0, text))),
        actors: notification.actors.iter().map(user).collect(),
        count: notification.count,
        at: notification.at.to_string(),
        seq: notification.seq,
    }
}

/// How far each side of a conversation has read.
pub(super) fn seen(read: &[(UserId, u64)]) -> Vec<protocol::Seen> {
    read.iter().map(|(user, read)| protocol::Seen { user: user.0, read: *read }).collect()
}

/// Agents who are writing. For agents only.
pub(super) fn agents(typing: &[(Arc<User>, Mode)]) -> Vec<protocol::AgentTyping> {
    typing.iter().map(|(someone, mode)| protocol::AgentTyping { user: user(someone), mode: *mode }).collect()
}

/// Somebody who likes a post.
pub(super) fn liker(liker: &Liker) -> protocol::Liker {
    protocol::Liker { user: user(&liker.user), at: liker.at.to_string() }
}
