//! Reports: filed once per subject and reporter, read as the moderators' queue, closed by a decision. The writer and the
//! readers drive it.
//!
//! The queue is not a table. It is read from the newest report on, and a report stands for its subject if no later one
//! of the same subject is there.

use rusqlite::{Connection, params};

use super::rows::{self, user_columns};
use super::tx::{Outcome, Tx};
use super::{comments, people, posts};
use crate::domain::report::{EARLIER, Report};
use crate::domain::{Case, CommentId, Cursor, Error, Limit, Page, PostId, Reported, Subject, Timestamp};
use crate::store::NewReport;

/// Files a report, or gives the open one of the same reporter another reason; then it is the latest.
pub(super) fn create(tx: &Tx<'_>, report: &NewReport) -> Outcome<()> {
    people::check_active(tx, report.reporter)?;
    let (post, comment) = locate(tx, report.subject)?;
    let filed: Option<(u64, bool)> = tx.find(
        "SELECT id, reason = ?4 FROM reports WHERE reporter = ?1 AND post = ?2 AND comment = ?3",
        params![report.reporter.0, post, comment, report.reason],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match filed {
        Some((_, true)) => return Ok(()),
        Some((id, false)) => tx.execute("DELETE FROM reports WHERE id = ?1", [id])?,
        None => 0,
    };
    tx.execute(
        "INSERT INTO reports (post, comment, reporter, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![post, comment, report.reporter.0, report.reason, report.at.0],
    )?;
    Ok(())
}

/// How a subject that is there stands in the reports: its post, and its comment or 0.
fn locate(tx: &Tx<'_>, subject: Subject) -> Outcome<(u64, u64)> {
    match subject {
        Subject::Post(id) => {
            posts::find(tx.connection(), id, None)?.ok_or(Error::no_post())?;
            Ok((id.0, 0))
        }
        Subject::Comment(id) => {
            let comment = comments::find(tx.connection(), id)?.ok_or(Error::no_comment())?;
            Ok((comment.post.0, id.0))
        }
    }
}

/// Closes what is open of a subject that is there.
pub(super) fn close(tx: &Tx<'_>, subject: Subject) -> Outcome<()> {
    let (post, comment) = locate(tx, subject)?;
    match close_all(tx, post, comment)? {
        0 => Err(Error::NotFound("Nobody has reported it, or that is decided already.").into()),
        _ => Ok(()),
    }
}

/// Closes what is open of a subject, there or not.
pub(super) fn close_all(tx: &Tx<'_>, post: u64, comment: u64) -> Outcome<usize> {
    tx.execute("DELETE FROM reports WHERE post = ?1 AND comment = ?2", [post, comment])
}

/// The latest report of a subject, and how many there are.
struct Row {
    place: u64,
    post: PostId,
    comment: CommentId,
    reports: u64,
    latest: Report,
}

/// What a decision has to know of the author.
const AUTHOR: &str = "SELECT suspended_at IS NOT NULL, moderator FROM users WHERE id = ?1";

/// A subject's reports before the one at `place`.
fn earlier(db: &Connection, post: PostId, comment: CommentId, place: u64) -> Outcome<Vec<Report>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        ", r.at, r.reason FROM reports r CROSS JOIN users u ON u.id = r.reporter
         WHERE r.post = ?1 AND r.comment = ?2 AND r.id < ?3 ORDER BY r.id DESC LIMIT ?4"
    ))?;
    let reports = statement.query_map(params![post.0, comment.0, place, EARLIER], |row| {
        Ok((rows::user(row)?, Timestamp(row.get(rows::USER_WIDTH)?), row.get(rows::USER_WIDTH + 1)?))
    })?;
    Ok(reports.collect::<rusqlite::Result<Vec<_>>>()?)
}

/// The queue, in one transaction with what is reported. Subjects that were removed wait in it for nobody: they are left
/// out until their reports are cleared away.
pub(super) fn list(db: &mut Connection, after: Option<Cursor>, limit: Limit) -> Outcome<Page<Case>> {
    let db = db.transaction()?;
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        ", r.id, r.post, r.comment, r.at, r.reason,
            (SELECT count(*) FROM reports s WHERE s.post = r.post AND s.comment = r.comment)
         FROM reports r CROSS JOIN users u ON u.id = r.reporter CROSS JOIN posts p ON p.id = r.post
         WHERE r.id < ?1 AND p.removed_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM reports s
                            WHERE s.post = r.post AND s.comment = r.comment AND s.id > r.id)
         ORDER BY r.id DESC LIMIT ?2"
    ))?;
    let rows = statement
        .query_map(params![rows::before(after), limit.get() + 1], |row| {
            let column = |number| rows::USER_WIDTH + number;
            Ok(Row {
                place: row.get(column(0))?,
                post: PostId(row.get(column(1))?),
                comment: CommentId(row.get(column(2))?),
                latest: (rows::user(row)?, Timestamp(row.get(column(3))?), row.get(column(4))?),
                reports: row.get(column(5))?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let Page { items, next } = Page::cut(rows, limit, |row| row.place);
    let mut cases = Vec::with_capacity(items.len());
    for Row { place, post, comment, reports, latest } in items {
        let reported = match comment {
            CommentId(0) => posts::find(&db, post, None)?.map(Reported::Post),
            comment => comments::find(&db, comment)?.map(Reported::Comment),
        };
        // A removed comment's reports go in the same transaction, so what is listed is there.
        let Some(reported) = reported else { continue };
        let author = reported.author().id;
        let (suspended, moderator) =
            db.prepare_cached(AUTHOR)?.query_row([author.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let earlier = if reports > 1 { earlier(&db, post, comment, place)? } else { Vec::new() };
        cases.push(Case { reported, reports, latest, earlier, suspended, moderator, place });
    }
    Ok(Page { items: cases, next })
}
