//! Inboxes and their agents. `cases` has what is written to them, `notes` what the agents say among themselves.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{self, user_columns};
use super::tx::{Outcome, Tx};
use super::{SqliteStore, case_lists, cases, figures, handles, notes, people, replies, search};
use crate::domain::inbox::{
    Agent, Case, CaseFilter, CaseTail, Inbox, InboxFigures, Note, NoteTail, Reply, ReplyId, Role, Status,
    Waiting,
};
use crate::domain::search::Query;
use crate::domain::{
    ConversationId, Cursor, Error, Event, Limit, Order, Page, Result, Settings, Timestamp, UserId,
};
use crate::store::{Assignment, Created, InboxChange, Inboxes, NewInbox, NewNote};

#[async_trait]
impl Inboxes for SqliteStore {
    async fn create_inbox(&self, inbox: NewInbox) -> Result<Inbox> {
        self.write(move |tx| create(tx, &inbox)).await
    }

    async fn list_inboxes(&self, agent: Option<UserId>) -> Result<Vec<Inbox>> {
        self.read(move |db| list(db, agent)).await
    }

    async fn find_inbox(&self, handle: &str) -> Result<Option<Inbox>> {
        let handle = handle.to_owned();
        self.read(move |db| {
            let mut statement =
                db.prepare_cached(concat!("SELECT ", user_columns!(), of_inboxes!(), "u.handle = ?1"))?;
            Ok(statement.query_row([handle], inbox).optional()?)
        })
        .await
    }

    async fn update_inbox(&self, inbox: UserId, change: InboxChange) -> Result<Inbox> {
        self.write(move |tx| update(tx, inbox, change)).await
    }

    async fn delete_inbox(&self, inbox: UserId, at: Timestamp) -> Result<()> {
        for agent in self.list_agents(inbox).await? {
            while self.write(move |tx| cases::unassign(tx, Some(inbox), agent.user.id, at, SLICE)).await? > 0
            {
            }
        }
        self.write(move |tx| delete(tx, inbox)).await?;
        // Its name goes as an account's does.
        let ((), rest) = self.decide(move |tx| Ok(((), super::erasure::erase(tx, inbox, at)?))).await?;
        let _ = rest.await;
        Ok(())
    }

    async fn list_agents(&self, inbox: UserId) -> Result<Vec<Agent>> {
        self.read(move |db| list_agents(db, inbox)).await
    }

    async fn find_role(&self, inbox: UserId, user: UserId) -> Result<Option<Role>> {
        self.read(move |db| find_role(db, inbox, user)).await
    }

    async fn set_agent(&self, inbox: UserId, user: UserId, role: Role) -> Result<()> {
        self.write(move |tx| set_agent(tx, inbox, user, role)).await
    }

    async fn remove_agent(&self, inbox: UserId, user: UserId, at: Timestamp) -> Result<()> {
        self.write(move |tx| remove_agent(tx, inbox, user, at)).await
    }

    async fn find_case(&self, conversation: ConversationId, agent: UserId) -> Result<Option<Case>> {
        self.read(move |db| cases::find_for(&*db.transaction()?, conversation, agent)).await
    }

