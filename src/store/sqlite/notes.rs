//! The notes of a case: what its agents say among themselves, and what became of it. `inboxes` and `cases` drive it.
//!
//! They have a table, a topic and types of their own. Nothing that answers a customer reads this file.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::tx::{Outcome, Tx};
use super::{cases, rows, search};
use crate::domain::inbox::{Note, NoteChange, NoteId, NoteKind, NoteTail, Status};
use crate::domain::page::TAIL_ENTRIES;
use crate::domain::{
    ConversationId, Cursor, Error, Event, ID_LIMIT, Limit, MessageId, Order, Page, Timestamp, UserId,
};
use crate::store::{Created, NewNote};

/// The columns of [`note`], from `notes n` and its author, `users u`.
macro_rules! select_notes {
    ($conditions:literal) => {
        concat!(
            "SELECT u.id, u.handle, u.name, u.bio, u.kind, u.moderator,
                n.id, n.conversation, n.kind, n.text, n.from_, n.to_, n.message, n.at, n.seq
             FROM notes n LEFT JOIN users u ON u.id = n.author WHERE ",
            $conditions
        )
    };
}

fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    const OWN: usize = rows::USER_WIDTH;
    let author: Option<u64> = row.get(0)?;
    Ok(Note {
        author: author.map(|_| rows::user(row)).transpose()?,
        id: NoteId(row.get(OWN)?),
        conversation: ConversationId(row.get(OWN + 1)?),
        kind: NoteKind::parse(row.get_ref(OWN + 2)?.as_str()?).unwrap_or(NoteKind::Note),
        text: row.get(OWN + 3)?,
        from: row.get(OWN + 4)?,
        to: row.get(OWN + 5)?,
        message: row.get::<_, Option<u64>>(OWN + 6)?.map(MessageId),
        at: Timestamp(row.get(OWN + 7)?),
        seq: row.get(OWN + 8)?,
    })
}

/// An entry to be added.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    conversation: ConversationId,
    kind: NoteKind,
    author: Option<UserId>,
    at: Timestamp,
    from: Option<String>,
    to: Option<String>,
    message: Option<MessageId>,
    text: String,
    key: Option<String>,
}

impl Entry {
    /// One that says nothing yet but who did what kind of thing when.
    fn of(conversation: ConversationId, kind: NoteKind, author: Option<UserId>, at: Timestamp) -> Self {
        let (from, to, message, key) = (None, None, None, None);
        Self { conversation, kind, author, at, from, to, message, text: String::new(), key }
    }

    /// Somebody has a case now: handles.
    pub(super) fn assigned(
        (conversation, author, at): (ConversationId, Option<UserId>, Timestamp),
        from: Option<String>,
        to: Option<String>,
    ) -> Self {
        Self { from, to, ..Self::of(conversation, NoteKind::Assigned, author, at) }
    }

    /// A case has another status.
    pub(super) fn status(
        (conversation, author, at): (ConversationId, Option<UserId>, Timestamp),
        from: Status,
        to: Status,
    ) -> Self {
        let word = |status: Status| Some(status.as_str().to_owned());
        Self { from: word(from), to: word(to), ..Self::of(conversation, NoteKind::Status, author, at) }
    }

    /// Who wrote a message that shows the inbox as its author.
    pub(super) fn sent(
        conversation: ConversationId,
        agent: UserId,
        message: MessageId,
        at: Timestamp,
    ) -> Self {
        Self { message: Some(message), ..Self::of(conversation, NoteKind::Sent, Some(agent), at) }
    }
}

/// Adds an entry, and tells it; inside of `cases::changing`, since a case names the head of its notes.
pub(super) fn add(tx: &mut Tx<'_>, entry: Entry) -> Outcome<()> {
    insert(tx, entry).map(drop)
}

