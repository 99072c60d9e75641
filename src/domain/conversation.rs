//! Conversations: two sides, for ever one for each pair, and the stream of what one user sees of them.

use super::{Error, Message, MessagesFrom, Result, StreamChange, StreamTail, Timestamp, User, UserId};

/// A conversation's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationId(pub u64);

/// Who the two sides of a conversation are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationKind {
    /// Two members.
    Direct,
    /// A customer and an inbox.
    Inbox,
}

impl ConversationKind {
    /// The word that the API and the store write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Inbox => "inbox",
        }
    }
}

/// A conversation as one of its two sides sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The id.
    pub id: ConversationId,
    /// Between two members, or of an inbox.
    pub kind: ConversationKind,
    /// The other side.
    pub with: User,
    /// The newest message that is there.
    pub last: Option<Message>,
    /// The head: the last `seq` that was given in it.
    pub seq: u64,
    /// How far this side has read.
    pub read: u64,
    /// How many messages of the other side are behind that.
    pub unread: u64,
    /// Whether it is a request: somebody this side has neither answered nor accepted.
    pub request: bool,
    /// When something was last said.
    pub updated_at: Timestamp,
    /// The place of its last change in this side's stream `conversations`.
    pub place: u64,
    /// Orders this side's list: the later something was said, the larger.
    pub activity: u64,
}

impl Error {
    /// No such conversation, or it is not the caller's to see.
    pub const fn no_conversation() -> Self {
        Self::NotFound("There is no such conversation.")
    }
}

/// What decides whether somebody may write to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five questions that have nothing to do with each other")]
pub struct Standing {
    /// The other side has no account any more.
    pub is_gone: bool,
    /// One of the two blocks the other.
    pub is_blocked: bool,
    /// There is a conversation of the two.
    pub has_begun: bool,
    /// The other side has neither answered nor accepted.
    pub is_request: bool,
    /// The writer has written to the other side before, whatever became of it.
    pub has_written: bool,
    /// Whom the other side lets begin.
    pub messages_from: MessagesFrom,
}

impl Standing {
    /// Whether the writer may write now. To be blocked and to be kept out by "nobody" are told alike.
    pub fn check(self) -> Result<()> {
        let kept_out = !self.has_begun && self.messages_from == MessagesFrom::Nobody;
        if self.is_gone {
            Err(Error::Forbidden("This account is deleted: nobody reads here any more."))
        } else if self.is_blocked || kept_out {
            Err(Error::Forbidden("You can't write to this member."))
        } else if self.is_request && self.has_written {
            Err(Error::Forbidden(
                "One message stands until this member has answered or accepted: wait for that.",
            ))
        } else {
            Ok(())
        }
    }
}

/// One change of what a user sees of its conversations. A changed one comes whole; a removed one is hidden from its list.
pub type ConversationChange = StreamChange<Conversation, ConversationId>;

/// The end of what a user sees of its conversations: the page has those of the newest activity, requests too.
pub type ConversationTail = StreamTail<Conversation, ConversationId>;

/// What the two sides of a conversation may be told of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipts {
    /// Whether each side may see that the other one writes: it is no request, and nobody blocks.
    pub is_open: bool,
    /// Whether both give receipts, and it is open.
    pub has_receipts: bool,
    /// How far each side has read.
    pub read: Vec<(UserId, u64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Standing = Standing {
        is_gone: false,
        is_blocked: false,
        has_begun: false,
        is_request: false,
        has_written: false,
        messages_from: MessagesFrom::Everyone,
    };

    #[test]
    fn who_may_write() {
        let asked = Standing { has_begun: true, is_request: true, ..FREE };
        let answered = Standing { has_begun: true, has_written: true, ..FREE };
        let closed = MessagesFrom::Nobody;
        for (standing, may) in [
            (FREE, true),
            (Standing { messages_from: closed, ..FREE }, false),
            (Standing { is_blocked: true, ..FREE }, false),
            (Standing { is_gone: true, ..answered }, false),
            (asked, true),
            (Standing { has_written: true, ..asked }, false),
            (answered, true),
            (Standing { messages_from: closed, ..answered }, true),
            (Standing { is_blocked: true, ..answered }, false),
        ] {
            assert_eq!(standing.check().is_ok(), may, "{standing:?}");
        }
        let words = |standing: Standing| standing.check().unwrap_err();
        let kept_out = words(Standing { messages_from: closed, ..FREE });
        assert_eq!(kept_out, words(Standing { is_blocked: true, ..FREE }));
    }
}
