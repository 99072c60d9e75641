//! A text that somebody has sent to a number of ours. It is never refused: what can't be kept is cleaned away.

use std::fmt;

use crate::domain::{Sender, message, text};

/// A text that has come.
#[derive(Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The provider's id of it: it may come again.
    pub id: String,
    /// Who has sent it.
    pub from: Sender,
    /// 1 to 2,000 characters, as they will be stored.
    pub text: String,
    /// What it says of consent, if that is all it says.
    pub consent: Option<Consent>,
}

impl Inbound {
    /// A text as a provider tells it; `consent` where the provider says it itself.
    pub fn new(id: String, from: &str, body: &str, media: &[String], consent: Option<Consent>) -> Self {
        let consent = consent.or_else(|| Consent::read(body));
        Self { id, from: Sender::read(from), text: clean(body, media), consent }
    }
}

/// Neither text nor number.
impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("id", &self.id)
            .field("consent", &self.consent)
            .finish_non_exhaustive()
    }
}

/// What somebody says of getting messages. The provider answers and blocks by itself; nothing of ours does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// No more of them.
    Stop,
    /// They may come again.
    Start,
}

const STOP: [&str; 8] = ["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"];
const START: [&str; 3] = ["START", "YES", "UNSTOP"];

impl Consent {
    /// Reads a keyword: it is the whole text, in any case.
    pub fn read(text: &str) -> Option<Self> {
        let is = |word: &&str| word.eq_ignore_ascii_case(text.trim());
        if STOP.iter().any(is) { Some(Self::Stop) } else { START.iter().any(is).then_some(Self::Start) }
    }
}

/// What is stored of a text and what came with it: controls are out, blanks at its ends too; pictures are links behind it.
/// What does not fit is cut.
fn clean(body: &str, media: &[String]) -> String {
    let unified = body.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = unified.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let cut: String = kept.trim().chars().take(message::TEXT_LIMIT).collect();
    // The domain's rule for texts; without controls and cut to its limit it refuses only what can't be seen.
    let seen = text::normalize("text", &cut, 0, message::TEXT_LIMIT).unwrap_or_default();
    let mut links = media.iter().filter(|link| is_link(link)).peekable();
    let mut clean = match (seen.is_empty(), media.is_empty()) {
        (false, _) => seen,
        (true, false) => "(picture)".to_owned(),
        (true, true) => "(empty)".to_owned(),
    };
    let mut length = clean.chars().count();
    while let Some(link) = links.next_if(|link| length + 1 + link.len() <= message::TEXT_LIMIT) {
        length += 1 + link.len();
        clean.push('\n');
        clean.push_str(link);
    }
    clean
}

/// Whether it can be shown as a link: a web address of printable ASCII.
fn is_link(link: &str) -> bool {
    (link.starts_with("https://") || link.starts_with("http://"))
        && link.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_the_whole_text_in_any_case() {
        for stop in
            ["STOP", "stop", " Stop\n", "StopAll", "unsubscribe", "END", "quit", "Cancel", "revoke", "OptOut"]
        {
            assert_eq!(Consent::read(stop), Some(Consent::Stop), "{stop:?}");
        }
        for start in ["START", "yes", "Unstop "] {
            assert_eq!(Consent::read(start), Some(Consent::Start), "{start:?}");
        }
        for text in
            ["", "Stop please", "STOP.", "HELP", "INFO", "stop all", "ＳＴＯＰ", "yes!", "please stop"]
        {
            assert_eq!(Consent::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_cleaned_and_never_refused() {
        for (body, kept) in [
            ("Is the lamp still there?", "Is the lamp still there?"),
            ("  a\r\nb\rc\n", "a\nb\nc"),
            ("a\u{0}b\u{7}c\u{1b}[31m", "abc[31m"),
            ("a\u{202e}b", "ab"),
            ("tab\there", "tab\there"),
            ("", "(empty)"),
            (" \u{0}\u{200b}\n", "(empty)"),
            ("👍🏽", "👍🏽"),
        ] {
            assert_eq!(clean(body, &[]), kept, "{body:?}");
        }
        assert_eq!(clean(&"ä".repeat(9000), &[]).chars().count(), 2000);
        assert_eq!(
            clean(&format!("{}a b", "x ".repeat(999)), &[]).chars().count(),
            1999,
            "cut behind a blank"
        );
    }

    #[test]
    fn pictures_are_links_behind_the_text() {
        let link = |n: usize| format!("https://api.example.org/media/{n}");
        assert_eq!(clean("", &[link(0), link(1)]), format!("(picture)\n{}\n{}", link(0), link(1)));
        assert_eq!(clean("Look", &[link(0)]), format!("Look\n{}", link(0)));
        assert_eq!(clean("", &["javascript:alert(1)".to_owned(), "https://a b".to_owned()]), "(picture)");
        let many: Vec<_> = (0..100).map(link).collect();
        let cut = clean(&"x".repeat(1900), &many);
        assert!(cut.chars().count() <= 2000 && cut.ends_with(&link(2)), "{cut}");
    }
}
