//! Moderation: who is a moderator; `reports` and `suspension` have the rest.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::params;

use super::notify::{self, Told};
use super::tx::{Outcome, Tx};
use super::unfinished::Unfinished;
use super::{SqliteStore, comments, messages, people, removal, reports, suspension};
use crate::domain::{
    Complaint, Cursor, Error, Event, Limit, MessageId, NotificationKind, Page, Result, Subject, Timestamp,
    User, UserId,
};
use crate::store::{Moderation, NewReport};

#[async_trait]
impl Moderation for SqliteStore {
    async fn set_moderator(&self, user: UserId, on: bool) -> Result<()> {
        self.write(move |tx| set_moderator(tx, user, on)).await
    }

    async fn set_suspended(&self, user: UserId, on: bool, at: Timestamp) -> Result<()> {
        let ((), rest) = self.decide(move |tx| Ok(((), suspension::set(tx, user, on, at)?))).await?;
        rest.await.map_err(|_| Error::Storage)
    }

    async fn remove_as_moderator(&self, subject: Subject, at: Timestamp) -> Result<()> {
        self.decide(move |tx| Ok(((), remove(tx, subject, at)?))).await.map(drop)
    }

    async fn is_reported(&self, message: MessageId) -> Result<bool> {
        self.read(move |db| reports::is_open(db, message)).await
    }

    async fn create_report(&self, report: NewReport) -> Result<()> {
        self.write(move |tx| reports::create(tx, &report)).await
    }

    async fn close_reports(&self, subject: Subject) -> Result<()> {
        self.write(move |tx| reports::close(tx, subject)).await
    }

    async fn list_complaints(&self, after: Option<Cursor>, limit: Limit) -> Result<Page<Complaint>> {
        self.read(move |db| reports::list(db, after, limit)).await
    }
}

/// Removes something and tells its author; what is left to clear away of it.
fn remove(tx: &mut Tx<'_>, subject: Subject, at: Timestamp) -> Outcome<Option<Unfinished>> {
    let (post, comment) = match subject {
        Subject::Message(message) => return messages::remove(tx, message, at).map(|()| None),
        Subject::Post(post) => (post, None),
        Subject::Comment(comment) => {
            let found = comments::find(tx.connection(), comment)?.ok_or(Error::no_comment())?;
            (found.post, Some(comment))
        }
    };
    let author = match comment {
        Some(comment) => {
            tx.find("SELECT author FROM comments WHERE id = ?1", [comment.0], |row| row.get(0))?
        }
        None => tx.find("SELECT author FROM posts WHERE id = ?1", [post.0], |row| row.get(0))?,
    };
    let left = match comment {
        Some(comment) => comments::remove(tx, comment, at).map(|()| None)?,
        None => removal::remove(tx, post, at)?,
    };
    if let Some(user) = author.map(UserId)
        && people::find_member(tx, user)?.is_some()
    {
        notify::removed(tx, Told { user, kind: NotificationKind::Removal, post, comment, at })?;
    }
    Ok(left)
}

/// Makes a member a moderator, or no longer.
fn set_moderator(tx: &mut Tx<'_>, id: UserId, on: bool) -> Outcome<()> {
    let (user, settings) = people::find_member(tx, id)?.ok_or(Error::no_user())?;
    if user.moderator != on {
        tx.execute("UPDATE users SET moderator = ?2 WHERE id = ?1", params![id.0, on])?;
        tx.note(Event::UserChanged { user: Arc::new(User { moderator: on, ..user }), settings });
    }
    Ok(())
}