    async fn list_cases(
        &self,
        inbox: UserId,
        agent: UserId,
        filter: CaseFilter,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Case>> {
        self.read(move |db| case_lists::list(&*db.transaction()?, (inbox, agent), filter, after, limit)).await
    }

    async fn search_cases(
        &self,
        inbox: UserId,
        agent: UserId,
        query: Query,
        filter: CaseFilter,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Case>> {
        self.read_aside(move |db| {
            search::list(&*db.transaction()?, (inbox, agent), &query, filter, after, limit)
        })
        .await
    }

    async fn assign_case(&self, assignment: Assignment) -> Result<Case> {
        self.write(move |tx| cases::assign(tx, assignment)).await
    }

    async fn set_case_status(
        &self,
        conversation: ConversationId,
        by: UserId,
        status: Status,
        until: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<Case> {
        self.write(move |tx| cases::set_status(tx, (conversation, by), (status, until), at)).await
    }

    async fn wake_cases(&self, now: Timestamp) -> Result<()> {
        let is_due = move |db: &mut Connection| {
            Ok(db.prepare_cached("SELECT 1 FROM cases WHERE until <= ?1")?.exists([now.0])?)
        };
        while self.read(is_due).await? {
            self.write(move |tx| cases::wake(tx, now)).await?;
        }
        Ok(())
    }

    async fn write_note(&self, note: NewNote) -> Result<Created<Note>> {
        self.write(move |tx| notes::write(tx, note)).await
    }

    async fn list_notes(
        &self,
        conversation: ConversationId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Note>> {
        self.read(move |db| notes::list(db, conversation, order, after, limit)).await
    }

    async fn list_replies(&self, inbox: UserId) -> Result<Vec<Reply>> {
        self.read(move |db| replies::list(db, inbox)).await
    }

    async fn find_reply(&self, reply: ReplyId) -> Result<Option<Reply>> {
        self.read(move |db| replies::find(db, reply)).await
    }

    async fn create_reply(&self, inbox: UserId, shortcut: String, text: String) -> Result<Reply> {
        self.write(move |tx| replies::create(tx, inbox, &shortcut, &text)).await
    }

    async fn update_reply(
        &self,
        reply: ReplyId,
        shortcut: Option<String>,
        text: Option<String>,
    ) -> Result<Reply> {
        self.write(move |tx| replies::update(tx, reply, shortcut.as_deref(), text.as_deref())).await
    }

    async fn delete_reply(&self, reply: ReplyId) -> Result<()> {
        self.write(move |tx| replies::delete(tx, reply)).await
    }

    async fn find_figures(&self, inbox: UserId, days: u32, now: Timestamp) -> Result<Option<InboxFigures>> {
        self.read_aside(move |db| figures::find(db, inbox, days, now)).await
    }

    async fn read_case_tail(&self, inbox: UserId) -> Result<Option<CaseTail>> {
        self.note_snapshot_read();
        self.read(move |db| case_lists::read_tail(db, inbox)).await
    }

    async fn read_note_tail(&self, conversation: ConversationId) -> Result<Option<NoteTail>> {
        self.note_snapshot_read();
        self.read(move |db| notes::read_tail(db, conversation)).await
    }

    async fn find_waiting(&self, inboxes: &[UserId]) -> Result<Vec<Option<Waiting>>> {
        self.note_snapshot_read();
        let inboxes = inboxes.to_vec();
        self.read(move |db| inboxes.iter().map(|inbox| cases::find_waiting(db, *inbox)).collect()).await
    }
}

/// So many cases lose their assignee in one transaction.
const SLICE: usize = 20;

/// Where an inbox's columns come from; its user's come first.
macro_rules! of_inboxes {
    () => {
        ", i.greeting, i.show_agents FROM inboxes i CROSS JOIN users u ON u.id = i.id
         WHERE u.kind = 'inbox' AND "
    };
}
use of_inboxes;

fn inbox(row: &Row<'_>) -> rusqlite::Result<Inbox> {
    Ok(Inbox {
        user: rows::user(row)?,
        greeting: row.get(rows::USER_WIDTH)?,
        show_agents: row.get(rows::USER_WIDTH + 1)?,
    })
}

fn create(tx: &mut Tx<'_>, new: &NewInbox) -> Outcome<Inbox> {
    people::check_active(tx, new.agent)?;
    if handles::is_kept(tx.connection(), &new.handle, new.at)? {
        return Err(Error::HandleTaken.into());
    }
    let id: u64 = tx
        .get(
            "INSERT INTO users (handle, name, kind, created_at) VALUES (?1, ?2, 'inbox', ?3) RETURNING id",
            params![new.handle, new.name, new.at.0],
            |row| row.get(0),
        )
        .map_err(|fault| if fault.is_duplicate() { Error::HandleTaken.into() } else { fault })?;
    tx.execute("INSERT INTO inboxes (id) VALUES (?1)", [id])?;
    set_agent(tx, UserId(id), new.agent, Role::Admin)?;
    get(tx, UserId(id))
}

fn get(tx: &Tx<'_>, id: UserId) -> Outcome<Inbox> {
    let found = tx.find(concat!("SELECT ", user_columns!(), of_inboxes!(), "i.id = ?1"), [id.0], inbox)?;
    found.ok_or_else(|| Error::no_inbox().into())
}

fn list(db: &Connection, agent: Option<UserId>) -> Outcome<Vec<Inbox>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        of_inboxes!(),
        "(?1 IS NULL OR EXISTS (SELECT 1 FROM agents a WHERE a.inbox = i.id AND a.user = ?1))"
    ))?;
    let found = statement.query_map([agent.map(|agent| agent.0)], inbox)?;
    let mut inboxes = found.collect::<rusqlite::Result<Vec<_>>>()?;
    inboxes.sort_by_key(|inbox| inbox.user.handle.clone());
    Ok(inboxes)
}

fn update(tx: &mut Tx<'_>, id: UserId, change: InboxChange) -> Outcome<Inbox> {
    let before = get(tx, id)?;
    let InboxChange { name, greeting, show_agents } = change;
    tx.execute(
        "UPDATE inboxes SET greeting = coalesce(?2, greeting), show_agents = coalesce(?3, show_agents) WHERE id = ?1",
        params![id.0, greeting, show_agents],
    )?;
    if let Some(name) = name.filter(|name| *name != before.user.name) {
        tx.execute("UPDATE users SET name = ?2 WHERE id = ?1", params![id.0, name])?;
        let user = Arc::new(get(tx, id)?.user);
        tx.note(Event::UserChanged { user, settings: Settings::default() });
    }
    get(tx, id)
}

fn delete(tx: &mut Tx<'_>, id: UserId) -> Outcome<()> {
    get(tx, id)?;
    let agents =
        tx.list("SELECT user FROM agents WHERE inbox = ?1", [id.0], |row| Ok(UserId(row.get(0)?)))?;
    tx.execute("DELETE FROM agents WHERE inbox = ?1", [id.0])?;
    tx.execute("DELETE FROM replies WHERE inbox = ?1", [id.0])?;
    agents.into_iter().try_for_each(|agent| note_removed(tx, id, agent))
}

fn list_agents(db: &Connection, inbox: UserId) -> Outcome<Vec<Agent>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        ", a.role FROM agents a CROSS JOIN users u ON u.id = a.user WHERE a.inbox = ?1"
    ))?;
    let mut agents = statement
        .query_map([inbox.0], |row| {
            let role = Role::parse(row.get_ref(rows::USER_WIDTH)?.as_str()?).unwrap_or(Role::Agent);
            Ok(Agent { user: rows::user(row)?, role })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    agents.sort_by_key(|agent| (agent.role != Role::Admin, agent.user.handle.clone()));
    Ok(agents)
}

fn find_role(db: &Connection, inbox: UserId, user: UserId) -> Outcome<Option<Role>> {
    let mut statement = db.prepare_cached("SELECT role FROM agents WHERE inbox = ?1 AND user = ?2")?;
    let role = statement.query_row([inbox.0, user.0], |row| {
        Ok(Role::parse(row.get_ref(0)?.as_str()?).unwrap_or(Role::Agent))
    });
    Ok(role.optional()?)
}

fn set_agent(tx: &mut Tx<'_>, inbox: UserId, user: UserId, role: Role) -> Outcome<()> {
    let is_member = tx.find(
        "SELECT 1 FROM users WHERE id = ?1 AND kind = 'member' AND erased_at IS NULL",
        [user.0],
        |_| Ok(()),
    )?;
    is_member.ok_or(Error::no_user())?;
    if role == Role::Agent {
        check_admin_left(tx, inbox, user)?;
    }
    tx.execute(
        "INSERT INTO agents (inbox, user, role) VALUES (?1, ?2, ?3)
         ON CONFLICT (inbox, user) DO UPDATE SET role = excluded.role",
        params![inbox.0, user.0, role.as_str()],
    )
    .map(drop)
}

/// `forbidden` if this is the only admin.
fn check_admin_left(tx: &Tx<'_>, inbox: UserId, user: UserId) -> Outcome<()> {
    let is_last: bool = tx.get(
        "SELECT EXISTS (SELECT 1 FROM agents WHERE inbox = ?1 AND user = ?2 AND role = 'admin')
            AND NOT EXISTS (SELECT 1 FROM agents WHERE inbox = ?1 AND user <> ?2 AND role = 'admin')",
        [inbox.0, user.0],
        |row| row.get(0),
    )?;
    if is_last {
        return Err(Error::Forbidden("This is the only admin of the inbox: make another one first.").into());
    }
    Ok(())
}

fn remove_agent(tx: &mut Tx<'_>, inbox: UserId, user: UserId, at: Timestamp) -> Outcome<()> {
    check_admin_left(tx, inbox, user)?;
    take_agent(tx, inbox, user, at)
}

/// The agent is gone, with all that it had of the inbox.
fn take_agent(tx: &mut Tx<'_>, inbox: UserId, user: UserId, at: Timestamp) -> Outcome<()> {
    let removed = tx.execute("DELETE FROM agents WHERE inbox = ?1 AND user = ?2", [inbox.0, user.0])?;
    if removed == 0 {
        return Ok(());
    }
    // In the same transaction: a case must not stay with somebody who can't see it.
    while cases::unassign(tx, Some(inbox), user, at, SLICE)? > 0 {}
    note_removed(tx, inbox, user)
}

fn note_removed(tx: &mut Tx<'_>, inbox: UserId, user: UserId) -> Outcome<()> {
    let conversations = cases::list_ids(tx, inbox)?;
    tx.note(Event::AgentRemoved { inbox, user, conversations: conversations.into() });
    Ok(())
}

/// An account is erased: it answers for no inbox any more. An inbox may have no admin left; the operator makes one.
pub(super) fn user_erased(tx: &mut Tx<'_>, user: UserId, at: Timestamp) -> Outcome<()> {
    let inboxes =
        tx.list("SELECT inbox FROM agents WHERE user = ?1", [user.0], |row| Ok(UserId(row.get(0)?)))?;
    inboxes.into_iter().try_for_each(|inbox| take_agent(tx, inbox, user, at))
}
