//! Users: guests, members, and a guest that becomes a member. The writer and the readers drive it.
//!
//! Nobody asks beforehand whether a handle is free. The unique index decides in the transaction, so of two who want the
//! same one exactly one gets it.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{self, person_columns, user_columns};
use super::tx::{Outcome, Tx};
use super::{SqliteStore, erasure, handles, search, sessions};
use crate::domain::{
    EndReason, Error, Event, Limit, Result, Session, Settings, Timestamp, User, UserId, UserKind,
    user::GUEST_NAME,
};
use crate::store::group_commit::Fault;
use crate::store::{Credentials, NewMember, NewSession, People, ProfileChange};

#[async_trait]
impl People for SqliteStore {
    async fn create_member(
        &self,
        member: NewMember,
        session: Option<NewSession>,
    ) -> Result<(User, Option<Session>)> {
        self.write(move |tx| create_member(tx, &member, session.as_ref())).await
    }

    async fn update_profile(&self, user: UserId, change: ProfileChange) -> Result<User> {
        self.write(move |tx| update_profile(tx, user, change)).await
    }

    async fn change_password(
        &self,
        user: UserId,
        password_hash: String,
        session: Option<NewSession>,
        checked: Option<String>,
    ) -> Result<Option<Session>> {
        self.write(move |tx| {
            check_password_is(tx, user, checked.as_deref())?;
            change_password(tx, user, &password_hash, session.as_ref())
        })
        .await
    }

    async fn erase_user(&self, user: UserId, at: Timestamp, checked: Option<String>) -> Result<()> {
        let erasing = move |tx: &mut Tx<'_>| {
            check_password_is(tx, user, checked.as_deref())?;
            Ok(((), erasure::erase(tx, user, at)?))
        };
        let ((), rest) = self.decide(erasing).await?;
        rest.await.map_err(|_| Error::Storage)
    }

    async fn is_handle_taken(&self, handle: &str, now: Timestamp) -> Result<bool> {
        let handle = handle.to_owned();
        self.read(move |db| Ok(find(db, &handle)?.is_some() || handles::is_kept(db, &handle, now)?)).await
    }

    async fn find_user(&self, handle: &str) -> Result<Option<User>> {
        let handle = handle.to_owned();
        self.read(move |db| find(db, &handle)).await
    }

    async fn find_members(&self, prefix: &str, limit: Limit) -> Result<Vec<User>> {
        let prefix = prefix.to_owned();
        self.read(move |db| find_members(db, &prefix, limit)).await
    }

    async fn find_handles(&self, handles: HashSet<String>) -> Result<HashSet<String>> {
        self.read(move |db| {
            let mut statement =
                db.prepare_cached("SELECT 1 FROM users WHERE handle = ?1 AND kind IN ('member', 'inbox')")?;
            let mut found = HashSet::new();
            for handle in handles {
                if statement.exists([&handle])? {
                    found.insert(handle);
                }
            }
            Ok(found)
        })
        .await
    }

    async fn find_credentials(&self, handle: &str) -> Result<Option<Credentials>> {
        let handle = handle.to_owned();
        self.read(move |db| find_credentials(db, &handle)).await
    }

    async fn find_person(&self, user: UserId) -> Result<Option<(User, Settings)>> {
        self.read(move |db| find_person(db, user)).await
    }
}

/// Makes a guest.
pub(super) fn create_guest(tx: &Tx<'_>, at: Timestamp) -> Outcome<User> {
    let id = tx.get(
        "INSERT INTO users (name, kind, created_at) VALUES (?1, 'guest', ?2) RETURNING id",
        params![GUEST_NAME, at.0],
        |row| row.get(0),
    )?;
    let (name, bio) = (GUEST_NAME.to_owned(), String::new());
    Ok(User { id: UserId(id), handle: None, name, bio, kind: UserKind::Guest, moderator: false })
}

