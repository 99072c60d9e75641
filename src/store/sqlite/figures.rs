//! What an inbox's agents have done lately, counted from the messages themselves. `inboxes` drives it, aside: it reads all
//! that was said in the days that are asked for.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::tx::Outcome;
use super::{cases, people};
use crate::domain::inbox::{DayFigures, InboxFigures};
use crate::domain::{Timestamp, UserId};

const DAY: i64 = 24 * 3600 * 1000;

/// One message, as far as it counts.
struct Said {
    conversation: u64,
    agent: Option<UserId>,
    at: i64,
}

/// The figures of so many days, the one of `now` included.
pub(super) fn find(
    db: &mut Connection,
    inbox: UserId,
    days: u32,
    now: Timestamp,
) -> Outcome<Option<InboxFigures>> {
    let db = db.transaction()?;
    let Some(waiting) = cases::find_waiting(&db, inbox)? else { return Ok(None) };
    let oldest: Option<i64> = db
        .prepare_cached("SELECT waiting_since FROM cases WHERE inbox = ?1 AND waiting_since IS NOT NULL AND status = 'open' ORDER BY asked LIMIT 1")?
        .query_row([inbox.0], |row| row.get(0))
        .optional()?;
    let first = now.0.div_euclid(DAY) - i64::from(days) + 1;
    let mut figures: BTreeMap<i64, (DayFigures, Vec<i64>)> = BTreeMap::new();
    for day in first..=now.0.div_euclid(DAY) {
        let day_figures = DayFigures { day: Timestamp(day * DAY), ..DayFigures::default() };
        figures.insert(day, (day_figures, Vec::new()));
    }
    let mut by_agent: BTreeMap<UserId, u64> = BTreeMap::new();
    // Since when somebody waits, in the conversation that is being read.
    let mut asked: Option<(u64, i64)> = None;
    for Said { conversation, agent, at } in said_since(&db, inbox, first * DAY)? {
        asked = asked.filter(|(of, _)| *of == conversation);
        let Some((day, answers)) = figures.get_mut(&at.div_euclid(DAY)) else { continue };
        match agent {
            None => {
                day.incoming += 1;
                asked = asked.or(Some((conversation, at)));
            }
            Some(agent) => {
                day.outgoing += 1;
                *by_agent.entry(agent).or_default() += 1;
                answers.extend(asked.take().map(|(_, since)| at - since));
            }
        }
    }
    let mut agents = Vec::new();
    for (agent, out) in by_agent {
        agents.extend(people::find_by_id(&db, agent)?.map(|user| (user, out)));
    }
    agents.sort_by_key(|(_, out)| std::cmp::Reverse(*out));
    let days = figures.into_values().map(|(mut day, mut answers)| {
        answers.sort_unstable();
        let share =
            |percent: usize| answers.get((answers.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        (day.first_answer_p50_ms, day.first_answer_p90_ms) = (share(50), share(90));
        day
    });
    Ok(Some(InboxFigures {
        waiting,
        oldest_waiting_since: oldest.map(Timestamp),
        days: days.collect(),
        agents,
    }))
}

/// What was said to and by an inbox since then, conversation by conversation. Cases are looked at by their last activity, so
/// that those in which nothing was said lately cost nothing.
fn said_since(db: &Connection, inbox: UserId, since: i64) -> Outcome<Vec<Said>> {
    let mut cases = db.prepare_cached(
        "SELECT k.conversation, c.updated_at FROM cases k INDEXED BY cases_by_activity
         CROSS JOIN conversations c ON c.id = k.conversation
         WHERE k.inbox = ?1 ORDER BY k.activity DESC",
    )?;
    let mut messages = db.prepare_cached(
        "SELECT agent, created_at FROM messages
         WHERE conversation = ?1 AND removed_at IS NULL AND seq > 0 AND created_at >= ?2 ORDER BY seq",
    )?;
    let mut said = Vec::new();
    let mut rows = cases.query([inbox.0])?;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(1)? < since {
            break;
        }
        let conversation: u64 = row.get(0)?;
        let found = messages.query_map(params![conversation, since], |row| {
            Ok(Said { conversation, agent: row.get::<_, Option<u64>>(0)?.map(UserId), at: row.get(1)? })
        })?;
        for one in found {
            said.push(one?);
        }
    }
    Ok(said)
}
