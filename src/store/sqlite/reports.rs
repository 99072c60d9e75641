//! Reports: filed once per subject and reporter, read as the moderators' queue, closed by a decision. The writer and the
//! readers drive it.
//!
//! The queue is not a table. It is read from the newest report on, and a report stands for its subject if no later one
//! of the same subject is there.

use rusqlite::{Connection, params};

use super::rows::{self, user_columns};
use super::tx::{Outcome, Tx};
use super::{comments, messages, people, posts};
use crate::domain::report::{EARLIER, Report};
use crate::domain::{
    CommentId, Complaint, Cursor, Error, Limit, MessageId, Page, PostId, Reported, Subject, Timestamp,
};
use crate::store::NewReport;

/// Files a report, or gives the open one of the same reporter another reason; then it is the latest.
pub(super) fn create(tx: &Tx<'_>, report: &NewReport) -> Outcome<()> {
    people::check_active(tx, report.reporter)?;
    let Place { post, comment, message } = locate(tx, report.subject)?;
    let filed: Option<(u64, bool)> = tx.find(
        "SELECT id, reason = ?4 FROM reports WHERE reporter = ?1 AND post = ?2 AND comment = ?3
            AND message = ?5",
        params![report.reporter.0, post, comment, report.reason, message],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match filed {
        Some((_, true)) => return Ok(()),
        Some((id, false)) => tx.execute("DELETE FROM reports WHERE id = ?1", [id])?,
        None => 0,
    };
    tx.execute(
        "INSERT INTO reports (post, comment, reporter, reason, at, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![post, comment, report.reporter.0, report.reason, report.at.0, message],
    )?;
    Ok(())
}

/// How a subject stands in the reports: what it is not is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Of a comment its post.
    pub(super) post: u64,
    pub(super) comment: u64,
    pub(super) message: u64,
}

/// How a subject that is there stands in the reports.
fn locate(tx: &Tx<'_>, subject: Subject) -> Outcome<Place> {
    let db = tx.connection();
    Ok(match subject {
        Subject::Post(id) => {
            posts::find(db, id, None)?.ok_or(Error::no_post())?;
            Place { post: id.0, comment: 0, message: 0 }
        }
        Subject::Comment(id) => {
            let comment = comments::find(db, id)?.ok_or(Error::no_comment())?;
            Place { post: comment.post.0, comment: id.0, message: 0 }
        }
        Subject::Message(id) => {
            messages::find(db, id)?.ok_or(Error::no_message())?;
            Place { post: 0, comment: 0, message: id.0 }
        }
    })
}

/// Closes what is open of a subject that is there.
pub(super) fn close(tx: &Tx<'_>, subject: Subject) -> Outcome<()> {
    match close_all(tx, locate(tx, subject)?)? {
        0 => Err(Error::NotFound("Nobody has reported it, or that is decided already.").into()),
        _ => Ok(()),
    }
}

/// Closes what is open of a subject, there or not.
pub(super) fn close_all(tx: &Tx<'_>, Place { post, comment, message }: Place) -> Outcome<usize> {
    tx.execute(
        "DELETE FROM reports WHERE post = ?1 AND comment = ?2 AND message = ?3",
        [post, comment, message],
    )
}

/// Whether something is reported and not decided yet.
pub(super) fn is_open(db: &Connection, message: MessageId) -> Outcome<bool> {
    let mut statement =
        db.prepare_cached("SELECT 1 FROM reports WHERE post = 0 AND comment = 0 AND message = ?1 LIMIT 1")?;
    Ok(statement.exists([message.0])?)
}

/// The latest report of a subject, and how many there are.
struct Row {
    place: u64,
    of: Place,
    reports: u64,
    latest: Report,
}

/// What a decision has to know of the author.
const AUTHOR: &str = "SELECT suspended_at IS NOT NULL FROM users WHERE id = ?1";

/// A subject's reports before the one at `place`.
fn earlier(db: &Connection, of: Place, place: u64) -> Outcome<Vec<Report>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        ", r.at, r.reason FROM reports r CROSS JOIN users u ON u.id = r.reporter
         WHERE r.post = ?1 AND r.comment = ?2 AND r.message = ?5 AND r.id < ?3 ORDER BY r.id DESC LIMIT ?4"
    ))?;
    let reports = statement.query_map(params![of.post, of.comment, place, EARLIER, of.message], |row| {
        Ok((rows::user(row)?, Timestamp(row.get(rows::USER_WIDTH)?), row.get(rows::USER_WIDTH + 1)?))
    })?;
    Ok(reports.collect::<rusqlite::Result<Vec<_>>>()?)
}

/// The queue, in one transaction with what is reported. Subjects that were removed wait in it for nobody: they are left
/// out until their reports are cleared away.
pub(super) fn list(db: &mut Connection, after: Option<Cursor>, limit: Limit) -> Outcome<Page<Complaint>> {
    let db = db.transaction()?;
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        user_columns!(),
        ", r.id, r.post, r.comment, r.at, r.reason,
            (SELECT count(*) FROM reports s WHERE s.post = r.post AND s.comment = r.comment AND s.message = r.message),
            r.message
         FROM reports r CROSS JOIN users u ON u.id = r.reporter LEFT JOIN posts p ON p.id = r.post
         WHERE r.id < ?1 AND p.removed_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM reports s WHERE s.post = r.post AND s.comment = r.comment
                                AND s.message = r.message AND s.id > r.id)
         ORDER BY r.id DESC LIMIT ?2"
    ))?;
    let rows = statement
        .query_map(params![rows::before(after), limit.get() + 1], |row| {
            let column = |number| rows::USER_WIDTH + number;
            Ok(Row {
                place: row.get(column(0))?,
                of: Place {
                    post: row.get(column(1))?,
                    comment: row.get(column(2))?,
                    message: row.get(column(6))?,
                },
                latest: (rows::user(row)?, Timestamp(row.get(column(3))?), row.get(column(4))?),
                reports: row.get(column(5))?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let Page { items, next } = Page::cut(rows, limit, |row| row.place);
    let mut cases = Vec::with_capacity(items.len());
    for Row { place, of, reports, latest } in items {
        let reported = match of {
            Place { message: 0, comment: 0, post } => {
                posts::find(&db, PostId(post), None)?.map(Reported::Post)
            }
            Place { message: 0, comment, .. } => {
                comments::find(&db, CommentId(comment))?.map(Reported::Comment)
            }
            Place { message, .. } => messages::find(&db, MessageId(message))?.map(Reported::Message),
        };
        // A removed comment's reports go in the same transaction, so what is listed is there.
        let Some(reported) = reported else { continue };
        let author = reported.author().id;
        let suspended = db.prepare_cached(AUTHOR)?.query_row([author.0], |row| row.get(0))?;
        let earlier = if reports > 1 { earlier(&db, of, place)? } else { Vec::new() };
        cases.push(Complaint { reported, reports, latest, earlier, suspended, place });
    }
    Ok(Page { items: cases, next })
}
