//! Replies to likes: from the store's writer to the hub, a whole batch in one call, before any push of it.

use plaudit_hub::{ConnectionId, Frame, Handle, Reply};
use plaudit_protocol::{self as protocol, ErrorReply};

use crate::app::sink::Replies;
use crate::app::{ConnectionRef, Done};
use crate::domain::{Comment, Error, Liked, Message, Result};
use crate::live::encode;

/// The hub as the place where outcomes go.
pub struct HubReplies(pub Handle);

impl Replies for HubReplies {
    fn stage(&mut self, outcomes: Vec<(ConnectionRef, Result<Done>)>) {
        self.0.stage(outcomes.into_iter().map(|(waiter, outcome)| {
            let ConnectionRef { connection, reference } = waiter;
            let frame = match outcome {
                Ok(Done::Liked(liked)) => liked_frame(reference, &liked),
                Ok(Done::Commented(comment)) => comment_frame(reference, &comment),
                Ok(Done::Messaged(message)) => message_frame(reference, &message),
                Ok(Done::Read) => ok_frame(reference),
                Err(error) => error_frame(Some(reference), &error),
            };
            Reply { connection: ConnectionId::from_u64(connection), frame, positions: Vec::new() }
        }));
    }

    fn release(&mut self) {
        self.0.release();
    }
}

/// An `ok` that says nothing more.
fn plain(reference: u64) -> protocol::Reply<'static> {
    protocol::Reply::Ok {
        reference,
        post: None,
        liked: None,
        changed: None,
        likes: None,
        version: None,
        comment: None,
        message: None,
    }
}

fn liked_frame(reference: u64, done: &Liked) -> Frame {
    let mut reply = plain(reference);
    if let protocol::Reply::Ok { post, liked, changed, likes, version, .. } = &mut reply {
        (*post, *liked, *changed) = (Some(done.post.0), Some(done.liked), Some(done.changed));
        (*likes, *version) = (Some(done.likes), Some(done.version));
    }
    Frame::text(protocol::encode(&reply))
}

fn comment_frame(reference: u64, written: &Comment) -> Frame {
    let mut reply = plain(reference);
    if let protocol::Reply::Ok { comment, .. } = &mut reply {
        *comment = Some(Box::new(encode::comment(written)));
    }
    Frame::text(protocol::encode(&reply))
}

fn message_frame(reference: u64, written: &Message) -> Frame {
    let mut reply = plain(reference);
    if let protocol::Reply::Ok { message, .. } = &mut reply {
        *message = Some(Box::new(encode::message(written)));
    }
    Frame::text(protocol::encode(&reply))
}

/// A plain `ok`.
pub(super) fn ok_frame(reference: u64) -> Frame {
    Frame::text(protocol::encode(&plain(reference)))
}

/// A refusal.
pub(super) fn error_frame(reference: Option<u64>, error: &Error) -> Frame {
    Frame::text(protocol::encode(&protocol::Reply::Error(ErrorReply {
        reference,
        code: error.code().into(),
        message: error.to_string().into(),
        retry_after_ms: error.retry_after_ms(),
    })))
}
