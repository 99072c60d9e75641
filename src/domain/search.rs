//! What somebody types into a search field, and texts as they are searched.
//!
//! Whatever is typed is words; nothing in it is a command. Scripts that write without spaces are taken apart into
//! characters, in texts and in what is typed alike: a word of such a script is found as its characters in a row.

use icu_properties::CodePointMapData;
use icu_properties::props::Script;
use unicode_normalization::UnicodeNormalization as _;

use super::{Error, Result};

/// What is typed has at most so many characters.
pub const QUERY_LIMIT: usize = 100;

/// From so many characters on a word stands for all that begin with it. Shorter ones would stand for half of a language.
const BEGINNING: usize = 3;

/// What is searched for: each of these words, in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(Vec<Word>);

/// One word, as it stands in a text that is [`searchable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// It may be several words in a row, as `e-mail` is. No sign in it has a meaning of its own.
    pub text: String,
    /// Whether it stands for all words that begin with it.
    pub is_beginning: bool,
}

impl Query {
    /// Reads what was typed; none where that is nothing. What holds neither letter nor digit has no words: nothing fits.
    pub fn parse(typed: &str) -> Result<Option<Self>> {
        let count = typed.chars().count();
        if count > QUERY_LIMIT {
            return Err(Error::bad(format!("q: at most {QUERY_LIMIT} characters, this has {count}.")));
        }
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let mut words: Vec<Word> = typed.split_whitespace().filter_map(Word::parse).collect();
        // The longest tells most: what few texts have is looked for first.
        words.sort_by_key(|word| std::cmp::Reverse(word.text.len()));
        words.dedup();
        Ok(Some(Self(words)))
    }

    /// Its words, the longest first.
    pub fn words(&self) -> &[Word] {
        &self.0
    }
}

impl Word {
    fn parse(typed: &str) -> Option<Self> {
        let text: String = searchable(typed).chars().map(|c| if c == '"' { ' ' } else { c }).collect();
        let mut parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        let last = parts.next_back()?;
        let is_beginning = last.chars().count() >= BEGINNING || last.chars().all(char::is_numeric);
        Some(Self { text, is_beginning })
    }
}

/// A text as it is searched: signs that are the same to a reader are the same, and a character that is a word by itself
/// stands alone. Case and accents are the index's own business.
pub fn searchable(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for c in text.nfkc() {
        if stands_alone(c) {
            words.extend([' ', c, ' ']);
        } else {
            words.push(if c.is_control() { ' ' } else { c });
        }
    }
    words
}

/// Whether a character's script is written without spaces between words.
fn stands_alone(c: char) -> bool {
    // The most of what is written, without a look into the table.
    if c < '\u{0e00}' {
        return false;
    }
    matches!(
        CodePointMapData::<Script>::new().get(c),
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Bopomofo
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &str) -> Vec<String> {
        let query = Query::parse(typed).unwrap().unwrap();
        let star = |word: &Word| format!("{}{}", word.text.trim(), if word.is_beginning { "*" } else { "" });
        query.words().iter().map(star).collect()
    }

    #[test]
    fn whatever_is_typed_is_words() {
        assert_eq!(words("is my Refund"), ["Refund*", "is", "my"]);
        assert_eq!(words("7 7 47"), ["47*", "7*"]);
        assert_eq!(words("\"a\" OR NOT* near(b) text:c"), ["near(b)", "text:c", "NOT**", "a", "OR"]);
        assert_eq!(words("()\"\"*-+^:{}"), [""; 0]);
        assert_eq!(Query::parse(" \n\u{3000}"), Ok(None));
        assert_eq!(words("東京 ｶﾞ ２３"), ["東  京", "ガ", "23*"]);
    }

    #[test]
    fn what_is_too_long_is_refused_with_the_limit() {
        assert!(Query::parse(&"é".repeat(QUERY_LIMIT)).is_ok());
        let refused = Query::parse(&"é".repeat(10_000)).unwrap_err();
        assert_eq!(refused, Error::bad("q: at most 100 characters, this has 10000."));
    }
}
