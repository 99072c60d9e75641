//! Conversations and messages as a page shows them.
//!
//! `browser/elements/conversations.js` and `message.js` build the same from what arrives live.

use crate::app::Caller;
use crate::domain::{self, Conversation, UserId};
use crate::web::Site;
use crate::web::pages::inboxes::Said;
use crate::web::pages::rich::{self, Part};
use crate::web::pages::view::{Author, When, clock};
use crate::web::pages::words::{beginning, compact, is_long};

/// So much of the newest message stands in the list.
const BEGINNING: usize = 100;

/// A conversation in the list.
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) author: Author,
    /// When something last happened in it.
    pub(super) when: When,
    /// The beginning of the newest message.
    pub(super) last: String,
    /// Whether the reader wrote that.
    pub(super) own: bool,
    /// How many messages are unread, as a number that is read; empty: none.
    pub(super) unread: String,
    /// Whether it is the one that is open.
    pub(super) open: bool,
}

impl Row {
    pub(super) fn of(conversation: &Conversation, me: Option<UserId>, open: Option<u64>) -> Self {
        let last = conversation.last.as_ref();
        Self {
            id: conversation.id.0,
            author: Author::of(&conversation.with),
            when: When::of(conversation.updated_at),
            last: last.map_or_else(String::new, |message| beginning(&message.text, BEGINNING)),
            own: last.is_some_and(|message| Some(message.author.id) == me),
            unread: if conversation.unread == 0 { String::new() } else { compact(conversation.unread) },
            open: open == Some(conversation.id.0),
        }
    }

    /// The row that stands in a page's `<template>`.
    pub(super) fn blank() -> Self {
        Self {
            id: 0,
            author: blank_author(),
            when: blank_when(),
            last: String::new(),
            own: false,
            unread: String::new(),
            open: false,
        }
    }
}

/// One message.
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own, and they combine freely")]
pub(in crate::web::pages) struct Bubble {
    pub(in crate::web::pages) id: u64,
    pub(in crate::web::pages) conversation: u64,
    pub(in crate::web::pages) seq: u64,
    /// Who wrote it, for those who hear the page.
    pub(in crate::web::pages) name: String,
    pub(in crate::web::pages) author_id: u64,
    /// Whether it stands on the reader's side: it is the reader's, or the inbox's that the reader answers for.
    pub(in crate::web::pages) own: bool,
    /// Which agent wrote it, where the reader is one.
    pub(in crate::web::pages) by: Option<String>,
    /// How far it has come, where it goes to a telephone and the reader is an agent.
    pub(in crate::web::pages) delivery: Option<Said>,
    /// Whether the reader may remove it.
    pub(in crate::web::pages) removes: bool,
    pub(in crate::web::pages) when: When,
    /// The time of day.
    pub(in crate::web::pages) clock: String,
    /// When it was last edited.
    pub(in crate::web::pages) edited: Option<When>,
    pub(in crate::web::pages) parts: Vec<Part>,
    /// Whether it takes much room.
    pub(in crate::web::pages) long: bool,
    /// As it was written: what an editor is filled with.
    pub(in crate::web::pages) text: String,
    pub(in crate::web::pages) edits: bool,
    /// Whether it is the first of its day.
    pub(in crate::web::pages) begins_day: bool,
    /// Whether it is the first that the reader has not read.
    pub(in crate::web::pages) first_unread: bool,
}

impl Bubble {
    fn of(site: &Site, caller: &Caller, message: &domain::Message) -> Self {
        Self {
            id: message.id.0,
            conversation: message.conversation.0,
            seq: message.seq,
            name: message.author.name.clone(),
            author_id: message.author.id.0,
            own: caller.user() == Some(message.author.id),
            by: None,
            delivery: None,
            removes: caller.user() == Some(message.author.id),
            when: When::of(message.created_at),
            clock: clock(message.created_at),
            edited: message.edited_at.map(When::of),
            parts: rich::parts(&message.text),
            long: is_long(&message.text),
            text: message.text.clone(),
            edits: site.app().may_edit_message(caller, message),
            begins_day: false,
            first_unread: false,
        }
    }

    /// The message that stands in a page's `<template>`: with everything that its author may do.
    pub(in crate::web::pages) fn blank(conversation: u64) -> Self {
        Self {
            id: 0,
            conversation,
            seq: 0,
            name: String::new(),
            author_id: 0,
            own: true,
            by: None,
            delivery: None,
            removes: true,
            when: blank_when(),
            clock: String::new(),
            edited: None,
            parts: Vec::new(),
            long: false,
            text: String::new(),
            edits: true,
            begins_day: false,
            first_unread: false,
        }
    }

    /// Messages, oldest first, with the days between them and the line where what is unread begins.
    pub(in crate::web::pages) fn all(
        site: &Site,
        caller: &Caller,
        messages: &[domain::Message],
        read: Option<u64>,
    ) -> Vec<Self> {
        let mut bubbles: Vec<Self> = Vec::new();
        let mut is_read = true;
        for message in messages {
            let mut bubble = Self::of(site, caller, message);
            bubble.begins_day = bubbles.last().is_none_or(|before| before.when.day != bubble.when.day);
            if is_read && !bubble.own && read.is_some_and(|read| message.seq > read) {
                (bubble.first_unread, is_read) = (true, false);
            }
            bubbles.push(bubble);
        }
        bubbles
    }
}

fn blank_author() -> Author {
    Author { name: String::new(), handle: Some(String::new()) }
}

fn blank_when() -> When {
    When { machine: String::new(), people: String::new(), day: String::new(), clock: String::new() }
}
