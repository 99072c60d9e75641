//! What stands in a case: messages, and among them what its agents noted and did. `browser/elements/case.js` builds the
//! same from what arrives live.

use std::collections::HashMap;
use std::sync::Arc;

use super::delivery::Said;
use crate::app::{App, Caller};
use crate::domain::inbox::{Note, NoteKind, NoteTail};
use crate::domain::{Cursor, Limit, Message, Order, Page, Result, Timestamp, UserId};
use crate::web::Site;
use crate::web::pages::messages::Bubble;
use crate::web::pages::rich::{self, Part};
use crate::web::pages::view::When;
use crate::web::pages::words::isolate;

/// One of them.
pub(super) enum Entry {
    Message(Box<Bubble>),
    Note(Remark),
}

/// A note, or something that was done.
pub(super) struct Remark {
    pub(super) id: u64,
    /// Whether it was written; else it was done.
    pub(super) written: bool,
    /// Who; empty: nobody.
    pub(super) by: String,
    pub(super) when: When,
    /// Of a written one.
    pub(super) parts: Vec<Part>,
    pub(super) text: String,
    /// Of what was done: a sentence.
    pub(super) said: String,
}

impl Entry {
    /// The text in which somebody may be mentioned.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Message(bubble) => &bubble.text,
            Self::Note(remark) => &remark.text,
        }
    }

    /// The note that stands in a page's `<template>`.
    pub(super) fn blank() -> Self {
        let (machine, people) = (String::new(), String::new());
        let when = When { machine, people, day: String::new(), clock: String::new() };
        let (by, text, said) = (String::new(), String::new(), String::new());
        Self::Note(Remark { id: 0, written: true, by, when, parts: Vec::new(), text, said })
    }

    /// Messages and notes by their times. The customer's stand on one side, the inbox's on the other.
    pub(super) fn all(
        site: &Site,
        caller: &Caller,
        messages: &[Message],
        notes: &[Arc<Note>],
        (handle, customer): (&str, UserId),
    ) -> Vec<Self> {
        let writers: HashMap<_, _> = notes
            .iter()
            .filter_map(|note| Some((note.message?, note.author.as_ref()?.name.clone())))
            .collect();
        let bubbles =
            Bubble::all(site, caller, messages, None).into_iter().zip(messages).map(|(bubble, message)| {
                let own = message.author.id != customer;
                let mine = caller.user() == Some(message.writer);
                let by = writers.get(&message.id).unwrap_or(&message.author.name);
                let by = own.then(|| if mine { "You".to_owned() } else { by.clone() });
                let delivery = Said::of(message, handle);
                let removes = mine && delivery.is_none();
                let bubble = Bubble { own, by, delivery, removes, ..bubble };
                (message.created_at, Self::Message(Box::new(bubble)))
            });
        let remarks = notes.iter().filter(|note| note.kind != NoteKind::Sent);
        let remarks = remarks.map(|note| (note.at, Self::Note(Remark::of(note))));
        let mut all: Vec<(Timestamp, Self)> = bubbles.chain(remarks).collect();
        // A stable sort: what was done with a message stands behind it.
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, entry)| entry).collect()
    }
}

impl Remark {
    fn of(note: &Note) -> Self {
        let by = note.author.as_ref().map_or_else(String::new, |author| author.name.clone());
        Self {
            id: note.id.0,
            written: note.kind == NoteKind::Note,
            when: When::of(note.at),
            parts: rich::parts(&note.text),
            text: note.text.clone(),
            said: sentence(note),
            by,
        }
    }
}

/// What was done, in words. As `sentence` in `browser/elements/remark.js`.
fn sentence(note: &Note) -> String {
    let who = note.author.as_ref().map(|author| isolate(&author.name));
    let handle = note.author.as_ref().and_then(|author| author.handle.as_deref());
    match (note.kind, note.to.as_deref(), who) {
        (NoteKind::Assigned, Some(to), Some(who)) if handle == Some(to) => format!("{who} took this"),
        (NoteKind::Assigned, Some(to), Some(who)) => format!("{who} gave this to @{to}"),
        (NoteKind::Assigned, Some(to), None) => format!("This is @{to}’s"),
        (NoteKind::Assigned, None, Some(who)) => format!("{who} put this down: nobody has it"),
        (NoteKind::Assigned, None, None) => "Nobody has this now".to_owned(),
        (NoteKind::Status, Some("snoozed"), Some(who)) => format!("{who} snoozed this"),
        (NoteKind::Status, Some("closed"), Some(who)) => format!("{who} closed this"),
        (NoteKind::Status, _, Some(who)) => format!("{who} opened this again"),
        (NoteKind::Status, _, None) => "This was opened again".to_owned(),
        (NoteKind::Note | NoteKind::Sent, ..) => String::new(),
    }
}

/// The notes that stand among these messages: from the oldest message on, or from the beginning where there is no older
/// one; up to the newest of an earlier part.
pub(super) async fn notes_among(
    app: &App,
    caller: &Caller,
    tail: &NoteTail,
    messages: &Page<Message>,
    is_earlier: bool,
) -> Result<Vec<Arc<Note>>> {
    let Some((first, last)) = messages.items.first().zip(messages.items.last()) else {
        return Ok(tail.page.clone());
    };
    let from = if messages.next.is_some() { first.created_at } else { Timestamp(0) };
    let fits = |note: &Arc<Note>| note.at >= from && (!is_earlier || note.at <= last.created_at);
    let mut notes: Vec<Arc<Note>> = tail.page.clone();
    let mut more = tail.more;
    while let Some(oldest) = notes.first().filter(|oldest| more && oldest.at >= from) {
        let before = Some(Cursor(oldest.seq));
        let page =
            app.list_notes(caller, first.conversation, Order::Newest, before, Limit::new(100)?).await?;
        more = page.next.is_some();
        notes.splice(0..0, page.items.into_iter().rev().map(Arc::new));
    }
    notes.retain(fits);
    Ok(notes)
}
