//! Cases: an inbox's conversations as its agents see them. `messages`, `sides` and `inboxes` drive it.
//!
//! Whatever changes a case runs inside of [`changing`]: whether it waited before and waits afterwards says by how much
//! the inbox's numbers move, so that no act can forget them.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::notes::Entry;
use super::tx::{Outcome, Tx};
use super::{messages, notes, people, rows, search};
use crate::domain::inbox::{Case, CaseChange, Status, Waiting};
use crate::domain::{ConversationId, Error, Event, MessageId, Timestamp, User, UserId};
use crate::store::Assignment;
use crate::store::group_commit::Fault;

/// The columns of [`case`].
macro_rules! case_columns {
    () => {
        "u.id, u.handle, u.name, u.bio, u.kind, u.moderator, a.id, a.handle, a.name, a.bio, a.kind, a.moderator, \
         k.conversation, k.inbox, c.head, k.notes_head, k.waiting_since, k.status, k.until, c.updated_at, k.place, \
         k.activity, k.asked, p.number, p.opted_out"
    };
}

/// Where they come from, by this index or by whichever fits.
macro_rules! of_cases {
    () => {
        concat!(" FROM cases k", of_cases!(@joined))
    };
    ($index:literal) => {
        concat!(" FROM cases k INDEXED BY ", $index, of_cases!(@joined))
    };
    (@joined) => {
        " CROSS JOIN conversations c ON c.id = k.conversation
          CROSS JOIN users u ON u.id = k.customer LEFT JOIN users a ON a.id = k.assignee
          LEFT JOIN phones p ON p.user = k.customer WHERE "
    };
}

pub(super) use {case_columns, of_cases};

/// The case of a row, without its newest message.
pub(super) fn case(row: &Row<'_>) -> rusqlite::Result<Case> {
    const OWN: usize = 2 * rows::USER_WIDTH;
    let assignee: Option<u64> = row.get(rows::USER_WIDTH)?;
    let time = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(Timestamp));
    Ok(Case {
        customer: rows::user(row)?,
        assignee: assignee.map(|_| rows::user_at(row, rows::USER_WIDTH)).transpose()?,
        id: ConversationId(row.get(OWN)?),
        inbox: UserId(row.get(OWN + 1)?),
        seq: row.get(OWN + 2)?,
        notes_seq: row.get(OWN + 3)?,
        waiting_since: time(OWN + 4)?,
        status: Status::parse(row.get_ref(OWN + 5)?.as_str()?).unwrap_or(Status::Open),
        until: time(OWN + 6)?,
        updated_at: Timestamp(row.get(OWN + 7)?),
        place: row.get(OWN + 8)?,
        activity: row.get(OWN + 9)?,
        asked: row.get::<_, Option<u64>>(OWN + 10)?.map(MessageId),
        phone: row.get(OWN + 11)?,
        opted_out: row.get::<_, Option<bool>>(OWN + 12)?.unwrap_or_default(),
        last: None,
    })
}

/// The same with its newest message.
pub(super) fn with_last(db: &Connection, mut case: Case) -> Outcome<Case> {
    case.last = messages::find_last(db, case.id)?;
    Ok(case)
}

/// A case as it stands.
pub(super) fn find(db: &Connection, id: ConversationId) -> Outcome<Option<Case>> {
    let mut statement =
        db.prepare_cached(concat!("SELECT ", case_columns!(), of_cases!(), "k.conversation = ?1"))?;
    let found = statement.query_row([id.0], case).optional()?;
    found.map(|found| with_last(db, found)).transpose()
}

/// A case, for an agent of its inbox who is not its customer; else none.
pub(super) fn find_for(db: &Connection, id: ConversationId, agent: UserId) -> Outcome<Option<Case>> {
    if is_agent(db, id, agent)? { find(db, id) } else { Ok(None) }
}

/// Whether somebody is an agent of a case's inbox, and not its customer.
pub(super) fn is_agent(db: &Connection, id: ConversationId, user: UserId) -> Outcome<bool> {
    let mut statement = db.prepare_cached(
        "SELECT 1 FROM cases k CROSS JOIN agents a ON a.inbox = k.inbox AND a.user = ?2
         WHERE k.conversation = ?1 AND k.customer <> ?2",
    )?;
    Ok(statement.exists([id.0, user.0])?)
}