fn insert(tx: &mut Tx<'_>, entry: Entry) -> Outcome<Note> {
    let Entry { conversation, kind, author, at, from, to, message, text, key } = entry;
    let seq: u64 = tx.get(
        "UPDATE cases SET notes_head = notes_head + 1 WHERE conversation = ?1 RETURNING notes_head",
        [conversation.0],
        |row| row.get(0),
    )?;
    let id: u64 = tx.get(
        "INSERT INTO notes (conversation, author, kind, text, from_, to_, message, key, at, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
        params![
            conversation.0,
            author.map(|author| author.0),
            kind.as_str(),
            text,
            from,
            to,
            message.map(|message| message.0),
            key,
            at.0,
            seq
        ],
        |row| row.get(0),
    )?;
    let note = find(tx.connection(), id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    search::add_note(tx, &note)?;
    let change = NoteChange::Added { seq, item: Arc::new(note.clone()) };
    tx.note(Event::NotesChanged { conversation, change });
    Ok(note)
}

fn find(db: &Connection, id: u64) -> Outcome<Option<Note>> {
    let mut statement = db.prepare_cached(select_notes!("n.id = ?1"))?;
    Ok(statement.query_row([id], note).optional()?)
}

/// Writes a note, or finds the one that the same key has made.
pub(super) fn write(tx: &mut Tx<'_>, new: NewNote) -> Outcome<Created<Note>> {
    let NewNote { conversation, author, text, key, at } = new;
    let made =
        tx.find("SELECT id FROM notes WHERE author = ?1 AND key = ?2", params![author.0, key], |row| {
            row.get(0)
        })?;
    if let Some(made) = made {
        let item = find(tx.connection(), made)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        if item.conversation != conversation || item.text != text {
            return Err(Error::KeyReused.into());
        }
        cases::get_for(tx, conversation, author)?;
        return Ok(Created { item, fresh: false });
    }
    cases::get_for(tx, conversation, author)?;
    let entry = Entry { text, key: Some(key), ..Entry::of(conversation, NoteKind::Note, Some(author), at) };
    let item = cases::changing(tx, conversation, |tx| insert(tx, entry))?;
    Ok(Created { item, fresh: true })
}

/// Takes the texts out of some of an agent's notes; of how many.
pub(super) fn erase(tx: &Tx<'_>, author: UserId, room: usize) -> Outcome<usize> {
    let written =
        tx.list(select_notes!("n.author = ?1 AND n.text <> '' LIMIT ?2"), params![author.0, room], note)?;
    blank(tx, &written)
}

/// The same of what was noted of a customer.
pub(super) fn erase_of_customer(tx: &Tx<'_>, customer: UserId, room: usize) -> Outcome<usize> {
    let sql = select_notes!(
        "n.conversation IN (SELECT conversation FROM cases WHERE customer = ?1) AND n.text <> '' LIMIT ?2"
    );
    let written = tx.list(sql, params![customer.0, room], note)?;
    blank(tx, &written)
}

/// The same of what was noted in an inbox, behind one id and up to another.
pub(super) fn erase_between(tx: &Tx<'_>, inbox: UserId, from: u64, to: u64) -> Outcome<usize> {
    let sql = select_notes!(
        "n.id > ?2 AND n.id <= ?3 AND n.text <> '' AND EXISTS (SELECT 1 FROM cases k
            WHERE k.conversation = n.conversation AND k.inbox = ?1)"
    );
    let written = tx.list(sql, params![inbox.0, from, to], note)?;
    blank(tx, &written)
}

fn blank(tx: &Tx<'_>, written: &[Note]) -> Outcome<usize> {
    for note in written {
        search::forget_note(tx, note)?;
        tx.execute("UPDATE notes SET text = '' WHERE id = ?1", [note.id.0])?;
    }
    Ok(written.len())
}

/// The notes of a case in this order.
pub(super) fn list(
    db: &Connection,
    conversation: ConversationId,
    order: Order,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Note>> {
    let found = match order {
        Order::Oldest => {
            let after = after.map_or(0, |Cursor(place)| place);
            let sql = select_notes!("n.conversation = ?1 AND n.seq > ?2 ORDER BY n.seq LIMIT ?3");
            query(db, sql, (conversation, after, limit.get() + 1))?
        }
        Order::Newest => query(db, NEWEST, (conversation, rows::before(after), limit.get() + 1))?,
    };
    Ok(Page::cut(found, limit, |note| note.seq))
}

const NEWEST: &str = select_notes!("n.conversation = ?1 AND n.seq < ?2 ORDER BY n.seq DESC LIMIT ?3");

fn query(
    db: &Connection,
    sql: &str,
    (conversation, place, count): (ConversationId, u64, usize),
) -> Outcome<Vec<Note>> {
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map(params![conversation.0, place, count], note)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Reads head and page in one transaction, so that they fit each other. Notes only grow: the page is the changes too.
pub(super) fn read_tail(db: &mut Connection, conversation: ConversationId) -> Outcome<Option<NoteTail>> {
    let db = db.transaction()?;
    let head = db
        .prepare_cached("SELECT notes_head FROM cases WHERE conversation = ?1")?
        .query_row([conversation.0], |row| row.get(0))
        .optional()?;
    let Some(seq) = head else { return Ok(None) };
    let found = query(&db, NEWEST, (conversation, ID_LIMIT, TAIL_ENTRIES + 1))?;
    let mut page: Vec<_> = found.into_iter().map(Arc::new).collect();
    let more = page.len() > TAIL_ENTRIES;
    page.truncate(TAIL_ENTRIES);
    page.reverse();
    let since = page.first().map_or(0, |note| note.seq - 1);
    let changed = page.iter().map(|note| (note.seq, Ok(Arc::clone(note)))).collect();
    Ok(Some(NoteTail { seq, since, changed, page, more }))
}
