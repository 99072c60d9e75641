//! Why a text did not arrive, in words that people understand.

use std::fmt;

/// Why a text did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The provider's code.
    pub code: Option<String>,
    /// What an agent reads.
    pub words: &'static str,
    /// Whether it means that the recipient has opted out.
    pub opted_out: bool,
}

impl Reason {
    /// The recipient has opted out.
    pub const OPTED_OUT: &'static str = "The recipient has opted out of messages from this number.";

    /// A reason that has no code.
    pub const fn plain(words: &'static str) -> Self {
        Self { code: None, words, opted_out: false }
    }

    /// What a provider's code means.
    pub fn coded(code: impl Into<String>, words: &'static str) -> Self {
        Self { code: Some(code.into()), words, opted_out: words == Self::OPTED_OUT }
    }
}

/// As `delivery.reason` shows it: the words, then the code.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} ({code})", self.words),
            None => f.write_str(self.words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn a_reason_reads_as_a_sentence_with_the_provider_s_code() {
        let reason = Reason::coded("21610", Reason::OPTED_OUT);
        assert_eq!(reason.to_string(), "The recipient has opted out of messages from this number. (21610)");
        assert!(reason.opted_out);
        assert!(!Reason::plain("The provider refused it.").opted_out);
    }
}
