//! What stands in a text: plain text, addresses, and mentions. Only http and https addresses become links.
//!
//! `browser/page/text.js` cuts what arrives live with the same patterns, and `tests/it/links.json` holds both to it.

use std::sync::LazyLock;

use regex::Regex;

/// What ends an address, as the inside of a class: blanks and controls, quotes and brackets, and the punctuation of other
/// scripts. Spelled out, because browsers and libraries know different versions of Unicode's properties.
const END: &str = concat!(
    r#"\x00- ()<>\[\]"`{}|\\^\x7f-\xa0\xab\xbb\u2000-\u206f\u3000-\u3003\u3008-\u3011\uff00-\uff0f\uff1a\uff1b\uff1f\uff5b-\uff65\ufeff"#,
    // What ends a sentence, or a part of one, in other scripts: Unicode's Sentence_Terminal below U+10000, and commas.
    r"\u0589\u05c3\u060c\u061b\u061d-\u061f\u06d4\u0700-\u070a\u07f8\u07f9\u0837\u0839\u083d\u083e\u0964\u0965\u104a\u104b\u1362-\u1368\u166e\u1735\u1",
    r"736\u17d4-\u17d6\u1803\u1809\u1944\u1945\u2e2e\u2e3c\ua4ff\ua60e\ua60f\ua6f3-\ua6f7\ua876\ua877\ua8ce\ua8cf\uaa5d-\uaa5f\uabeb\ufe10-\ufe19\ufe50-\ufe57",
);

/// An address goes on over brackets that it opens and closes itself, and does not end like a sentence.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let pair = format!(r"\([^{END}]*\)|\[[^{END}]*\]");
    let pattern = format!(r"(?-u:\b)(?i-u:https?)://(?:[^{END}]|{pair})*(?:[^{END}.,;:!?'*_~]|{pair})");
    Regex::new(&pattern).expect("the pattern is a constant")
});

/// `@` and what may be a handle. What stands before and behind it is looked at beside.
static MENTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("@[a-zA-Z0-9_]{2,30}").expect("the pattern is a constant"));

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it is.
    Text(&'a str),
    /// An http or https address.
    Link(&'a str),
    /// `@` and a handle that somebody may have, in any case.
    Mention(&'a str),
}

impl<'a> Piece<'a> {
    /// What is shown.
    pub fn text(self) -> &'a str {
        match self {
            Self::Text(text) | Self::Link(text) | Self::Mention(text) => text,
        }
    }
}

/// Cuts a text into pieces; joined, they are the text.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for link in ADDRESS.find_iter(text) {
        cut_mentions(text, from, link.start(), &mut pieces);
        pieces.push(Piece::Link(link.as_str()));
        from = link.end();
    }
    cut_mentions(text, from, text.len(), &mut pieces);
    pieces
}

/// The handles that a text mentions, as they stand there, each once, in their order.
pub fn mentions(text: &str) -> Vec<&str> {
    let mut handles: Vec<&str> = Vec::new();
    for piece in pieces(text) {
        if let Piece::Mention(mention) = piece
            && !handles.iter().any(|handle| handle.eq_ignore_ascii_case(&mention[1..]))
        {
            handles.push(&mention[1..]);
        }
    }
    handles
}

/// Cuts a part of a text that has no address into its mentions and what is between them.
fn cut_mentions<'a>(text: &'a str, from: usize, to: usize, pieces: &mut Vec<Piece<'a>>) {
    let mut done = from;
    for mention in MENTION.find_iter(&text[from..to]) {
        let (start, end) = (from + mention.start(), from + mention.end());
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '@');
        if before.is_some_and(joins) || after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        if done < start {
            pieces.push(Piece::Text(&text[done..start]));
        }
        pieces.push(Piece::Mention(&text[start..end]));
        done = end;
    }
    if done < to {
        pieces.push(Piece::Text(&text[done..to]));
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, mentions, pieces};

    #[test]
    fn a_text_has_the_links_and_mentions_that_the_browser_finds_too() {
        let cases = include_str!("../../tests/it/links.json");
        let cases: Vec<(String, Vec<String>)> = serde_json::from_str(cases).unwrap();
        for (text, links) in cases {
            let pieces = pieces(&text);
            assert_eq!(pieces.iter().map(|piece| piece.text()).collect::<String>(), text);
            let found = pieces.into_iter().filter(|piece| !matches!(piece, Piece::Text(_)));
            assert_eq!(found.map(Piece::text).collect::<Vec<_>>(), links, "{text:?}");
        }
    }

    #[test]
    fn each_is_mentioned_once_and_handles_have_no_case() {
        assert_eq!(
            mentions("@Ana and @ben, @ana: see a@ben.example, https://x.example/@cem"),
            ["Ana", "ben"]
        );
    }
}
