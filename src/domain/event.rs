//! Events: committed facts. They leave the store after the commit, in commit order, merged per post.

use std::sync::Arc;

use super::inbox::{CaseChange, NoteChange, Waiting};
use super::{
    CommentChange, ConversationChange, ConversationId, Counts, FeedChange, MessageChange, NotificationChange,
    PostId, SessionId, Settings, Unread, User, UserId,
};

/// A committed fact that open pages may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The counts of a post are these now.
    CountsChanged {
        /// The post.
        post: PostId,
        /// Absolute, never "+1".
        counts: Counts,
    },
    /// Somebody likes a post, or no longer; for that person's other tabs only.
    LikeSet {
        /// Who.
        user: UserId,
        /// The post.
        post: PostId,
        /// Whether the user likes it now.
        liked: bool,
        /// The post's version with this like.
        version: u64,
    },
    /// `feed:latest` has changed.
    FeedChanged(FeedChange),
    /// The comments of a post have changed.
    CommentsChanged {
        /// The post.
        post: PostId,
        /// How.
        change: CommentChange,
    },
    /// A member is called something else, says something else of itself, or has other settings; or a guest has become
    /// one.
    UserChanged {
        /// As it is now.
        user: Arc<User>,
        /// As they are now.
        settings: Settings,
    },
    /// The messages of a conversation have changed.
    MessagesChanged {
        /// The conversation.
        conversation: ConversationId,
        /// How.
        change: MessageChange,
    },
    /// What a user sees of its conversations has changed.
    ConversationChanged {
        /// Who sees it.
        user: UserId,
        /// How.
        change: ConversationChange,
    },
    /// What two may be told of each other may have changed: one blocks the other, or no longer.
    BlockSet {
        /// Who blocks.
        user: UserId,
        /// Whom.
        blocked: UserId,
    },
    /// A text message may be due to be sent.
    SmsQueued,
    /// A member's notifications have changed.
    NotificationChanged {
        /// Whose.
        user: UserId,
        /// How.
        change: NotificationChange,
    },
    /// A member has read its notifications up to here.
    NotificationsRead {
        /// Who.
        user: UserId,
        /// Up to this `seq`.
        read: u64,
    },
    /// A user's numbers of what is unread are these now.
    UnreadChanged {
        /// Whose.
        user: UserId,
        /// Absolute, never "+1".
        unread: Unread,
    },
    /// A case of an inbox has changed.
    CaseChanged {
        /// The inbox's user.
        inbox: UserId,
        /// How.
        change: CaseChange,
    },
    /// How many of an inbox's cases wait.
    WaitingChanged {
        /// The inbox's user.
        inbox: UserId,
        /// Absolute, never "+1".
        waiting: Waiting,
    },
    /// The notes of a case have changed. For agents only.
    NotesChanged {
        /// The case's conversation.
        conversation: ConversationId,
        /// How.
        change: NoteChange,
    },
    /// An agent has read further in a case.
    CaseRead {
        /// The case's conversation.
        conversation: ConversationId,
    },
    /// Somebody answers for an inbox no more.
    AgentRemoved {
        /// The inbox's user.
        inbox: UserId,
        /// Who.
        user: UserId,
        /// All conversations of the inbox.
        conversations: Arc<[ConversationId]>,
    },
    /// These sessions are over; their connections must close.
    SessionsEnded {
        /// Which.
        sessions: Vec<SessionId>,
        /// Why.
        why: EndReason,
    },
}

/// Why sessions are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Logged out, replaced, or run out.
    Ended,
    /// Their user is suspended.
    Suspended,
}
