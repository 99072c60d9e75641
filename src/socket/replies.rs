//! Replies to likes: from the store's writer to the hub, a whole batch in one call, before any push of it.

use plaudit_hub::{ConnectionId, Frame, Handle, Reply};
use plaudit_protocol::{self as protocol, ErrorReply, OkReply};

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

fn liked_frame(reference: u64, liked: &Liked) -> Frame {
    ok(OkReply {
        reference,
        post: Some(liked.post.0),
        liked: Some(liked.liked),
        changed: Some(liked.changed),
        likes: Some(liked.likes),
        version: Some(liked.version),
        ..OkReply::default()
    })
}

fn comment_frame(reference: u64, comment: &Comment) -> Frame {
    let comment = Some(Box::new(encode::comment(comment)));
    ok(OkReply { reference, comment, ..OkReply::default() })
}

fn message_frame(reference: u64, message: &Message) -> Frame {
    let message = Some(Box::new(encode::message(message)));
    ok(OkReply { reference, message, ..OkReply::default() })
}

/// A plain `ok`.
pub(super) fn ok_frame(reference: u64) -> Frame {
    ok(OkReply { reference, ..OkReply::default() })
}

fn ok(reply: OkReply) -> Frame {
    Frame::text(protocol::encode(&protocol::Reply::Ok(reply)))
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
