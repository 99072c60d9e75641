//! An inbox's cases as its agents list them, and the end of their stream. `inboxes` drives it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::cases::{case, case_columns, of_cases, with_last};
use super::rows;
use super::tx::Outcome;
use crate::domain::inbox::{Case, CaseFilter, CaseOrder, CaseTail, Status};
use crate::domain::page::{TAIL_CHANGES, TAIL_ENTRIES};
use crate::domain::{Cursor, ID_LIMIT, Limit, Page, UserId};

/// An inbox's cases.
pub(super) fn list(
    db: &Connection,
    (inbox, agent): (UserId, UserId),
    filter: CaseFilter,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Case>> {
    match filter.order {
        CaseOrder::Newest => {
            let found = newest(db, (inbox, Some(agent)), filter, rows::before(after), limit.get() + 1)?;
            Ok(Page::cut(found, limit, |case| case.activity))
        }
        CaseOrder::Longest => {
            let found = longest(db, (inbox, agent), filter, after, limit.get() + 1)?;
            Ok(Page::cut(found, limit, |case| case.asked.map_or(0, |asked| asked.0)))
        }
    }
}

/// Those that wait, longest first.
fn longest(
    db: &Connection,
    (inbox, agent): (UserId, UserId),
    filter: CaseFilter,
    after: Option<Cursor>,
    count: usize,
) -> Outcome<Vec<Case>> {
    let assignee = filter.assignee.map(|assignee| assignee.map(|assignee| assignee.0));
    let found = db
        .prepare_cached(concat!(
            "SELECT ",
            case_columns!(),
            of_cases!("cases_by_wait"),
            "k.inbox = ?1 AND k.waiting_since IS NOT NULL AND k.status = 'open' AND k.asked > ?2
                AND k.customer IS NOT ?3 AND (?5 OR k.assignee IS ?6) AND (?7 IS NULL OR k.status = ?7)
              ORDER BY k.asked LIMIT ?4"
        ))?
        .query_map(
            params![
                inbox.0,
                after.map_or(0, |Cursor(asked)| asked),
                agent.0,
                count,
                assignee.is_none(),
                assignee.flatten(),
                filter.status.map(Status::as_str)
            ],
            case,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    found.into_iter().map(|found| with_last(db, found)).collect()
}

/// The newest of an inbox's cases that fit. Each filter has a statement of its own, since one for all would read cases
/// that do not fit.
fn newest(
    db: &Connection,
    (inbox, agent): (UserId, Option<UserId>),
    filter: CaseFilter,
    before: u64,
    count: usize,
) -> Outcome<Vec<Case>> {
    macro_rules! select {
        ($index:literal, $conditions:literal) => {
            concat!(
                "SELECT ",
                case_columns!(),
                of_cases!($index),
                "k.inbox = ?1 AND k.activity < ?2 AND k.customer IS NOT ?3",
                $conditions,
                " ORDER BY k.activity DESC LIMIT ?4"
            )
        };
    }
    let status = filter.status.map(Status::as_str);
    let assignee = filter.assignee.map(|assignee| assignee.map(|assignee| assignee.0));
    let sql = match (filter.waiting, &assignee, status) {
        (true, ..) => select!(
            "cases_waiting",
            " AND k.waiting_since IS NOT NULL AND k.status = 'open' AND (?5 OR k.assignee IS ?6)
              AND (?7 IS NULL OR k.status = ?7)"
        ),
        (false, Some(_), _) => {
            select!(
                "cases_by_assignee",
                " AND (?5 OR 1) AND k.assignee IS ?6 AND (?7 IS NULL OR k.status = ?7)"
            )
        }
        (false, None, Some(_)) => {
            select!("cases_by_status", " AND (?5 OR k.assignee IS ?6) AND k.status = ?7")
        }
        (false, None, None) => {
            select!("cases_by_activity", " AND (?5 OR k.assignee IS ?6) AND (?7 IS NULL OR k.status = ?7)")
        }
    };
    let found = db
        .prepare_cached(sql)?
        .query_map(
            params![
                inbox.0,
                before,
                agent.map(|agent| agent.0),
                count,
                assignee.is_none(),
                assignee.flatten(),
                status
            ],
            case,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    found.into_iter().map(|found| with_last(db, found)).collect()
}

/// Reads head, changes and page in one transaction, so that they fit each other.
pub(super) fn read_tail(db: &mut Connection, inbox: UserId) -> Outcome<Option<CaseTail>> {
    let db = db.transaction()?;
    let head = db
        .prepare_cached("SELECT head FROM inboxes WHERE id = ?1")?
        .query_row([inbox.0], |row| row.get(0))
        .optional()?;
    let Some(seq) = head else { return Ok(None) };
    let mut page = newest(&db, (inbox, None), CaseFilter::default(), ID_LIMIT, TAIL_ENTRIES + 1)?;
    let more = page.len() > TAIL_ENTRIES;
    page.truncate(TAIL_ENTRIES);
    page.reverse();

    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        case_columns!(),
        of_cases!(),
        "k.inbox = ?1 ORDER BY k.place DESC LIMIT ?2"
    ))?;
    let changed = statement
        .query_map(params![inbox.0, TAIL_CHANGES + 1], case)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // The first change that is left out says from where on nothing is.
    let since = changed.get(TAIL_CHANGES).map_or(0, |case| case.place);
    let changed = changed.into_iter().take(TAIL_CHANGES).rev().map(|case| {
        let place = case.place;
        Ok((place, Ok(Arc::new(with_last(&db, case)?))))
    });
    let changed = changed.collect::<Outcome<_>>()?;
    Ok(Some(CaseTail { seq, since, changed, page: page.into_iter().map(Arc::new).collect(), more }))
}
