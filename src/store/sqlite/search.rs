//! What agents search: messages, notes and names of customers of an inbox's conversations, in one index of words. It
//! moves in the transaction of what it holds. `messages`, `notes`, `cases` and `people` drive it.
//!
//! The index keeps no texts, only where which word stands. So what leaves it is taken out by the text that went in; that
//! removes the words themselves from the file, as `secure_delete` does for rows.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, params};

use super::cases;
use super::tx::{Outcome, Tx};
use crate::domain::inbox::{Case, CaseFilter, CaseOrder, Note, Status};
use crate::domain::search::{Query, Word, searchable};
use crate::domain::{ConversationId, Cursor, ID_LIMIT, Limit, Message, Page, UserId};

/// What is searched of one conversation has a range of places of its own, so that a place tells its conversation.
const PLACES: u64 = 1 << 24;

/// Where a text stands in the index: in its conversation's range, messages at even places and notes at odd ones, behind
/// the customer's names. None: the conversation is so long that its range is full.
fn place(id: ConversationId, at: u64) -> Option<u64> {
    (at < PLACES).then_some(id.0 * PLACES + at)
}

fn place_of_message(message: &Message) -> Option<u64> {
    place(message.conversation, message.seq * 2)
}

fn place_of_note(note: &Note) -> Option<u64> {
    place(note.conversation, note.seq * 2 + 1)
}

/// Everything that is to be in the index: places and texts.
macro_rules! all_texts {
    () => {
        "SELECT m.conversation * 16777216 + m.seq * 2 AS place, m.text
         FROM messages m JOIN cases k ON k.conversation = m.conversation
         WHERE m.removed_at IS NULL AND m.seq * 2 < 16777216
         UNION ALL SELECT conversation * 16777216 + seq * 2 + 1, text FROM notes WHERE text <> '' AND seq * 2 + 1 < 16777216
         UNION ALL SELECT conversation * 16777216, names FROM cases WHERE names <> ''"
    };
}

fn add(tx: &Tx<'_>, place: Option<u64>, text: &str) -> Outcome<()> {
    if let Some(place) = place {
        tx.execute("INSERT INTO search (rowid, text) VALUES (?1, ?2)", params![place, searchable(text)])?;
    }
    Ok(())
}

/// Takes a text out, if it is in; whether it was.
fn remove(tx: &Tx<'_>, place: Option<u64>, text: &str) -> Outcome<bool> {
    let Some(place) = place else { return Ok(false) };
    let is_in = tx.find("SELECT 1 FROM search_docsize WHERE id = ?1", [place], |_| Ok(()))?.is_some();
    if is_in {
        tx.execute(
            "INSERT INTO search (search, rowid, text) VALUES ('delete', ?1, ?2)",
            params![place, searchable(text)],
        )?;
    }
    Ok(is_in)
}

/// A message of an inbox's conversation is there.
pub(super) fn add_message(tx: &Tx<'_>, message: &Message) -> Outcome<()> {
    add(tx, place_of_message(message), &message.text)
}

/// A message has another text. Between two members nothing is searched.
pub(super) fn edit_message(tx: &Tx<'_>, before: &Message, text: &str) -> Outcome<()> {
    let place = place_of_message(before);
    if remove(tx, place, &before.text)? { add(tx, place, text) } else { Ok(()) }
}

/// A message is found no more. To be called while it has its text.
pub(super) fn forget_message(tx: &Tx<'_>, message: &Message) -> Outcome<()> {
    remove(tx, place_of_message(message), &message.text).map(drop)
}

/// A note is there.
pub(super) fn add_note(tx: &Tx<'_>, note: &Note) -> Outcome<()> {
    add(tx, place_of_note(note).filter(|_| !note.text.is_empty()), &note.text)
}

/// A note is found no more. To be called while it has its text.
pub(super) fn forget_note(tx: &Tx<'_>, note: &Note) -> Outcome<()> {
    remove(tx, place_of_note(note), &note.text).map(drop)
}

/// A customer may have other names now, or none: in each of its cases it is found by those.
pub(super) fn rename(tx: &Tx<'_>, customer: UserId) -> Outcome<()> {
    let cases =
        tx.list("SELECT conversation, names FROM cases WHERE customer = ?1", [customer.0], |row| {
            Ok((ConversationId(row.get(0)?), row.get::<_, String>(1)?))
        })?;
    for (id, before) in cases {
        let names: String = tx.get(
            "SELECT CASE WHEN erased_at IS NULL THEN name || ' ' || coalesce(handle, '')
                || coalesce((SELECT ' ' || number FROM phones WHERE user = users.id), '') ELSE '' END
             FROM users WHERE id = ?1",
            [customer.0],
            |row| row.get(0),
        )?;
        if names != before {
            remove(tx, place(id, 0), &before)?;
            add(tx, place(id, 0).filter(|_| !names.is_empty()), &names)?;
            tx.execute("UPDATE cases SET names = ?2 WHERE conversation = ?1", params![id.0, names])?;
        }
    }
    Ok(())
}

