//! Where a message goes: which conversation, whether its author may write there, and for whom an agent speaks.
//! `messages` drives it, inside of the transaction of the message.

use rusqlite::params;

use super::tx::{Outcome, Tx};
use super::{cases, rows, sides};
use crate::domain::conversation::Standing;
use crate::domain::message::SMS_LIMIT;
use crate::domain::{ConversationId, Error, MessagesFrom, Phone, Timestamp, UserId};
use crate::store::{NewMessage, To};

/// The conversation of a pair.
pub(super) const PAIR: &str = "SELECT id FROM conversations WHERE one = ?1 AND other = ?2";

/// The smaller id first.
pub(super) fn pair(user: UserId, other: UserId) -> [u64; 2] {
    [user.0.min(other.0), user.0.max(other.0)]
}

/// Where a message goes, and as what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entered {
    pub(super) id: ConversationId,
    /// Its author writes for this inbox, which shows its agents or not.
    pub(super) desk: Option<Desk>,
}

/// An inbox as the one who writes for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk {
    pub(super) inbox: UserId,
    pub(super) shows_agents: bool,
    pub(super) customer: UserId,
    /// What is written to the customer goes to its telephone.
    pub(super) has_phone: bool,
}

/// The conversation that a message of this author's goes into, if it may; begins it where there is none.
pub(super) fn enter(tx: &mut Tx<'_>, new: &NewMessage) -> Outcome<Entered> {
    let author = new.author;
    let (found, other) = match new.to {
        To::User(other) => {
            (tx.find(PAIR, pair(author, other), |row| Ok(ConversationId(row.get(0)?)))?, other)
        }
        To::Conversation(id) => match sides::find_other(tx, id, author)? {
            Some(other) => (Some(id), other),
            None => return enter_desk(tx, id, new),
        },
    };
    let is_own =
        tx.find("SELECT 1 FROM agents WHERE inbox = ?1 AND user = ?2", [other.0, author.0], |_| Ok(()))?;
    if is_own.is_some() {
        return Err(Error::bad("to: you answer for this inbox, so you can't be its customer.").into());
    }
    standing(tx, found, author, other)?.check()?;
    let id = match found {
        Some(id) => id,
        None => begin(tx, author, other, new.at)?,
    };
    Ok(Entered { id, desk: None })
}

/// An agent writes for its inbox, unless another one has answered what it has not seen.
fn enter_desk(tx: &Tx<'_>, id: ConversationId, new: &NewMessage) -> Outcome<Entered> {
    if !cases::is_agent(tx.connection(), id, new.author)? {
        return Err(Error::no_conversation().into());
    }
    if let Some(seen) = new.seen
        && cases::is_superseded(tx, id, new.author, seen)?
    {
        return Err(Error::Answered.into());
    }
    let desk = get_desk(tx, id)?;
    let length = new.text.chars().count();
    if desk.has_phone && length > SMS_LIMIT {
        return Err(Error::bad(format!(
            "text: 1 to {SMS_LIMIT} characters in a text message to a telephone, this has {length}."
        ))
        .into());
    }
    Ok(Entered { id, desk: Some(desk) })
}

/// The inbox of a conversation, for an agent who may write there now; or why nobody may.
pub(super) fn get_desk(tx: &Tx<'_>, id: ConversationId) -> Outcome<Desk> {
    let (desk, number, is_gone, is_blocked, is_opted_out) = tx.get(
        "SELECT k.inbox, i.show_agents, k.customer, p.number, u.erased_at IS NOT NULL,
            EXISTS (SELECT 1 FROM blocks b WHERE b.user = k.customer AND b.blocked = k.inbox),
            coalesce(p.opted_out, 0)
         FROM cases k CROSS JOIN inboxes i ON i.id = k.inbox
         CROSS JOIN users u ON u.id = k.customer LEFT JOIN phones p ON p.user = k.customer
         WHERE k.conversation = ?1",
        [id.0],
        |row| {
            let number: Option<String> = row.get(3)?;
            let desk = Desk {
                inbox: UserId(row.get(0)?),
                shows_agents: row.get(1)?,
                customer: UserId(row.get(2)?),
                has_phone: number.is_some(),
            };
            Ok((desk, number, row.get::<_, bool>(4)?, row.get::<_, bool>(5)?, row.get::<_, bool>(6)?))
        },
    )?;
    let why = if is_gone {
        "This account is deleted: nobody reads here any more."
    } else if is_blocked {
        "You can't write to this customer."
    } else if is_opted_out {
        "This customer wants no more text messages: it must text START first."
    } else if number.is_some_and(|number| Phone::parse(&number).is_none()) {
        "This sender has no number that could be answered."
    } else {
        return Ok(desk);
    };
    Err(Error::Forbidden(why).into())
}

fn standing(tx: &Tx<'_>, found: Option<ConversationId>, author: UserId, other: UserId) -> Outcome<Standing> {
    let standing = tx.find(
        "SELECT u.erased_at IS NOT NULL OR u.kind NOT IN ('member', 'inbox'),
            EXISTS (SELECT 1 FROM blocks WHERE user = ?1 AND blocked = ?2)
                OR EXISTS (SELECT 1 FROM blocks WHERE user = ?2 AND blocked = ?1),
            EXISTS (SELECT 1 FROM sides WHERE conversation = ?3 AND user = ?2 AND request = 1),
            EXISTS (SELECT 1 FROM messages WHERE conversation = ?3 AND author = ?1),
            u.messages_from
         FROM users u WHERE u.id = ?2",
        params![author.0, other.0, found.map(|id| id.0)],
        |row| {
            Ok(Standing {
                is_gone: row.get(0)?,
                is_blocked: row.get(1)?,
                has_begun: found.is_some(),
                is_request: row.get(2)?,
                has_written: row.get(3)?,
                messages_from: rows::messages_from(row, 4)?,
            })
        },
    )?;
    let gone = Standing {
        is_gone: true,
        is_blocked: false,
        has_begun: true,
        is_request: false,
        has_written: false,
        messages_from: MessagesFrom::Nobody,
    };
    Ok(standing.unwrap_or(gone))
}

/// The other side has never written to the author: for it this is a request. The places are put right by what follows.
pub(super) fn begin(tx: &Tx<'_>, author: UserId, other: UserId, at: Timestamp) -> Outcome<ConversationId> {
    let [one, two] = pair(author, other);
    let is_inbox = tx.find("SELECT 1 FROM inboxes WHERE id = ?1", [other.0], |_| Ok(()))?.is_some();
    let id: u64 = tx.get(
        "INSERT INTO conversations (kind, one, other, updated_at) VALUES (?4, ?1, ?2, ?3) RETURNING id",
        params![one, two, at.0, if is_inbox { "inbox" } else { "direct" }],
        |row| row.get(0),
    )?;
    if is_inbox {
        cases::begin(tx, ConversationId(id), other, author)?;
    }
    // An inbox has no side: its agents see the case.
    for (user, is_request) in [(author, false), (other, true)].into_iter().take(if is_inbox { 1 } else { 2 })
    {
        tx.execute(
            "INSERT INTO sides (conversation, user, request, place, activity) VALUES (?1, ?2, ?3, -?1, -?1)",
            params![id, user.0, is_request],
        )?;
    }
    Ok(ConversationId(id))
}
