//! Moderation: reports, the queue, suspending; and what the command line may do with people.

use super::rights::{self, check_not_system};
use super::{App, Caller};
use crate::domain::report::normalize_reason;
use crate::domain::user::check_password;
use crate::domain::{
    Complaint, Cursor, EndReason, Error, Limit, MessageId, Page, Reported, Result, Subject, User,
};
use crate::store::NewReport;

impl App {
    /// A member reports a post, a comment, or a message of a conversation of its own.
    pub async fn report(&self, caller: &Caller, subject: Subject, reason: &str) -> Result<()> {
        let reporter = caller.member()?.user.id;
        let reason = normalize_reason(reason)?;
        if let Subject::Message(message) = subject {
            self.get_message(caller, message).await?;
        }
        self.rates.report(reporter)?;
        self.store.create_report(NewReport { subject, reporter, reason, at: self.clock.now() }).await
    }

    /// The moderators' queue.
    pub async fn list_complaints(
        &self,
        caller: &Caller,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Complaint>> {
        rights::moderator(caller)?;
        self.store.list_complaints(after, limit).await
    }

    /// A moderator lets a reported subject stay.
    pub async fn close_reports(&self, caller: &Caller, subject: Subject) -> Result<()> {
        rights::moderator(caller)?;
        self.store.close_reports(subject).await
    }

    /// A moderator suspends a member, or lets it back in. Not itself, and no other moderator: that is the operator's.
    /// Nor the site's own account.
    pub async fn set_suspended(&self, caller: &Caller, handle: &str, on: bool) -> Result<()> {
        rights::moderator(caller)?;
        let user = self.get_member(handle).await?;
        check_not_system(&user)?;
        if user.moderator {
            return Err(Error::Forbidden("Moderators are suspended by the operator: plaudit user suspend."));
        }
        self.store.set_suspended(user.id, on, self.clock.now()).await
    }

    /// Whether a member is suspended; moderators may know.
    pub async fn is_suspended(&self, caller: &Caller, handle: &str) -> Result<bool> {
        rights::moderator(caller)?;
        let found = self.store.find_credentials(handle).await?.ok_or(Error::no_user())?;
        Ok(found.suspended)
    }

    /// Why a session of this user is over.
    pub async fn find_ending(&self, user: &User) -> Result<EndReason> {
        let Some(handle) = &user.handle else { return Ok(EndReason::Ended) };
        let found = self.store.find_credentials(handle).await?;
        let suspended = found.is_some_and(|found| found.user == user.id && found.suspended);
        Ok(if suspended { EndReason::Suspended } else { EndReason::Ended })
    }

    /// What somebody may report as it stands now: of messages those of one's own conversations.
    pub async fn get_reported(&self, caller: &Caller, subject: Subject) -> Result<Reported> {
        match subject {
            Subject::Post(post) => self.get_post(caller, post).await.map(Reported::Post),
            Subject::Comment(comment) => self.get_comment(comment).await.map(Reported::Comment),
            Subject::Message(message) => self.get_message(caller, message).await.map(Reported::Message),
        }
    }

    /// What a moderator decides about as it stands now: of messages those that are reported.
    pub async fn get_complaint(&self, caller: &Caller, subject: Subject) -> Result<Reported> {
        rights::moderator(caller)?;
        let Subject::Message(message) = subject else { return self.get_reported(caller, subject).await };
        if !self.store.is_reported(message).await? {
            return Err(Error::no_message());
        }
        let found = self.store.find_message(message).await?;
        found.map(Reported::Message).ok_or(Error::no_message())
    }

    /// A moderator removes a reported message, for both sides.
    pub async fn remove_reported_message(&self, caller: &Caller, message: MessageId) -> Result<()> {
        let subject = Subject::Message(message);
        self.get_complaint(caller, subject).await?;
        self.store.remove_as_moderator(subject, self.clock.now()).await
    }

    /// The operator makes a member a moderator, or no longer.
    pub async fn promote(&self, handle: &str, on: bool) -> Result<User> {
        let user = self.get_member(handle).await?;
        self.store.set_moderator(user.id, on).await?;
        Ok(user)
    }

    /// The operator suspends a member, or lets it back in.
    pub async fn suspend(&self, handle: &str, on: bool) -> Result<User> {
        let user = self.get_member(handle).await?;
        check_not_system(&user)?;
        self.store.set_suspended(user.id, on, self.clock.now()).await?;
        Ok(user)
    }

    /// The operator gives a member another password; its sessions end.
    pub async fn reset_password(&self, handle: &str, password: String) -> Result<User> {
        check_password(&password)?;
        let user = self.get_member(handle).await?;
        let password_hash = self.passwords.hash(password).await?;
        self.store.change_password(user.id, password_hash, None, None).await?;
        Ok(user)
    }

    /// The operator deletes an account and what it did.
    pub async fn delete_user(&self, handle: &str) -> Result<User> {
        let user = self.get_member(handle).await?;
        check_not_system(&user)?;
        self.store.erase_user(user.id, self.clock.now(), None).await?;
        Ok(user)
    }
}
