//! Counts, names and beginnings in the words of a page.

use icu_properties::CodePointMapData;
use icu_properties::props::BidiClass;

/// A number as `Intl.NumberFormat("en", {notation: "compact"})` writes it: two digits, or all of the whole ones.
pub(super) fn compact(number: u64) -> String {
    let units = [(1_000_u64, "K"), (1_000_000, "M"), (1_000_000_000, "B"), (1_000_000_000_000, "T")];
    if number < 1000 {
        return number.to_string();
    }
    for (unit, letter) in units {
        // Tenths are shown below ten; rounding is half up, and what rounds to 1000 takes the next unit.
        let tenths = (number + unit / 20) / (unit / 10);
        if tenths < 100 {
            let (whole, tenth) = (tenths / 10, tenths % 10);
            return if tenth == 0 { format!("{whole}{letter}") } else { format!("{whole}.{tenth}{letter}") };
        }
        let whole = (number + unit / 2) / unit;
        if whole < 1000 {
            return format!("{whole}{letter}");
        }
    }
    format!("{}T", number / 1_000_000_000_000)
}

/// The beginning of a text in one line, at most this many characters, cut between words where that is possible.
pub(super) fn beginning(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most - 1).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{cut}…")
}

/// Whether a text takes much room, some 16 lines of a wide page or more: where it is one of many, a part of it is shown
/// until somebody asks for the rest. As in `browser/page/markup.js`.
pub(super) fn is_long(text: &str) -> bool {
    text.chars().count() + 60 * text.split('\n').count() > 960
}

/// A name or a text as it stands in a sentence of plain text, a title for example: what is written from right to left does
/// not turn around what is near. `<bdi>` does the same in a page.
pub(super) fn isolate(text: &str) -> String {
    let turns = |c| {
        matches!(
            CodePointMapData::<BidiClass>::new().get(c),
            BidiClass::RightToLeft | BidiClass::ArabicLetter | BidiClass::ArabicNumber
        )
    };
    if text.chars().any(turns) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}

/// A count of comments as a card's link says it.
pub(super) fn talk(comments: u64) -> String {
    match comments {
        0 => "No comments".to_owned(),
        1 => "1 comment".to_owned(),
        _ => format!("{} comments", compact(comments)),
    }
}

/// A count of likes in full.
pub(super) fn exact(likes: u64) -> String {
    let digits = likes.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 6);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.push_str(if likes == 1 { " like" } else { " likes" });
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compact_as_the_browser_writes_them() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1K"),
            (1049, "1K"),
            (1050, "1.1K"),
            (1234, "1.2K"),
            (9949, "9.9K"),
            (9950, "10K"),
            (10_500, "11K"),
            (999_499, "999K"),
            (999_500, "1M"),
            (1_250_000, "1.3M"),
            (12_345_678_901, "12B"),
        ];
        for (number, text) in cases {
            assert_eq!(compact(number), text, "{number}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(beginning("One\n two", 10), "One two");
        assert_eq!(beginning("One two three", 10), "One two…");
        assert_eq!(beginning("Unbreakable", 5), "Unbr…");
        assert_eq!(beginning("👏👏👏", 3), "👏👏👏");
    }

    #[test]
    fn a_text_is_long_by_its_lines_and_by_its_characters() {
        assert!(!is_long(&"word ".repeat(180)) && is_long(&"word ".repeat(181)));
        assert!(!is_long(&"a\n".repeat(14)) && is_long(&"a\n".repeat(16)));
    }

    #[test]
    fn what_is_written_from_right_to_left_is_isolated() {
        assert_eq!(isolate("Ana (2)!"), "Ana (2)!");
        assert_eq!(isolate("(2) דנה!"), "\u{2068}(2) דנה!\u{2069}");
        assert_eq!(isolate("٣"), "\u{2068}٣\u{2069}");
    }

    #[test]
    fn comments_are_counted_in_words() {
        assert_eq!([0, 1, 2, 1234].map(talk), ["No comments", "1 comment", "2 comments", "1.2K comments"]);
    }

    #[test]
    fn likes_in_full_are_grouped_and_know_their_plural() {
        assert_eq!(exact(0), "0 likes");
        assert_eq!(exact(1), "1 like");
        assert_eq!(exact(1234), "1,234 likes");
        assert_eq!(exact(1_234_567), "1,234,567 likes");
    }
}
