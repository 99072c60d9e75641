//! Moderation, as every store keeps it: reports, moderators, suspensions.

use async_trait::async_trait;

use crate::domain::{Complaint, Cursor, Limit, MessageId, Page, Result, Subject, Timestamp, UserId};

/// A report to be filed.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Of what.
    pub subject: Subject,
    /// By whom.
    pub reporter: UserId,
    /// Up to 500 characters, may be empty.
    pub reason: String,
    /// Now.
    pub at: Timestamp,
}

/// Moderation. The guarantees of all writes are those of [`Store`](super::Store).
#[async_trait]
pub trait Moderation: Send + Sync + 'static {
    /// Makes a member a moderator, or no longer. `not_found` if it is no member.
    async fn set_moderator(&self, user: UserId, on: bool) -> Result<()>;

    /// Suspends a member, or lets it back in. Suspended: its sessions end (`EndReason::Suspended`), it cannot log in, and
    /// its likes leave every count and list; let in again they come back to where they stood, and it is in when all of
    /// them are. After a crash in between the next sweep goes on. `not_found` if it is no member.
    async fn set_suspended(&self, user: UserId, on: bool, at: Timestamp) -> Result<()>;

    /// Removes a post, a comment or a message of somebody else's, as its author would; and the author of a post or a comment is told. `not_found` if it is
    /// not there.
    async fn remove_as_moderator(&self, subject: Subject, at: Timestamp) -> Result<()>;

    /// Whether a message is reported and that is not decided yet: then moderators may see it.
    async fn is_reported(&self, message: MessageId) -> Result<bool>;

    /// Files a report; one open report of each subject and reporter: with another reason it takes the place of the first
    /// and is the latest. `not_found` if the subject is not there, `no_session` if the reporter may not act (any more).
    async fn create_report(&self, report: NewReport) -> Result<()>;

    /// A moderator has decided that a subject may stay: its open reports are closed. `not_found` if there are none.
    async fn close_reports(&self, subject: Subject) -> Result<()>;

    /// What is reported and not decided yet, the latest report first, and how its author stands. The cursor is a case's place.
    async fn list_complaints(&self, after: Option<Cursor>, limit: Limit) -> Result<Page<Complaint>>;
}
