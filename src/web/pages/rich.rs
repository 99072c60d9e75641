//! A post's text as parts: plain text and links. Only http and https become links; the template escapes both.

use linkify::{LinkFinder, LinkKind};

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
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder
        .spans(text)
        .map(|span| {
            let text = span.as_str().to_owned();
            let is_link =
                span.kind().is_some() && (has_scheme(&text, "http://") || has_scheme(&text, "https://"));
            Part { text, is_link }
        })
        .collect()
}

fn has_scheme(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::parts;

    fn links(text: &str) -> Vec<String> {
        let parts = parts(text);
        assert_eq!(parts.iter().map(|part| part.text.as_str()).collect::<String>(), text);
        parts.into_iter().filter(|part| part.is_link).map(|part| part.text).collect()
    }

    #[test]
    fn web_addresses_become_links_without_the_sentence_around_them() {
        assert_eq!(
            links("See https://example.org/a?b=c#d, or (http://example.org)."),
            ["https://example.org/a?b=c#d", "http://example.org"]
        );
    }

    #[test]
    fn nothing_else_becomes_a_link() {
        for text in
            ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/x", "mail a@example.org", ""]
        {
            assert!(links(text).is_empty(), "{text}");
        }
    }
}
