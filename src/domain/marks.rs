//! Names that would pass for a mark of this site: "Author" and "Moderator" stand beside names as marks, and
//! nobody may write one, or what looks like one, into a name.
//!
//! What looks alike is Unicode's (UTS #39, skeletons), and beyond that what people write for letters: digits, letters
//! in circles and squares.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::skeleton;

use super::{Error, Result};

/// Who speaks for a site: no word of a name may be one of these.
const STAFF: [&str; 4] = ["admin", "administrator", "moderator", "staff"];
/// A name like "Ada Author" is one; this may only not be all of it, nor stand apart, as in "Ada (Author)".
const AUTHOR: &str = "author";
/// Check marks, also as emoji and in ballot boxes, and the root that is drawn as one.
const CHECKS: [char; 10] = [
    '\u{2713}',
    '\u{2714}',
    '\u{2705}',
    '\u{2611}',
    '\u{1f5f8}',
    '\u{1f5f9}',
    '\u{1fbb1}',
    '\u{2bbd}',
    '\u{10102}',
    '\u{221a}',
];

/// Refuses a name that looks like a mark.
pub fn check_name(name: &str) -> Result<()> {
    // Some capitals look like a Latin letter where the small ones do not, and the other way round. A bar is an l to some,
    // and sets words apart to others.
    let ways = [name.to_owned(), name.to_lowercase(), name.to_lowercase().replace('|', "/")];
    if name.contains(CHECKS) || ways.iter().any(|way| is_mark(&fold(way))) {
        return Err(Error::bad(
            "name: a check mark, or a word like moderator, author or staff, would pass for a mark of this site.",
        ));
    }
    Ok(())
}

/// Whether a folded name has a word in it, or is one with gaps between its letters.
fn is_mark(name: &str) -> bool {
    let is = |word: &str, known: &str| {
        let known = fold(known);
        word == known || word.strip_suffix('s') == Some(&known)
    };
    let is_staff = |word: &str| STAFF.iter().any(|known| is(word, known));
    let squeezed: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    is_staff(&squeezed)
        || is(&squeezed, AUTHOR)
        || name.split(|c: char| !c.is_alphanumeric()).any(is_staff)
        || name.split(|c: char| !c.is_alphanumeric() && c != ' ').any(|part| is(part.trim(), AUTHOR))
}

/// What all that looks alike becomes.
fn fold(text: &str) -> String {
    let plain: String = text.nfkc().map(out_of_its_frame).collect();
    let small = skeleton(&plain).collect::<String>().to_lowercase();
    skeleton(&small)
        .filter(|c| CodePointMapData::<GeneralCategory>::new().get(*c) != GeneralCategory::NonspacingMark)
        .map(|c| match c {
            'i' | '1' | '|' | '!' => 'l',
            '0' => 'o',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            _ => c,
        })
        .collect()
}

/// White letters in black circles and squares, and those that flags are made of, which have no decomposition.
fn out_of_its_frame(c: char) -> char {
    let letter = |first: u32| char::from_u32(u32::from('a') + u32::from(c) - first).unwrap_or(c);
    match c {
        '\u{1f150}'..='\u{1f169}' => letter(0x1f150),
        '\u{1f170}'..='\u{1f189}' => letter(0x1f170),
        '\u{1f1e6}'..='\u{1f1ff}' => letter(0x1f1e6),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn a_name_that_looks_like_a_mark_is_refused() {
        for name in [
            "Moderator",
            "MODERATOR",
            "Ana (Moderator)",
            "Author",
            "Ana · Author",
            "Ana - author",
            "(Author) Ana",
            "Ana | Аuthоr",
            "[admin] Ana",
            "Site_Staff",
            "Moderators",
            "m o d e r a t o r",
            "A.d.m.i.n",
            "Mоdеrаtоr",
            "МОDЕRАТОR",
            "ΜΟDΕRΑΤΟR",
            "Αdmin",
            "ADMlN",
            "Adm1n",
            "M0d3rat0r",
            "@dmin",
            "Móderätor",
            "Ｍｏｄｅｒａｔｏｒ",
            "𝓜𝓸𝓭𝓮𝓻𝓪𝓽𝓸𝓻",
            "Ⓐⓓⓜⓘⓝ",
            "🅰🅳🅼🅸🅽",
            "🅐🅤🅣🅗🅞🅡",
            "Ana ✓",
            "✔\u{fe0f}Ana",
            "Ana ✅",
            "☑ Ana",
            "Ana 🗸",
            "Ana √",
        ] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_of_people_are_none() {
        for name in [
            "Ana Lima",
            "Ada Author",
            "Author Jones",
            "Coauthor",
            "Badminton Club",
            "Stafford",
            "Authority",
            "Admir",
            "Adminka",
            "Modest",
            "Thor",
            "Модест",
            "מנחם",
            "علی\u{200c}رضا",
            "山田太郎",
            "Ana 👏",
            "🇵🇹 Ana",
            "Staf",
            "Amin",
            "ana_17",
            "Lá",
            "!",
            "1",
        ] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
    }
}