/// Makes a member, out of a guest's row where there is one, and its first session.
pub(super) fn create_member(
    tx: &mut Tx<'_>,
    member: &NewMember,
    session: Option<&NewSession>,
) -> Outcome<(User, Option<Session>)> {
    if handles::is_kept(tx.connection(), &member.handle, member.at)? {
        return Err(Error::HandleTaken.into());
    }
    let promoted = match member.guest {
        Some(guest) => promote(tx, guest, member)?,
        None => None,
    };
    let id = match promoted {
        Some(id) => id,
        None => insert(tx, member)?,
    };
    let user = User {
        id,
        handle: Some(member.handle.clone()),
        name: member.name.clone(),
        bio: String::new(),
        kind: UserKind::Member,
        moderator: false,
    };
    if promoted.is_some() {
        // What it wrote as a guest is the member's from now on, wherever its author is shown.
        tx.note(Event::UserChanged { user: Arc::new(user.clone()), settings: Settings::default() });
    }
    let session = session
        .map(|session| sessions::create(tx, (user.clone(), Settings::default()), session))
        .transpose()?;
    Ok((user, session))
}

/// Turns a guest's row into the member's and ends the guest's sessions: whoever held one of them was a guest, and must
/// not find himself a member. None if it is no guest, or not any more: then this is a sign-up like any other.
fn promote(tx: &mut Tx<'_>, guest: UserId, member: &NewMember) -> Outcome<Option<UserId>> {
    let promoted = tx
        .execute(
            "UPDATE users SET kind = 'member', handle = ?2, name = ?3, bio = '', password_hash = ?4
             WHERE id = ?1 AND kind = 'guest' AND erased_at IS NULL",
            params![guest.0, member.handle, member.name, member.password_hash],
        )
        .map_err(taken)?;
    if promoted == 0 {
        return Ok(None);
    }
    search::rename(tx, guest)?;
    sessions::end_all(tx, guest, EndReason::Ended)?;
    Ok(Some(guest))
}

fn insert(tx: &Tx<'_>, member: &NewMember) -> Outcome<UserId> {
    tx.get(
        "INSERT INTO users (handle, name, kind, password_hash, created_at) VALUES (?1, ?2, 'member', ?3, ?4)
         RETURNING id",
        params![member.handle, member.name, member.password_hash, member.at.0],
        |row| Ok(UserId(row.get(0)?)),
    )
    .map_err(taken)
}

fn taken(fault: Fault) -> Fault {
    if fault.is_duplicate() { Error::HandleTaken.into() } else { fault }
}

/// Members whose handle begins so, then those whose name does.
fn find_members(db: &Connection, prefix: &str, limit: Limit) -> Outcome<Vec<User>> {
    let (from, to) = (prefix.to_owned(), format!("{prefix}\u{10FFFF}"));
    let mut members: Vec<User> = Vec::new();
    for sql in [
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u WHERE u.handle >= lower(?1) AND u.handle < lower(?2) AND u.kind = 'member'
                AND u.suspended_at IS NULL ORDER BY u.handle LIMIT ?3"
        ),
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u WHERE u.name >= ?1 COLLATE NOCASE AND u.name < ?2 COLLATE NOCASE AND u.kind = 'member'
                AND u.suspended_at IS NULL ORDER BY u.name COLLATE NOCASE LIMIT ?3"
        ),
    ] {
        let mut statement = db.prepare_cached(sql)?;
        let found = statement.query_map(params![from, to, limit.get()], rows::user)?;
        for member in found.collect::<rusqlite::Result<Vec<_>>>()? {
            if members.len() < limit.get() && !members.contains(&member) {
                members.push(member);
            }
        }
    }
    Ok(members)
}

/// The member with this id, and its settings.
pub(super) fn find_member(tx: &Tx<'_>, id: UserId) -> Outcome<Option<(User, Settings)>> {
    tx.find(
        concat!("SELECT ", person_columns!(), " FROM users u WHERE u.id = ?1 AND u.kind = 'member'"),
        [id.0],
        rows::person,
    )
}

