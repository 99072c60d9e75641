//! What people write, made ready to be stored: line ends unified, trimmed, counted, cleaned.
//!
//! Texts are stored raw and escaped when rendered, so nothing here knows of HTML.

use super::{Error, Result};

/// A text of several lines: CR LF and CR become LF, the ends are trimmed, controls other than newline
/// and tab are refused, bidi overrides are stripped; `min` to `max` Unicode scalars remain.
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
    let count = clean.chars().count();
    if count < min || count > max {
        return Err(Error::bad(format!("{field}: {min} to {max} characters, this has {count}.")));
    }
    Ok(clean.to_owned())
}

/// A text of one line: newline and tab are refused too.
pub fn normalize_line(field: &'static str, text: &str, min: usize, max: usize) -> Result<String> {
    let clean = normalize(field, text, min, max)?;
    if clean.contains(['\n', '\t']) {
        return Err(Error::bad(format!("{field}: one line without tabs.")));
    }
    Ok(clean)
}

/// A client's key for an act that must not happen twice: `[A-Za-z0-9_-]{1,64}`.
pub fn check_key(key: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=64).contains(&key.len()) && key.bytes().all(allowed) {
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