/// The cases of an inbox in which each word stands somewhere, without the agent's own.
pub(super) fn list(
    db: &Connection,
    (inbox, agent): (UserId, UserId),
    query: &Query,
    filter: CaseFilter,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Case>> {
    let longest = filter.order == CaseOrder::Longest;
    let after = after.map_or(if longest { 0 } else { ID_LIMIT }, |Cursor(position)| position);
    let assignee = filter.assignee.map(|assignee| assignee.map(|assignee| assignee.0));
    let status = filter.status.map(Status::as_str);
    let mut fitting = db.prepare_cached(
        "SELECT CASE WHEN ?8 THEN asked ELSE activity END FROM cases
         WHERE conversation = ?1 AND inbox = ?2 AND customer <> ?3 AND (?4 OR assignee IS ?5)
            AND (?6 IS NULL OR status = ?6) AND (NOT ?7 OR waiting_since IS NOT NULL AND status = 'open')",
    )?;
    let mut found = Vec::new();
    for id in conversations(db, query)? {
        let mut rows = fitting.query(params![
            id,
            inbox.0,
            agent.0,
            assignee.is_none(),
            assignee.flatten(),
            status,
            filter.waiting || longest,
            longest
        ])?;
        if let Some(row) = rows.next()? {
            let position: u64 = row.get(0)?;
            let is_behind = if longest { position > after } else { position < after };
            if is_behind {
                found.push((position, ConversationId(id)));
            }
        }
    }
    found.sort_unstable();
    if !longest {
        found.reverse();
    }
    found.truncate(limit.get() + 1);
    let mut cases = Vec::new();
    for (position, id) in found {
        cases.extend(cases::find(db, id)?.map(|case| (position, case)));
    }
    let Page { items, next } = Page::cut(cases, limit, |(position, _)| *position);
    Ok(Page { items: items.into_iter().map(|(_, case)| case).collect(), next })
}

/// The conversations in which each word stands somewhere, by id.
fn conversations(db: &Connection, query: &Query) -> Outcome<Vec<u64>> {
    let mut words = query.words().iter();
    let Some(first) = words.next() else { return Ok(Vec::new()) };
    let mut found = of_word(db, first)?;
    for word in words {
        if found.is_empty() {
            break;
        }
        let with = of_word(db, word)?;
        found.retain(|id| with.binary_search(id).is_ok());
    }
    Ok(found)
}

fn of_word(db: &Connection, word: &Word) -> Outcome<Vec<u64>> {
    // Between quotes nothing is a command, and in the word there are none.
    let phrase = format!("\"{}\"{}", word.text, if word.is_beginning { "*" } else { "" });
    let mut statement = db.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid")?;
    let mut rows = statement.query([phrase])?;
    let mut found: Vec<u64> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get::<_, u64>(0)? / PLACES;
        if found.last() != Some(&id) {
            found.push(id);
        }
    }
    Ok(found)
}

/// Lets SQL make a text [`searchable`]: a migration and a repair make the whole index in one statement.
pub(super) fn teach(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_scalar_function("searchable", 1, flags, |call| Ok(searchable(call.get_raw(0).as_str()?)))
}

/// Says what is missing in the index, and what is in it without a text.
pub(super) fn check(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let counts = [
        (
            concat!(
                "SELECT count(*) FROM (",
                all_texts!(),
                ") a LEFT JOIN search_docsize d ON d.id = a.place WHERE d.id IS NULL"
            ),
            "texts are missing in the search",
        ),
        (
            concat!(
                "SELECT count(*) FROM search_docsize WHERE id NOT IN (SELECT place FROM (",
                all_texts!(),
                "))"
            ),
            "texts in the search are not there",
        ),
    ];
    let mut wrong = Vec::new();
    for (sql, words) in counts {
        let count: u64 = db.query_row(sql, [], |row| row.get(0))?;
        if count > 0 {
            wrong.push(format!("{count} {words}"));
        }
    }
    Ok(wrong)
}

/// Makes the index anew from the texts.
pub(super) fn rebuild(db: &Connection) -> rusqlite::Result<()> {
    teach(db)?;
    db.execute("INSERT INTO search (search) VALUES ('delete-all')", [])?;
    db.execute(
        concat!("INSERT INTO search (rowid, text) SELECT place, searchable(text) FROM (", all_texts!(), ")"),
        [],
    )?;
    Ok(())
}
