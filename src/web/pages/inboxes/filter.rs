//! Which cases a list shows. Each filter has an address of its own; `browser/elements/cases.js` knows the same.

use axum::http::Uri;

use crate::app::inboxes::CaseQuery;
use crate::domain::inbox::{CaseOrder, Status};
use crate::web::pages::local::query_value;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    /// Who waits for an answer.
    Waiting,
    /// What the reader has.
    Mine,
    /// What nobody has.
    Unassigned,
    /// What comes up again later.
    Snoozed,
    /// What is done.
    Closed,
    /// Everything.
    All,
}

impl Filter {
    pub(super) const EACH: [Self; 6] =
        [Self::Waiting, Self::Mine, Self::Unassigned, Self::Snoozed, Self::Closed, Self::All];

    /// As an address says it; who waits where it says nothing.
    pub(super) fn of(uri: &Uri) -> Self {
        let word = query_value(uri, "show").unwrap_or_default();
        Self::EACH.into_iter().find(|filter| filter.word() == word).unwrap_or(Self::Waiting)
    }

    /// The word in addresses.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }

    /// What a tab says.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Mine => "Mine",
            Self::Unassigned => "Unassigned",
            Self::Snoozed => "Snoozed",
            Self::Closed => "Closed",
            Self::All => "All",
        }
    }

    /// What an empty list says, and what it means.
    pub(super) const fn nothing(self) -> (&'static str, &'static str) {
        match self {
            Self::Waiting => {
                ("Nobody waits", "Every customer has an answer. Who writes next stands here at once.")
            }
            Self::Mine => {
                ("Nothing is yours", "Take a case that nobody has, or answer one: then it is yours.")
            }
            Self::Unassigned => {
                ("Everything has somebody", "What customers write stands here until an agent has it.")
            }
            Self::Snoozed => {
                ("Nothing is snoozed", "A snoozed case opens again at its time, or when its customer writes.")
            }
            Self::Closed => ("Nothing is closed", "A closed case opens again when its customer writes."),
            Self::All => ("No cases yet", "What somebody writes to this inbox is a case here."),
        }
    }

    /// The same page with this filter.
    pub(super) fn address(self, page: &str) -> String {
        match self {
            Self::Waiting => page.to_owned(),
            other => format!("{page}?show={}", other.word()),
        }
    }

    pub(super) fn query(self) -> CaseQuery {
        let (status, assignee, waiting) = match self {
            Self::Waiting => (None, None, true),
            Self::Mine => (Some(Status::Open), Some("me"), false),
            Self::Unassigned => (Some(Status::Open), Some("none"), false),
            Self::Snoozed => (Some(Status::Snoozed), None, false),
            Self::Closed => (Some(Status::Closed), None, false),
            Self::All => (None, None, false),
        };
        let order = if waiting { CaseOrder::Longest } else { CaseOrder::Newest };
        CaseQuery { status, assignee: assignee.map(str::to_owned), waiting, order, q: None }
    }
}
