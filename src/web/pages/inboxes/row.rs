//! A case in the list. `browser/elements/cases.js` builds the same from what arrives live.

use crate::domain::inbox::{Case, Status};
use crate::web::pages::view::{Author, When};
use crate::web::pages::words::beginning;

/// So much of the newest message stands in the list.
const BEGINNING: usize = 100;

/// See the module.
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) customer: Author,
    /// When something was last said.
    pub(super) when: When,
    /// The beginning of the newest message, and whether the inbox said it.
    pub(super) last: String,
    pub(super) answered: bool,
    /// Since when the customer waits.
    pub(super) since: Option<When>,
    pub(super) assignee: Option<Author>,
    /// `Snoozed` or `Closed`; empty for an open one.
    pub(super) mark: &'static str,
    /// Whether it is the one that is open on the page.
    pub(super) open: bool,
}

impl Row {
    pub(super) fn of(case: &Case, open: Option<u64>) -> Self {
        let last = case.last.as_ref();
        Self {
            id: case.id.0,
            customer: Author::of(&case.customer),
            when: When::of(case.updated_at),
            last: last.map_or_else(String::new, |message| beginning(&message.text, BEGINNING)),
            answered: last.is_some_and(|message| message.author.id != case.customer.id),
            since: case.waiting_since.filter(|_| case.status == Status::Open).map(When::of),
            assignee: case.assignee.as_ref().map(Author::of),
            mark: match case.status {
                Status::Open => "",
                Status::Snoozed => "Snoozed",
                Status::Closed => "Closed",
            },
            open: open == Some(case.id.0),
        }
    }

    /// The row that stands in a page's `<template>`.
    pub(super) fn blank() -> Self {
        let blank = || When {
            machine: String::new(),
            people: String::new(),
            day: String::new(),
            clock: String::new(),
        };
        let nobody = || Author { name: String::new(), handle: Some(String::new()) };
        Self {
            id: 0,
            customer: nobody(),
            when: blank(),
            last: String::new(),
            answered: true,
            since: Some(blank()),
            assignee: Some(nobody()),
            mark: "",
            open: false,
        }
    }
}
