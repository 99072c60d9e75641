//! A text as parts: plain text and links. Only http and https become links; the template escapes both.
//!
//! `browser/page/text.js` cuts what arrives live with the same pattern, and `tests/it/links.json` holds both to it.

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

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What is shown.
    pub(super) text: String,
    /// Whether the text is the address of a link.
    pub(super) is_link: bool,
}

/// Cuts a text into parts; joined, they are the text.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut push = |text: &str, is_link| {
        if !text.is_empty() {
            parts.push(Part { text: text.to_owned(), is_link });
        }
    };
    let mut from = 0;
    for link in ADDRESS.find_iter(text) {
        push(&text[from..link.start()], false);
        push(link.as_str(), true);
        from = link.end();
    }
    push(&text[from..], false);
    parts
}

/// A text as HTML of its own, outside of our pages.
pub(super) fn html(text: &str) -> String {
    let piece = |part: Part| {
        let shown = askama::filters::escape(&part.text, askama::filters::Html)
            .map_or_else(|_| String::new(), |it| it.to_string());
        if part.is_link { format!("<a href=\"{shown}\" rel=\"nofollow ugc\">{shown}</a>") } else { shown }
    };
    parts(text).into_iter().map(piece).collect::<String>().replace('\n', "<br/>")
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_text_has_the_links_that_the_browser_finds_too() {
        let cases = include_str!("../../../tests/it/links.json");
        let cases: Vec<(String, Vec<String>)> = serde_json::from_str(cases).unwrap();
        for (text, links) in cases {
            let parts = parts(&text);
            assert_eq!(parts.iter().map(|part| part.text.as_str()).collect::<String>(), text);
            let found: Vec<_> = parts.into_iter().filter(|part| part.is_link).map(|part| part.text).collect();
            assert_eq!(found, links, "{text:?}");
        }
    }
}
