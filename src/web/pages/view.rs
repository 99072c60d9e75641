//! What the templates show: posts and people in the words and numbers of a page.
//!
//! `browser/page/card.js` does the same for posts that arrive live; the browser test compares the two.

use super::avatar;
use super::rich::{self, Part};
use super::words::{compact, exact, is_long, talk};
use crate::app::rights::{self, PostRights};
use crate::domain::{Liker, Post, Reported, Timestamp, User, UserId};
use crate::web::Site;
use crate::web::auth::Visit;

/// Somebody.
#[derive(Clone)]
pub(super) struct Author {
    pub(super) name: String,
    pub(super) handle: Option<String>,
}

impl Author {
    pub(super) fn of(user: &User) -> Self {
        Self { name: user.name.clone(), handle: user.handle.clone() }
    }

    /// Whose avatar it has: `/avatars/{face}.svg`.
    pub(super) fn face(&self) -> &str {
        self.handle.as_deref().filter(|handle| !handle.is_empty()).unwrap_or(avatar::GUEST)
    }
}

/// A moment: for machines, and for people until a script makes it relative.
pub(super) struct When {
    pub(super) machine: String,
    /// In full.
    pub(super) people: String,
    /// The day alone: no wider than what the script makes of it, so that nothing moves.
    pub(super) day: String,
    /// What follows the day where there is no script.
    pub(super) clock: String,
}

/// The time of day of a moment.
pub(super) fn clock(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.strftime("%H:%M UTC").to_string()
}

impl When {
    pub(super) fn of(at: Timestamp) -> Self {
        let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Self {
            machine: at.to_string(),
            people: moment.strftime("%-d %b %Y, %H:%M UTC").to_string(),
            day: moment.strftime("%-d %b %Y").to_string(),
            clock: format!(", {}", clock(at)),
        }
    }
}

/// A post's card.
#[expect(clippy::struct_excessive_bools, reason = "each says something else of what is shown")]
pub(super) struct Card {
    pub(super) id: u64,
    pub(super) author: Author,
    pub(super) when: When,
    /// Whether it has another text than it was written with.
    pub(super) edited: bool,
    pub(super) parts: Vec<Part>,
    /// A short text is set large.
    pub(super) large: bool,
    /// Of a long one a part is shown in lists.
    pub(super) long: bool,
    pub(super) likes: u64,
    /// The likes as the button shows them: `41`, `1.2K`.
    pub(super) compact: String,
    /// The likes in full: `1 like`, `1,234 likes`.
    pub(super) exact: String,
    pub(super) version: u64,
    pub(super) liked: bool,
    pub(super) comments: u64,
    /// The comments in words: `No comments`, `1 comment`, `1.2K comments`.
    pub(super) talk: String,
    /// What the visitor is to the post.
    pub(super) role: Role,
}

/// What a visitor is to something that somebody wrote, and so what is offered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Its author, as long as its text can be changed: may edit and remove it.
    Editor,
    /// May remove it.
    Author,
    /// May remove it too.
    Moderator,
    /// May report it.
    Member,
    /// A guest, or nobody known.
    Visitor,
}

impl Role {
    /// This visitor's, to what `author` wrote; none: to what is not written yet.
    pub(super) fn of(visit: &Visit, author: Option<UserId>) -> Self {
        let Visit { caller, .. } = visit;
        let rights = rights::post_rights(caller, author);
        match rights {
            PostRights { remove: true, .. } if author.is_some() && caller.user() == author => Self::Author,
            PostRights { remove: true, .. } => Self::Moderator,
            PostRights { report: true, .. } => Self::Member,
            PostRights { .. } => Self::Visitor,
        }
    }

    pub(super) fn removes(self) -> bool {
        matches!(self, Self::Editor | Self::Author | Self::Moderator)
    }

    pub(super) fn edits(self) -> bool {
        self == Self::Editor
    }

    pub(super) fn is_moderator(self) -> bool {
        self == Self::Moderator
    }

    pub(super) fn reports(self) -> bool {
        self == Self::Member
    }
}

/// Texts up to this many characters, on at most two lines and without a link, are set large.
const LARGE: usize = 120;

impl Card {
    pub(super) fn of(site: &Site, visit: &Visit, post: &Post) -> Self {
        let parts = rich::parts(&post.text);
        let short = post.text.chars().count() <= LARGE && post.text.matches('\n').count() < 2;
        Self {
            id: post.id.0,
            author: Author::of(&post.author),
            when: When::of(post.created_at),
            edited: post.edited_at.is_some(),
            long: is_long(&post.text),
            large: short && !parts.iter().any(|part| part.is_link),
            parts,
            likes: post.likes,
            compact: compact(post.likes),
            exact: exact(post.likes),
            version: post.version,
            liked: post.liked,
            comments: post.comments,
            talk: talk(post.comments),
            role: if site.app().may_edit_post(&visit.caller, post) {
                Role::Editor
            } else {
                Role::of(visit, Some(post.author.id))
            },
        }
    }

    /// The card that stands in a page's `<template>`, for posts that arrive live: somebody else's, as most are.
    pub(super) fn blank(visit: &Visit) -> Self {
        let author = Author { name: String::new(), handle: Some(String::new()) };
        let when =
            When { machine: String::new(), people: String::new(), day: String::new(), clock: String::new() };
        Self {
            edited: false,
            id: 0,
            author,
            when,
            parts: Vec::new(),
            large: false,
            long: false,
            likes: 0,
            compact: compact(0),
            exact: exact(0),
            version: 0,
            liked: false,
            comments: 0,
            talk: talk(0),
            role: Role::of(visit, None),
        }
    }
}

/// A post or a comment as it stands where it is spoken about: without anything to press.
pub(super) struct Quote {
    pub(super) author: Author,
    pub(super) when: When,
    pub(super) parts: Vec<Part>,
    /// Of a long one a part is shown.
    pub(super) long: bool,
    /// Where it stands.
    pub(super) link: String,
    /// `post`, `comment` or `message`: what it is, and the name of the field that says which.
    pub(super) what: &'static str,
    pub(super) id: u64,
}

impl Quote {
    pub(super) fn of(reported: &Reported) -> Self {
        let (what, id, author, at, text, link) = match reported {
            Reported::Post(post) => {
                let link = format!("/posts/{}", post.id.0);
                ("post", post.id.0, &post.author, post.created_at, &post.text, link)
            }
            Reported::Comment(comment) => {
                let link = format!("/posts/{}/comments/{}", comment.post.0, comment.id.0);
                ("comment", comment.id.0, &comment.author, comment.created_at, &comment.text, link)
            }
            Reported::Message(message) => {
                let link = format!("/messages/{}#message-{}", message.conversation.0, message.id.0);
                ("message", message.id.0, &message.author, message.created_at, &message.text, link)
            }
        };
        let (author, when) = (Author::of(author), When::of(at));
        Self { author, when, parts: rich::parts(text), long: is_long(text), link, what, id }
    }
}

/// Somebody in the list of likes.
pub(super) struct Fan {
    pub(super) author: Author,
    pub(super) when: When,
}

impl Fan {
    pub(super) fn of(liker: &Liker) -> Self {
        Self { author: Author::of(&liker.user), when: When::of(liker.at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_well() {
        let when = When::of(Timestamp(1_700_000_000_123));
        assert_eq!((when.people.as_str(), when.day.as_str()), ("14 Nov 2023, 22:13 UTC", "14 Nov 2023"));
    }
}