/// The user with this id, of whatever kind.
pub(super) fn find_by_id(db: &Connection, id: UserId) -> Outcome<Option<User>> {
    let mut statement =
        db.prepare_cached(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1"))?;
    Ok(statement.query_row([id.0], rows::user).optional()?)
}

/// Whether this user is there and may act.
pub(super) fn may_act(tx: &Tx<'_>, id: UserId) -> Outcome<bool> {
    let active = tx.find(
        "SELECT 1 FROM users WHERE id = ?1 AND suspended_at IS NULL AND erased_at IS NULL",
        [id.0],
        |_| Ok(()),
    )?;
    Ok(active.is_some())
}

/// `no_session` unless this user may act. Sessions end with the right to act, but an act may have been queued before.
pub(super) fn check_active(tx: &Tx<'_>, id: UserId) -> Outcome<()> {
    if may_act(tx, id)? { Ok(()) } else { Err(Error::NoSession.into()) }
}

/// `bad_credentials` if the user has another password by now than the one that was checked, or none.
pub(super) fn check_password_is(tx: &Tx<'_>, id: UserId, checked: Option<&str>) -> Outcome<()> {
    let Some(checked) = checked else { return Ok(()) };
    let same =
        tx.find("SELECT 1 FROM users WHERE id = ?1 AND password_hash = ?2", params![id.0, checked], |_| {
            Ok(())
        })?;
    same.ok_or_else(|| Error::BadCredentials.into())
}

/// Changes what a member says of itself and its settings.
pub(super) fn update_profile(tx: &mut Tx<'_>, id: UserId, change: ProfileChange) -> Outcome<User> {
    check_active(tx, id)?;
    let before = find_member(tx, id)?.ok_or(Error::NoSession)?;
    let (mut user, mut settings) = before.clone();
    user.name = change.name.unwrap_or(user.name);
    user.bio = change.bio.unwrap_or(user.bio);
    settings = change.settings.of(settings);
    if (&user, &settings) == (&before.0, &before.1) {
        return Ok(user);
    }
    tx.execute(
        "UPDATE users SET name = ?2, bio = ?3, shows_viewing = ?4, notify_like = ?5, notify_comment = ?6,
            notify_answer = ?7, notify_mention = ?8, messages_from = ?9, receipts = ?10
         WHERE id = ?1",
        params![
            id.0,
            user.name,
            user.bio,
            settings.shows_viewing,
            settings.notify.like,
            settings.notify.comment,
            settings.notify.answer,
            settings.notify.mention,
            settings.messages_from.as_str(),
            settings.receipts
        ],
    )?;
    search::rename(tx, id)?;
    tx.note(Event::UserChanged { user: Arc::new(user.clone()), settings });
    Ok(user)
}

/// Gives a member another password, and a new session in place of all others. A suspended one gets no session.
pub(super) fn change_password(
    tx: &mut Tx<'_>,
    id: UserId,
    password_hash: &str,
    session: Option<&NewSession>,
) -> Outcome<Option<Session>> {
    find_member(tx, id)?.ok_or(Error::no_user())?;
    tx.execute("UPDATE users SET password_hash = ?2 WHERE id = ?1", params![id.0, password_hash])?;
    sessions::end_all(tx, id, EndReason::Ended)?;
    session.map(|session| sessions::create_for_member(tx, id, session, None)).transpose()
}

/// A user with its settings, as long as it has an account.
pub(super) fn find_person(db: &Connection, id: UserId) -> Outcome<Option<(User, Settings)>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        person_columns!(),
        " FROM users u WHERE u.id = ?1 AND u.erased_at IS NULL"
    ))?;
    Ok(statement.query_row([id.0], rows::person).optional()?)
}

/// The member with this handle.
pub(super) fn find(db: &Connection, handle: &str) -> Outcome<Option<User>> {
    let mut statement =
        db.prepare_cached(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.handle = ?1"))?;
    Ok(statement.query_row([handle], rows::user).optional()?)
}

/// What a log-in is checked against.
pub(super) fn find_credentials(db: &Connection, handle: &str) -> Outcome<Option<Credentials>> {
    let mut statement = db.prepare_cached(
        "SELECT id, password_hash, suspended_at IS NOT NULL FROM users
         WHERE handle = ?1 AND password_hash IS NOT NULL",
    )?;
    let credentials = statement.query_row([handle], |row| {
        Ok(Credentials { user: UserId(row.get(0)?), password_hash: row.get(1)?, suspended: row.get(2)? })
    });
    Ok(credentials.optional()?)
}
