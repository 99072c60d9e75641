//! Telephone numbers, and senders that are none.
//!
//! A number is stored as E.164 writes it. The countries' codes, trunk prefixes and lengths are those of libphonenumber
//! (Apache-2.0, metadata of libphonenumber-js 1.13.16): a line has the country, its code, the prefix before a number in
//! its national form (`-`: none), and how many digits a number can have behind the code.

use std::fmt;

use super::{Error, Result};

const COUNTRIES: &str = include_str!("countries.txt");

/// A telephone number: `+` and 2 to 15 digits, the first not 0. It says nothing of itself to a log.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(String);

impl Phone {
    /// Reads a number as E.164 writes it, and nothing else: what a provider sends.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let is_number = (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        is_number.then(|| Self(text.to_owned()))
    }

    /// Reads a number as people write it: with blanks and signs between the digits, `00` for `+`; without either it is
    /// a number of `country`, in its national form.
    pub fn read(text: &str, country: Option<Country>) -> Result<Self> {
        let compact: String = text.chars().filter(|c| !is_between(*c)).collect();
        let (is_whole, digits) = match (compact.strip_prefix('+'), compact.strip_prefix("00")) {
            (Some(digits), _) | (None, Some(digits)) => (true, digits),
            (None, None) => (false, compact.as_str()),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::bad(WRONG));
        }
        if is_whole {
            if text.contains("(0)") {
                return Err(Error::bad(
                    "phone: leave out the (0): it is not dialled behind a country's code.",
                ));
            }
            return Self::parse(&format!("+{digits}")).ok_or_else(|| Error::bad(WRONG));
        }
        let Some(country) = country else { return Err(Error::bad(WRONG)) };
        let own = country.without_prefix(digits).ok_or_else(|| {
            Error::bad(format!(
                "phone: this is no number in {}; begin with + and the country's code for one of another.",
                country.name
            ))
        })?;
        Self::parse(&format!("+{}{own}", country.code)).ok_or_else(|| Error::bad(WRONG))
    }

    /// As E.164 writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const WRONG: &str =
    "phone: a number with its country's code, such as +15550100: + and 2 to 15 digits, the first not 0.";

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(hidden)")
    }
}

/// What stands between digits, or comes along where a number is copied.
fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A country, for numbers in national form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    name: &'static str,
    code: &'static str,
    prefix: &'static str,
    lengths: &'static str,
}

impl Country {
    /// Finds a country by its two capital letters (ISO 3166-1).
    pub fn find(name: &str) -> Option<Self> {
        COUNTRIES.lines().find_map(|line| {
            let mut words = line.split(' ');
            if words.next() != Some(name) {
                return None;
            }
            let (code, prefix, lengths) = (words.next()?, words.next()?, words.next()?);
            Some(Self { name: &line[..2], code, prefix: prefix.trim_matches('-'), lengths })
        })
    }

    /// The digits behind the country's code; none if there can't be so many.
    fn without_prefix(self, digits: &str) -> Option<&str> {
        let fits = |digits: &&str| {
            self.lengths
                .split(',')
                .any(|length| length.parse().is_ok_and(|length: usize| length == digits.len()))
        };
        let without = digits.strip_prefix(self.prefix).filter(|_| !self.prefix.is_empty());
        without.filter(fits).or(Some(digits).filter(fits))
    }
}

/// Who sent a text message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A number that can be answered.
    Phone(Phone),
    /// A short code or a name, which can't: never empty, at most 40 characters that can be seen.
    Name(String),
}