/// What a case adds to its inbox's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counted {
    inbox: UserId,
    waiting: i64,
    unassigned: i64,
}

fn find_counted(tx: &Tx<'_>, id: ConversationId) -> Outcome<Option<Counted>> {
    tx.find(
        "SELECT inbox, status = 'open' AND waiting_since IS NOT NULL,
            status = 'open' AND waiting_since IS NOT NULL AND assignee IS NULL
         FROM cases WHERE conversation = ?1",
        [id.0],
        |row| Ok(Counted { inbox: UserId(row.get(0)?), waiting: row.get(1)?, unassigned: row.get(2)? }),
    )
}

/// Does something that changes what agents see of a conversation, if it is an inbox's: moves the inbox's numbers, and
/// tells the agents.
pub(super) fn changing<T>(
    tx: &mut Tx<'_>,
    id: ConversationId,
    act: impl FnOnce(&mut Tx<'_>) -> Outcome<T>,
) -> Outcome<T> {
    let before = find_counted(tx, id)?;
    let value = act(tx)?;
    let Some(after) = find_counted(tx, id)? else { return Ok(value) };
    let was = before.unwrap_or(Counted { waiting: 0, unassigned: 0, ..after });
    if was != after {
        let waiting = tx.get(
            "UPDATE inboxes SET version = version + 1, waiting = waiting + ?2, unassigned = unassigned + ?3
             WHERE id = ?1 RETURNING version, waiting, unassigned",
            params![after.inbox.0, after.waiting - was.waiting, after.unassigned - was.unassigned],
            waiting,
        )?;
        tx.note(Event::WaitingChanged { inbox: after.inbox, waiting });
    }
    tell(tx, id, after.inbox)?;
    Ok(value)
}

/// Gives a case's change the next place in its inbox's stream.
fn tell(tx: &mut Tx<'_>, id: ConversationId, inbox: UserId) -> Outcome<()> {
    let seq: u64 =
        tx.get("UPDATE inboxes SET head = head + 1 WHERE id = ?1 RETURNING head", [inbox.0], |row| {
            row.get(0)
        })?;
    tx.execute("UPDATE cases SET place = ?2 WHERE conversation = ?1", [id.0, seq])?;
    if let Some(case) = find(tx.connection(), id)? {
        let change = CaseChange::Edited { seq, item: Arc::new(case) };
        tx.note(Event::CaseChanged { inbox, change });
    }
    Ok(())
}

/// A conversation of an inbox begins. Its place is put right by what follows.
pub(super) fn begin(tx: &Tx<'_>, id: ConversationId, inbox: UserId, customer: UserId) -> Outcome<()> {
    tx.execute(
        "INSERT INTO cases (conversation, inbox, customer, place, activity) VALUES (?1, ?2, ?3, 0, 0)",
        params![id.0, inbox.0, customer.0],
    )?;
    search::rename(tx, customer)
}

/// Who wrote a message that a case has just got.
#[derive(Debug, Clone, Copy)]
pub(super) enum Writer {
    /// The customer.
    Customer,
    /// An agent.
    Agent {
        /// Who.
        agent: UserId,
        /// The message, where it shows the inbox as its author.
        unseen: Option<MessageId>,
        /// The message's place.
        seq: u64,
    },
}

/// Something was said in a conversation; inside of [`changing`]. False between two members: there is no case.
pub(super) fn said(
    tx: &mut Tx<'_>,
    id: ConversationId,
    writer: Writer,
    activity: u64,
    at: Timestamp,
) -> Outcome<bool> {
    if tx.execute("UPDATE cases SET activity = ?2 WHERE conversation = ?1", [id.0, activity])? == 0 {
        return Ok(false);
    }
    wait(tx, id)?;
    let Some(case) = find(tx.connection(), id)? else { return Ok(false) };
    match writer {
        Writer::Customer if case.status != Status::Open => {
            change_status(tx, &case, None, (Status::Open, None), at)?;
            // Whoever is not there would not see it.
            let stays = case.assignee.as_ref().is_some_and(|assignee| tx.is_online(assignee.id));
            if !stays {
                give(tx, &case, None, None, at)?;
            }
        }
        Writer::Customer => {}
        Writer::Agent { agent, unseen, seq } => {
            if case.assignee.is_none() {
                give(tx, &case, Some(agent), Some(agent), at)?;
            }
            if let Some(message) = unseen {
                notes::add(tx, Entry::sent(id, agent, message, at))?;
            }
            set_read(tx, id, agent, seq)?;
        }
    }
    Ok(true)
}

/// Since when the customer waits: since the first thing that it said behind the last answer.
pub(super) fn wait(tx: &Tx<'_>, id: ConversationId) -> Outcome<()> {
    tx.execute(
        "UPDATE cases SET (waiting_since, asked) =
            (SELECT created_at, id FROM messages m WHERE m.conversation = ?1 AND m.removed_at IS NULL
                AND m.seq > coalesce((SELECT seq FROM messages WHERE conversation = ?1 AND removed_at IS NULL
                    AND agent IS NOT NULL ORDER BY seq DESC LIMIT 1), 0)
             ORDER BY m.seq LIMIT 1)
         WHERE conversation = ?1",
        [id.0],
    )
    .map(drop)
}

/// Whether another agent has answered behind `seen`.
pub(super) fn is_superseded(tx: &Tx<'_>, id: ConversationId, agent: UserId, seen: u64) -> Outcome<bool> {
    let found = tx.find(
        "SELECT 1 FROM messages WHERE conversation = ?1 AND removed_at IS NULL AND seq > ?3 AND agent <> ?2 LIMIT 1",
        params![id.0, agent.0, seen],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// An agent has read up to here; never back.
pub(super) fn set_read(tx: &Tx<'_>, id: ConversationId, agent: UserId, read: u64) -> Outcome<()> {
    tx.execute(
        "INSERT INTO case_reads (conversation, agent, read)
         SELECT id, ?2, min(?3, head) FROM conversations WHERE id = ?1
         ON CONFLICT (conversation, agent) DO UPDATE SET read = max(read, excluded.read)",
        params![id.0, agent.0, read],
    )
    .map(drop)
}

/// Gives a case to somebody; inside of [`changing`].
fn give(tx: &mut Tx<'_>, case: &Case, by: Option<UserId>, to: Option<UserId>, at: Timestamp) -> Outcome<()> {
    if case.assignee.as_ref().map(|assignee| assignee.id) == to {
        return Ok(());
    }
    tx.execute(
        "UPDATE cases SET assignee = ?2 WHERE conversation = ?1",
        params![case.id.0, to.map(|to| to.0)],
    )?;
    let handle = |user: Option<User>| user.and_then(|user| user.handle);
    let now = match to {
        Some(to) => people::find_by_id(tx.connection(), to)?,
        None => None,
    };
    let (from, to) = (handle(case.assignee.clone()), handle(now));
    notes::add(tx, Entry::assigned((case.id, by, at), from, to))
}

fn change_status(
    tx: &mut Tx<'_>,
    case: &Case,
    by: Option<UserId>,
    (status, until): (Status, Option<Timestamp>),
    at: Timestamp,
) -> Outcome<()> {
    if (case.status, case.until) == (status, until) {
        return Ok(());
    }
    tx.execute(
        "UPDATE cases SET status = ?2, until = ?3 WHERE conversation = ?1",
        params![case.id.0, status.as_str(), until.map(|until| until.0)],
    )?;
    notes::add(tx, Entry::status((case.id, by, at), case.status, status))
}

/// A case is closed, because what was said in it stands in another one now: that one is open if one of the two was.
pub(super) fn close_into(
    tx: &mut Tx<'_>,
    from: ConversationId,
    into: ConversationId,
    at: Timestamp,
) -> Outcome<()> {
    let (Some(left), Some(other)) = (find(tx.connection(), from)?, find(tx.connection(), into)?) else {
        return Ok(());
    };
    if left.status == Status::Open {
        changing(tx, into, |tx| change_status(tx, &other, None, (Status::Open, None), at))?;
    }
    changing(tx, from, |tx| {
        change_status(tx, &left, None, (Status::Closed, None), at)?;
        give(tx, &left, None, None, at)
    })
}

/// The case, for an agent who acts on it.
pub(super) fn get_for(tx: &Tx<'_>, id: ConversationId, agent: UserId) -> Outcome<Case> {
    people::check_active(tx, agent)?;
    find_for(tx.connection(), id, agent)?.ok_or_else(|| Error::no_conversation().into())
}

/// Gives a case to an agent, if it is still whose it was thought to be.
pub(super) fn assign(tx: &mut Tx<'_>, assignment: Assignment) -> Outcome<Case> {
    let Assignment { conversation: id, by, agent, expect, at } = assignment;
    let case = get_for(tx, id, by)?;
    let has = case.assignee.as_ref().map(|assignee| assignee.id);
    if has == agent {
        return Ok(case);
    }
    if has != expect {
        let handle = case.assignee.and_then(|assignee| assignee.handle).unwrap_or_default();
        return Err(Fault::Refused(Error::Taken(handle)));
    }
    if let Some(agent) = agent
        && !is_agent(tx.connection(), id, agent)?
    {
        return Err(Error::no_agent().into());
    }
    changing(tx, id, |tx| give(tx, &case, Some(by), agent, at))?;
    get_for(tx, id, by)
}

/// Gives a case another status.
pub(super) fn set_status(
    tx: &mut Tx<'_>,
    (id, by): (ConversationId, UserId),
    status: (Status, Option<Timestamp>),
    at: Timestamp,
) -> Outcome<Case> {
    let case = get_for(tx, id, by)?;
    if (case.status, case.until) == status {
        return Ok(case);
    }
    changing(tx, id, |tx| change_status(tx, &case, Some(by), status, at))?;
    get_for(tx, id, by)
}

/// So many are woken in one transaction.
const WAKE: usize = 20;

/// Opens some of the cases whose time has come; how many.
pub(super) fn wake(tx: &mut Tx<'_>, now: Timestamp) -> Outcome<usize> {
    let due = tx.list(
        "SELECT conversation FROM cases WHERE until <= ?1 ORDER BY until LIMIT ?2",
        params![now.0, WAKE],
        |row| Ok(ConversationId(row.get(0)?)),
    )?;
    for id in &due {
        if let Some(case) = find(tx.connection(), *id)? {
            changing(tx, *id, |tx| change_status(tx, &case, None, (Status::Open, None), now))?;
        }
    }
    Ok(due.len())
}

/// The cases of an agent who goes lose it; how many of them.
pub(super) fn unassign(
    tx: &mut Tx<'_>,
    inbox: Option<UserId>,
    agent: UserId,
    at: Timestamp,
    room: usize,
) -> Outcome<usize> {
    let cases = tx.list(
        "SELECT conversation FROM cases WHERE assignee = ?1 AND (?2 IS NULL OR inbox = ?2) LIMIT ?3",
        params![agent.0, inbox.map(|inbox| inbox.0), room],
        |row| Ok(ConversationId(row.get(0)?)),
    )?;
    for id in &cases {
        if let Some(case) = find(tx.connection(), *id)? {
            changing(tx, *id, |tx| give(tx, &case, None, None, at))?;
        }
    }
    Ok(cases.len())
}

/// The conversations of an inbox.
pub(super) fn list_ids(tx: &Tx<'_>, inbox: UserId) -> Outcome<Vec<ConversationId>> {
    tx.list("SELECT conversation FROM cases WHERE inbox = ?1", [inbox.0], |row| {
        Ok(ConversationId(row.get(0)?))
    })
}

/// An inbox's numbers.
pub(super) fn find_waiting(db: &Connection, inbox: UserId) -> Outcome<Option<Waiting>> {
    let mut statement =
        db.prepare_cached("SELECT version, waiting, unassigned FROM inboxes WHERE id = ?1")?;
    Ok(statement.query_row([inbox.0], waiting).optional()?)
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting { version: row.get(0)?, waiting: row.get(1)?, unassigned: row.get(2)? })
}
