//! A text as parts of a page: plain text, links and mentions. The template escapes them all.

use crate::domain::rich::{Piece, pieces};

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What is shown.
    pub(super) text: String,
    /// Whether the text is the address of a link.
    pub(super) is_link: bool,
    /// The handle that may be somebody's.
    pub(super) mention: Option<String>,
}

/// Cuts a text into parts; joined, they are the text.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let part = |piece: Piece<'_>| Part {
        text: piece.text().to_owned(),
        is_link: matches!(piece, Piece::Link(_)),
        mention: match piece {
            Piece::Mention(mention) => Some(mention[1..].to_ascii_lowercase()),
            Piece::Text(_) | Piece::Link(_) => None,
        },
    };
    pieces(text).into_iter().map(part).collect()
}

/// A text as HTML of its own, outside of our pages.
pub(super) fn html(text: &str) -> String {
    let piece = |piece: Piece<'_>| {
        let shown = askama::filters::escape(piece.text(), askama::filters::Html)
            .map_or_else(|_| String::new(), |it| it.to_string());
        match piece {
            Piece::Link(_) => format!("<a href=\"{shown}\" rel=\"nofollow ugc\">{shown}</a>"),
            Piece::Text(_) | Piece::Mention(_) => shown,
        }
    };
    pieces(text).into_iter().map(piece).collect::<String>().replace('\n', "<br/>")
}
