//! What can be seen of a text, and names without what can't be: two that look the same should not differ.
//!
//! The properties are Unicode's, as ICU4X has them; the rules for joiners follow UAX #31, section 2.3, and are wider: a
//! joiner that a writer of Persian or Hindi types stays, whether or not a font would draw it.

use icu_properties::props::{
    DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory, Ideographic,
    IndicSyllabicCategory, JoiningType, PrependedConcatenationMark, Script, VariationSelector, WhiteSpace,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Symbols by their category, which fonts draw as nothing: the empty Braille cell, the null notehead, the place of an
/// object that is not there.
const BLANKS: [char; 3] = ['\u{2800}', '\u{1d159}', '\u{fffc}'];

const ZWNJ: char = '\u{200c}';
const ZWJ: char = '\u{200d}';

/// Whether anything of the text can be seen.
pub fn can_be_seen(text: &str) -> bool {
    !text.chars().all(|c| CodePointSetData::new::<WhiteSpace>().contains(c) || c.is_control() || is_unseen(c))
}

/// A name without what can't be seen, but for what shapes its neighbours: joiners of emoji and of scripts that need
/// them, variation selectors, the tags of flags. Blanks and controls stay: they are another question.
pub fn strip(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let before = kept.chars().next_back();
        if !is_unseen(c) || before.is_some_and(|before| shapes(before, c, rest.peek().copied())) {
            kept.push(c);
        }
    }
    kept
}

/// Whether a character is drawn as nothing at all: not even as a blank.
fn is_unseen(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let is_format = category == GeneralCategory::Format
        && !CodePointSetData::new::<PrependedConcatenationMark>().contains(c);
    let is_separator =
        matches!(category, GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator);
    is_format
        || is_separator
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || BLANKS.contains(&c)
}

/// Whether `c`, which can't be seen itself, changes how what stands before it is drawn.
fn shapes(before: char, c: char, after: Option<char>) -> bool {
    match c {
        ZWJ if is_end_of_emoji(before) => {
            after.is_some_and(|after| CodePointSetData::new::<ExtendedPictographic>().contains(after))
        }
        ZWJ => joins(before),
        ZWNJ => joins(before) && after.is_some_and(joins),
        // The keys 0 to 9, # and * are digits and signs, unless what follows makes a key of them.
        '\u{fe0e}' | '\u{fe0f}' if before.is_ascii() => after == Some('\u{20e3}'),
        '\u{fe0e}' | '\u{fe0f}' => CodePointSetData::new::<Emoji>().contains(before),
        '\u{e0020}'..='\u{e007f}' => matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007e}'),
        '\u{180e}' => script(before) == Script::Mongolian,
        _ if CodePointSetData::new::<VariationSelector>().contains(c) => {
            CodePointSetData::new::<Ideographic>().contains(before)
                || matches!(script(before), Script::Mongolian | Script::Myanmar | Script::PhagsPa)
        }
        _ => false,
    }
}

/// Whether an emoji can go on with a joiner here.
fn is_end_of_emoji(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
        || CodePointSetData::new::<EmojiModifier>().contains(c)
        || c == '\u{fe0f}'
}

/// Whether a character is of a script whose letters join, and that draws them otherwise beside a joiner.
fn joins(c: char) -> bool {
    let is_joined = match CodePointMapData::<JoiningType>::new().get(c) {
        JoiningType::DualJoining | JoiningType::RightJoining | JoiningType::LeftJoining => true,
        // Marks, and what makes others join.
        JoiningType::Transparent | JoiningType::JoinCausing => script(c) != Script::Common,
        _ => false,
    };
    let is_indic = CodePointMapData::<IndicSyllabicCategory>::new().get(c) != IndicSyllabicCategory::Other;
    !is_unseen(c) && (is_joined || is_indic)
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_as_nothing_is_not_seen() {
        for unseen in [
            "",
            " ",
            "\u{a0}",
            "\u{3000}",
            "\n\t",
            "\u{200b}",
            "\u{2060}",
            "\u{feff}",
            "\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{200e}",
            "\u{200f}",
            "\u{202e}",
            "\u{2066}",
            "\u{2028}",
            "\u{2029}",
            "\u{115f}",
            "\u{1160}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{2800}",
            "\u{17b4}",
            "\u{180e}",
            "\u{fe0f}",
            "\u{fe00}",
            "\u{e0100}",
            "\u{e0041}\u{e007f}",
            "\u{1d159}",
            "\u{1d173}",
            "\u{200d}",
            "\u{200c}",
            "\u{206a}",
            "\u{fff9}",
            "\u{fffc}",
            "\u{13430}",
            "\u{2800} \u{3164}\u{200b}",
        ] {
            assert!(!can_be_seen(unseen), "{unseen:?}");
        }
        for seen in ["a", ".", "0", "\u{1f44f}", "\u{301}", "ـ", "\u{6dd}", "\u{200b}a", "ㅤa", "⠁", "\u{fffd}"]
        {
            assert!(can_be_seen(seen), "{seen:?}");
        }
    }

    #[test]
    fn a_name_loses_what_cannot_be_seen() {
        for (name, kept) in [
            ("Ana\u{200b}", "Ana"),
            ("A\u{ad}n\u{2060}a", "Ana"),
            ("\u{202e}Ana\u{2069}\u{200f}", "Ana"),
            ("Ana\u{2028}", "Ana"),
            ("Ana\u{3164}\u{2800}", "Ana"),
            ("A\u{200d}n\u{200c}a", "Ana"),
            ("Ana\u{fe0f}\u{e0100}", "Ana"),
            ("Ana 1\u{fe0f}", "Ana 1"),
            ("Ana\u{e0041}\u{e007f}", "Ana"),
            ("\u{200d}👏\u{200d}", "👏"),
            ("👏\u{200d}Ana", "👏Ana"),
            ("علی\u{200c}\u{200c}رضا", "علی\u{200c}رضا"),
            ("\u{200c}علی\u{200c}", "علی"),
            ("دנה\u{200f}", "دנה"),
        ] {
            assert_eq!(strip(name), kept, "{name:?}");
        }
    }

    #[test]
    fn a_name_keeps_what_shapes_its_letters_and_emoji() {
        for name in [
            "Ana Lima",
            "山田\u{3000}太郎",
            "علی\u{200c}رضا",
            "امیر\u{200c}علی",
            "می\u{200c}خواهم",
            "ه\u{200d}",
            "क\u{94d}\u{200d}ष",
            "क\u{94d}\u{200c}ष",
            "र\u{200d}\u{94d}य",
            "ന\u{d4d}\u{200d}",
            "ශ\u{dca}\u{200d}රී",
            "👩\u{200d}👩\u{200d}👧",
            "👩🏽\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "🏳\u{fe0f}\u{200d}🌈",
            "☎\u{fe0e}",
            "1\u{fe0f}\u{20e3}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "辻\u{e0100}さん",
            "ᠠ\u{180b}",
            "Zoe\u{308}",
            "👏🏽",
            "🇵🇹",
        ] {
            assert_eq!(strip(name), name);
        }
    }
}
