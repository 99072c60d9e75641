//! What Plaudit speaks about: types, limits and validation. No input or output, no `await`, no clock of its own.

pub mod access;
pub mod address;
pub mod clock;
pub mod comment;
pub mod common_passwords;
pub mod conversation;
pub mod delivery;
pub mod error;
pub mod event;
pub mod inbox;
pub mod json;
pub mod like;
pub mod marks;
pub mod message;
pub mod notification;
pub mod online;
pub mod page;
pub mod phone;
pub mod post;
pub mod report;
pub mod rich;
pub mod search;
pub mod segments;
pub mod session;
pub mod stream;
pub mod text;
pub mod unread;
pub mod user;
pub mod visible;
pub mod vital;

pub use access::Access;
pub use address::Address;
pub use clock::{Clock, Timestamp};
pub use comment::{Comment, CommentChange, CommentId, CommentTail, Order};
pub use conversation::{Conversation, ConversationChange, ConversationId, ConversationTail};
pub use delivery::{Delivery, DeliveryState};
pub use error::{Error, Result};
pub use event::{EndReason, Event};
pub use like::{Counts, Liked, Liker};
pub use message::{Message, MessageChange, MessageId, MessageTail};
pub use notification::{
    Notification, NotificationChange, NotificationId, NotificationKind, NotificationPage, NotificationTail,
};
pub use online::Online;
pub use page::{Cursor, Limit, Page};
pub use phone::{Country, Phone, Sender};
pub use post::{Base, FeedChange, FeedTail, Post, PostId, PostView};
pub use report::{Complaint, Reported, Subject};
pub use segments::{Encoding, Segments, segments};
pub use session::{Session, SessionId, Token, TokenHash};
pub use stream::{StreamChange, StreamTail};
pub use unread::Unread;
pub use user::{Guests, MessagesFrom, Notify, Settings, User, UserId, UserKind};
pub use vital::Vital;

/// Ids are JSON integers that a browser can hold exactly: below 2^53.
pub const ID_LIMIT: u64 = 1 << 53;

/// Reads an id as it stands in a path or a topic: `[1-9][0-9]{0,15}` and below 2^53.
pub fn parse_id(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let digits = (1..=16).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit) && bytes[0] != b'0';
    if !digits {
        return None;
    }
    text.parse().ok().filter(|id| *id < ID_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::parse_id;

    #[test]
    fn an_id_is_a_plain_positive_integer_below_two_to_the_53() {
        assert_eq!(parse_id("1"), Some(1));
        assert_eq!(parse_id("9007199254740991"), Some(9_007_199_254_740_991));
        for bad in
            ["", "0", "01", "-1", "+1", "1.0", "9007199254740992", "99999999999999999", "１", "1 ", "a"]
        {
            assert_eq!(parse_id(bad), None, "{bad:?}");
        }
    }
}
