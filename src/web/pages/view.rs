//! What the templates show: posts and people in the words and numbers of a page.
//!
//! `browser/card.js` does the same for posts that arrive live; the browser test compares the two.

use super::avatar;
use super::rich::{self, Part};
use crate::domain::{Liker, Post, Reported, Timestamp, User, UserId};
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
}

impl When {
    pub(super) fn of(at: Timestamp) -> Self {
        let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Self {
            machine: at.to_string(),
            people: moment.strftime("%-d %b %Y, %H:%M UTC").to_string(),
            day: moment.strftime("%-d %b %Y").to_string(),
        }
    }
}

/// A post's card.
pub(super) struct Card {
    pub(super) id: u64,
    pub(super) author: Author,
    pub(super) when: When,
    pub(super) parts: Vec<Part>,
    /// A short text is set large.
    pub(super) large: bool,
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
        if author.is_some() && caller.user() == author {
            Self::Author
        } else if caller.is_moderator() {
            Self::Moderator
        } else if caller.member().is_ok() {
            Self::Member
        } else {
            Self::Visitor
        }
    }

    pub(super) fn removes(self) -> bool {
        matches!(self, Self::Author | Self::Moderator)
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
    pub(super) fn of(post: &Post, visit: &Visit) -> Self {
        let parts = rich::parts(&post.text);
        let short = post.text.chars().count() <= LARGE && post.text.matches('\n').count() < 2;
        Self {
            id: post.id.0,
            author: Author::of(&post.author),
            when: When::of(post.created_at),
            large: short && !parts.iter().any(|part| part.is_link),
            parts,
            likes: post.likes,
            compact: compact(post.likes),
            exact: exact(post.likes),
            version: post.version,
            liked: post.liked,
            comments: post.comments,
            talk: talk(post.comments),
            role: Role::of(visit, Some(post.author.id)),
        }
    }

    /// The card that stands in a page's `<template>`, for posts that arrive live: somebody else's, as most are.
    pub(super) fn blank(visit: &Visit) -> Self {
        let author = Author { name: String::new(), handle: Some(String::new()) };
        let when = When { machine: String::new(), people: String::new(), day: String::new() };
        Self {
            id: 0,
            author,
            when,
            parts: Vec::new(),
            large: false,
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
    /// Where it stands.
    pub(super) link: String,
    /// `post` or `comment`: what it is, and the name of the field that says which.
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
        };
        Self { author: Author::of(author), when: When::of(at), parts: rich::parts(text), link, what, id }
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

/// A number as `Intl.NumberFormat("en", {notation: "compact"})` writes it: two digits, or all of the whole ones.
pub(super) fn compact(number: u64) -> String {
    let units = [(1_000_u64, "K"), (1_000_000, "M"), (1_000_000_000, "B"), (1_000_000_000_000, "T")];
    if number < 1000 {
        return number.to_string();
    }
    for (unit, letter) in units {
        // Tenths are shown below ten; rounding is half up, and what rounds to 1000 takes the next unit.
        let tenths = (number + unit / 20) / (unit / 10);
        if tenths < 100 {
            let (whole, tenth) = (tenths / 10, tenths % 10);
            return if tenth == 0 { format!("{whole}{letter}") } else { format!("{whole}.{tenth}{letter}") };
        }
        let whole = (number + unit / 2) / unit;
        if whole < 1000 {
            return format!("{whole}{letter}");
        }
    }
    format!("{}T", number / 1_000_000_000_000)
}

/// The beginning of a text in one line, at most this many characters, cut between words where that is possible.
pub(super) fn beginning(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most - 1).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{cut}…")
}

/// A count of comments as a card's link says it.
pub(super) fn talk(comments: u64) -> String {
    match comments {
        0 => "No comments".to_owned(),
        1 => "1 comment".to_owned(),
        _ => format!("{} comments", compact(comments)),
    }
}

/// A count of likes in full.
pub(super) fn exact(likes: u64) -> String {
    let digits = likes.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 6);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.push_str(if likes == 1 { " like" } else { " likes" });
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compact_as_the_browser_writes_them() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1K"),
            (1049, "1K"),
            (1050, "1.1K"),
            (1234, "1.2K"),
            (9949, "9.9K"),
            (9950, "10K"),
            (10_500, "11K"),
            (999_499, "999K"),
            (999_500, "1M"),
            (1_250_000, "1.3M"),
            (12_345_678_901, "12B"),
        ];
        for (number, text) in cases {
            assert_eq!(compact(number), text, "{number}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(beginning("One\n two", 10), "One two");
        assert_eq!(beginning("One two three", 10), "One two…");
        assert_eq!(beginning("Unbreakable", 5), "Unbr…");
        assert_eq!(beginning("👏👏👏", 3), "👏👏👏");
    }

    #[test]
    fn comments_are_counted_in_words() {
        assert_eq!([0, 1, 2, 1234].map(talk), ["No comments", "1 comment", "2 comments", "1.2K comments"]);
    }

    #[test]
    fn likes_in_full_are_grouped_and_know_their_plural() {
        assert_eq!(exact(0), "0 likes");
        assert_eq!(exact(1), "1 like");
        assert_eq!(exact(1234), "1,234 likes");
        assert_eq!(exact(1_234_567), "1,234,567 likes");
    }

    #[test]
    fn a_moment_reads_well() {
        let when = When::of(Timestamp(1_700_000_000_123));
        assert_eq!((when.people.as_str(), when.day.as_str()), ("14 Nov 2023, 22:13 UTC", "14 Nov 2023"));
    }
}
