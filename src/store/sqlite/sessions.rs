//! Sessions: made, found, touched, ended. The writer and the readers drive it.
//!
//! To end what has already ended is no error and no event; only rows that really went away close anybody's connections.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{self, session_columns};
use super::sweep::check_guest_later;
use super::tx::{Outcome, Tx};
use super::{SqliteStore, people, takeover};
use crate::domain::session::IDLE_SECONDS;
use crate::domain::{
    EndReason, Error, Event, Result, Session, SessionId, Settings, Timestamp, TokenHash, User, UserId,
};
use crate::store::{NewSession, Sessions};

#[async_trait]
impl Sessions for SqliteStore {
    async fn create_session(
        &self,
        user: UserId,
        session: NewSession,
        replaces: Option<SessionId>,
        checked: Option<String>,
    ) -> Result<Session> {
        let beginning = move |tx: &mut Tx<'_>| {
            people::check_password_is(tx, user, checked.as_deref())?;
            let guest = replaces.map(|replaced| takeover::find_guest(tx, replaced)).transpose()?.flatten();
            let session = create_for_member(tx, user, &session, replaces)?;
            let left = guest.map(|guest| takeover::take_over(tx, guest, user)).transpose()?.flatten();
            Ok((session, left))
        };
        let (session, rest) = self.decide(beginning).await?;
        // A rest that fails is left to the next sweep; the session is there.
        let _ = rest.await;
        Ok(session)
    }

    async fn end_session(&self, session: SessionId) -> Result<()> {
        self.write(move |tx| end(tx, session)).await
    }

    async fn end_sessions(&self, user: UserId) -> Result<()> {
        self.write(move |tx| end_all(tx, user, EndReason::Ended)).await
    }

    async fn touch_session(&self, session: SessionId, at: Timestamp) -> Result<()> {
        self.write(move |tx| touch(tx, session, at)).await
    }

    async fn find_session(&self, token: TokenHash, now: Timestamp) -> Result<Option<Session>> {
        self.read(move |db| find(db, token, now)).await
    }
}

/// Makes a session of a user who is there.
pub(super) fn create(
    tx: &Tx<'_>,
    (user, settings): (User, Settings),
    session: &NewSession,
) -> Outcome<Session> {
    let NewSession { token, at, ends_at } = *session;
    let id = tx.get(
        "INSERT INTO sessions (user, token_hash, created_at, seen_at, ends_at) VALUES (?1, ?2, ?3, ?3, ?4)
         RETURNING id",
        params![user.id.0, token.0, at.0, ends_at.0],
        |row| Ok(SessionId(row.get(0)?)),
    )?;
    Ok(Session { id, user, settings, seen_at: at, ends_at })
}

/// Makes a session of a member in place of another one.
pub(super) fn create_for_member(
    tx: &mut Tx<'_>,
    user: UserId,
    session: &NewSession,
    replaces: Option<SessionId>,
) -> Outcome<Session> {
    let person = people::find_member(tx, user)?.ok_or(Error::no_user())?;
    if !people::may_act(tx, user)? {
        return Err(Error::suspended().into());
    }
    if let Some(replaced) = replaces {
        end(tx, replaced)?;
    }
    create(tx, person, session)
}

/// Ends one session.
pub(super) fn end(tx: &mut Tx<'_>, session: SessionId) -> Outcome<()> {
    let user = tx.find("DELETE FROM sessions WHERE id = ?1 RETURNING user", [session.0], |row| {
        Ok(UserId(row.get(0)?))
    })?;
    if let Some(user) = user {
        check_guest_later(tx, user)?;
        note_ended(tx, vec![session], EndReason::Ended);
    }
    Ok(())
}

/// Ends every session of a user.
pub(super) fn end_all(tx: &mut Tx<'_>, user: UserId, why: EndReason) -> Outcome<()> {
    let ended = tx.list("DELETE FROM sessions WHERE user = ?1 RETURNING id", [user.0], |row| {
        Ok(SessionId(row.get(0)?))
    })?;
    if !ended.is_empty() {
        check_guest_later(tx, user)?;
    }
    note_ended(tx, ended, why);
    Ok(())
}

/// Notes that these sessions' connections must close.
pub(super) fn note_ended(tx: &mut Tx<'_>, ended: Vec<SessionId>, why: EndReason) {
    if !ended.is_empty() {
        tx.note(Event::SessionsEnded { sessions: ended, why });
    }
}

/// Notes a visit. Never backwards: visits of several connections may arrive in any order.
pub(super) fn touch(tx: &Tx<'_>, session: SessionId, at: Timestamp) -> Outcome<()> {
    tx.execute("UPDATE sessions SET seen_at = max(seen_at, ?2) WHERE id = ?1", params![session.0, at.0])?;
    Ok(())
}

/// The last visit that a session valid at `now` must be later than.
pub(super) fn idle_since(now: Timestamp) -> Timestamp {
    now.plus_seconds(-IDLE_SECONDS)
}

/// The session of a token, if it is valid at `now`.
pub(super) fn find(db: &Connection, token: TokenHash, now: Timestamp) -> Outcome<Option<Session>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        session_columns!(),
        " FROM sessions s CROSS JOIN users u ON u.id = s.user
         WHERE s.token_hash = ?1 AND s.ends_at > ?2 AND s.seen_at > ?3"
    ))?;
    Ok(statement.query_row(params![token.0, now.0, idle_since(now).0], rows::session).optional()?)
}
