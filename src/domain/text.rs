//! What people write, made ready to be stored: line ends unified, trimmed, counted, cleaned.
//!
//! Texts are stored raw and escaped when rendered, so nothing here knows of HTML.

use super::{Error, Result, visible};

/// A text of several lines: CR LF and CR become LF, the ends are trimmed, of several empty lines one is left, controls
/// other than newline and tab are refused, bidi overrides are stripped; `min` to `max` Unicode scalars remain. A text in
/// which nothing can be seen is empty.
pub fn normalize(field: &'static str, text: &str, min: usize, max: usize) -> Result<String> {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    if let Some(control) = unified.chars().find(|c| c.is_control() && *c != '\n' && *c != '\t') {
        return Err(Error::bad(format!(
            "{field}: the control character U+{:04X} is not allowed; newline and tab are.",
            u32::from(control)
        )));
    }
    let clean: String = unified.chars().filter(|c| !is_bidi_override(*c)).collect();
    let clean = clean.trim();
    if !clean.is_empty() && !visible::can_be_seen(clean) {
        return if min == 0 {
            Ok(String::new())
        } else {
            Err(Error::bad(format!("{field}: {min} to {max} characters, and nothing in this can be seen.")))
        };
    }
    let clean = without_gaps(clean);
    let count = clean.chars().count();
    if count < min || count > max {
        return Err(Error::bad(format!("{field}: {min} to {max} characters, this has {count}.")));
    }
    Ok(clean)
}

/// The text with at most one empty line in a row. A line in which nothing can be seen is empty.
fn without_gaps(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        kept.push_str(line);
        let mut is_gap = false;
        while lines.next_if(|line| !visible::can_be_seen(line)).is_some() {
            is_gap = true;
        }
        if lines.peek().is_some() {
            kept.push_str(if is_gap { "\n\n" } else { "\n" });
        }
    }
    kept
}

/// A text of one line: newline and tab are refused too.
pub fn normalize_line(field: &'static str, text: &str, min: usize, max: usize) -> Result<String> {
    let clean = normalize(field, text, min, max)?;
    if clean.contains(['\n', '\t']) {
        return Err(Error::bad(format!("{field}: one line without tabs.")));
    }
    Ok(clean)
}

/// A key has at most so many characters.
pub const KEY_LIMIT: usize = 64;

/// A client's key for an act that must not happen twice: `[A-Za-z0-9_-]{1,64}`.
pub fn check_key(key: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=KEY_LIMIT).contains(&key.len()) && key.bytes().all(allowed) {
        Ok(())
    } else {
        Err(Error::bad("key: 1 to 64 characters of A to Z, a to z, 0 to 9, _ and -."))
    }
}

/// The embeddings, overrides and isolates that can make a text read as another one.
/// Source: Unicode Standard Annex #9, explicit formatting characters.
const fn is_bidi_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_newlines_and_the_ends_are_trimmed() {
        assert_eq!(normalize("text", "  a\r\nb\rc\n ", 1, 10).unwrap(), "a\nb\nc");
    }

    #[test]
    fn length_counts_unicode_scalars_after_trimming() {
        assert!(normalize("text", &"🎉".repeat(500), 1, 500).is_ok());
        assert!(normalize("text", &"🎉".repeat(501), 1, 500).is_err());
        assert!(normalize("text", " \n\t ", 1, 500).is_err());
    }

    #[test]
    fn a_text_in_which_nothing_can_be_seen_is_empty() {
        for unseen in ["\u{200b}", "\u{3164}\u{ad}", "\u{2800}\n\u{feff}", "\u{e0041}\u{fe0f}"] {
            assert!(normalize("text", unseen, 1, 500).is_err(), "{unseen:?}");
            assert_eq!(normalize("reason", unseen, 0, 500).unwrap(), "", "{unseen:?}");
        }
        let persian = "می\u{200c}خواهم";
        assert_eq!(normalize("text", persian, 1, 500).unwrap(), persian);
    }

    #[test]
    fn of_several_empty_lines_one_is_left() {
        for (text, kept) in [
            ("a\nb\n\nc", "a\nb\n\nc"),
            ("a\n\n\n\n\nb", "a\n\nb"),
            ("a\r\n\r\n\r\nb", "a\n\nb"),
            ("a\n \n\t\n\u{200b}\n\u{2800}\nb", "a\n\nb"),
            ("a\n\u{2028}\n\u{2029}\nb", "a\n\nb"),
            ("\u{200b}\n\n\n  b", "\u{200b}\n\n  b"),
            ("a\n\n\n\u{200b}", "a"),
        ] {
            assert_eq!(normalize("text", text, 1, 500).unwrap(), kept, "{text:?}");
        }
        // What is counted is what is kept.
        assert!(normalize("text", &format!("a{}b", "\n".repeat(600)), 1, 500).is_ok());
    }

    #[test]
    fn controls_are_refused_and_named() {
        for bad in ["a\0b", "a\u{7}b", "a\u{7f}b", "a\u{85}b", "a\u{9b}b"] {
            let error = normalize("text", bad, 1, 10).unwrap_err();
            assert!(error.to_string().contains("U+00"), "{error}");
        }
        assert!(normalize("text", "a\tb", 1, 10).is_ok());
        assert!(normalize_line("name", "a\tb", 1, 10).is_err());
    }

    #[test]
    fn bidi_overrides_vanish() {
        assert_eq!(normalize("text", "a\u{202e}b\u{2066}c\u{2069}", 1, 10).unwrap(), "abc");
        assert!(normalize("text", "\u{202e}", 1, 10).is_err());
    }

    #[test]
    fn a_key_is_short_and_plain() {
        assert!(check_key("aZ0_-").is_ok());
        for bad in ["", "a b", "ä", &"a".repeat(65)] {
            assert!(check_key(bad).is_err(), "{bad:?}");
        }
    }
}