impl Sender {
    /// Reads whatever a provider names as the sender.
    pub fn read(text: &str) -> Self {
        if let Some(phone) = Phone::parse(text.trim()) {
            return Self::Phone(phone);
        }
        let seen: String = super::visible::strip(text).chars().filter(|c| !c.is_control()).take(40).collect();
        let seen = seen.trim();
        Self::Name(if seen.is_empty() { "unknown".to_owned() } else { seen.to_owned() })
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_str(),
            Self::Name(name) => name,
        }
    }

    /// The number to answer, if there is one.
    pub const fn phone(&self) -> Option<&Phone> {
        match self {
            Self::Phone(phone) => Some(phone),
            Self::Name(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, country: &str) -> Option<String> {
        Phone::read(text, Country::find(country)).ok().map(|phone| phone.to_string())
    }

    #[test]
    fn a_number_is_what_e164_allows() {
        for good in ["+12", "+15550100", "+441134960000", "+123456789012345"] {
            assert_eq!(Phone::parse(good).unwrap().as_str(), good);
        }
        for bad in
            ["", "+", "+1", "+0123", "15550100", "+1234567890123456", "+1 555", "+1a", "+１２３", "++12"]
        {
            assert_eq!(Phone::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for text in [
            "+1 (415) 867-5309",
            "001 415.867.5309",
            " +1-415-867-5309 ",
            "+1\u{a0}415\u{a0}8675309",
            "\u{202a}+1 415 867 5309\u{202c}",
            "+1 415/867–5309",
        ] {
            assert_eq!(read(text, "DE").as_deref(), Some("+14158675309"), "{text:?}");
            assert_eq!(read(text, "").as_deref(), Some("+14158675309"), "{text:?}");
        }
        for bad in ["", " ", "+", "00", "call me", "+1 415 CALL", "+49 (0)171 1234567", "+０１", "12+34", "+"]
        {
            assert_eq!(read(bad, "US"), None, "{bad:?}");
        }
    }

    #[test]
    fn a_number_without_a_code_is_one_of_the_inbox_s_country() {
        for (country, text, number) in [
            ("US", "(415) 867-5309", "+14158675309"),
            ("US", "1 415 867 5309", "+14158675309"),
            ("GB", "0113 496 0000", "+441134960000"),
            ("DE", "0171 1234567", "+491711234567"),
            ("FR", "06 12 34 56 78", "+33612345678"),
            ("IT", "06 1234 5678", "+390612345678"),
            ("ES", "612 345 678", "+34612345678"),
            ("HU", "06 20 123 4567", "+36201234567"),
            ("RU", "8 912 345-67-89", "+79123456789"),
        ] {
            assert_eq!(read(text, country).as_deref(), Some(number), "{country} {text}");
            assert_eq!(read(text, ""), None, "a national form needs a country");
        }
        assert_eq!(read("867-5309", "US"), None, "too short");
        assert_eq!(read("22 415 867 5309", "US"), None, "too long");
        let refused = Phone::read("867-5309", Country::find("US")).unwrap_err().to_string();
        assert!(refused.contains("US") && !refused.contains("867"), "{refused}");
    }

    #[test]
    fn every_country_of_the_list_is_whole() {
        assert!(COUNTRIES.lines().count() > 200);
        for line in COUNTRIES.lines() {
            let country = Country::find(&line[..2]).unwrap_or_else(|| panic!("{line}"));
            assert!(country.code.parse::<u16>().is_ok(), "{line}");
            assert!(country.prefix.is_empty() || country.prefix.parse::<u16>().is_ok(), "{line}");
            assert!(country.lengths.split(',').all(|length| length.parse::<u8>().is_ok()), "{line}");
        }
        for bad in ["", "us", "USA", "XX", "U"] {
            assert_eq!(Country::find(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_a_name_and_cannot_be_answered() {
        assert!(Sender::read("+15550100").phone().is_some());
        for (text, shown) in [
            ("72726", "72726"),
            ("Amazon", "Amazon"),
            ("whatsapp:+15550100", "whatsapp:+15550100"),
            (" A\u{7}B\u{200b} ", "AB"),
            ("", "unknown"),
            ("\u{200b}", "unknown"),
        ] {
            let sender = Sender::read(text);
            assert_eq!((sender.as_str(), sender.phone()), (shown, None), "{text:?}");
        }
        assert_eq!(Sender::read(&"x".repeat(500)).as_str().len(), 40);
    }

    #[test]
    fn a_number_says_nothing_to_a_log() {
        let phone = Phone::parse("+15550100").unwrap();
        assert_eq!(
            format!("{phone:?} {:?}", Sender::Phone(phone.clone())),
            "Phone(hidden) Phone(Phone(hidden))"
        );
    }
}
