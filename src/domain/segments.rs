//! How many text messages a text is: the network carries 140 bytes at once and charges for each.
//!
//! Source: 3GPP TS 23.038, the default alphabet of 7 bits and its extension. `browser/page/segments.js` counts the same
//! for those who write.

/// How a text is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The default alphabet: 160 septets at once, 153 in each of several.
    Gsm7,
    /// UTF-16: 70 units at once, 67 in each of several.
    Ucs2,
}

/// What a text costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// How it is carried.
    pub encoding: Encoding,
    /// In how many messages; 0 for an empty text.
    pub count: usize,
}

/// A character of each costs one septet.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// A character of these costs two.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Counts a text. What costs two units is never divided between two messages.
pub fn segments(text: &str) -> Segments {
    let septets = |c: char| {
        if BASIC.contains(c) { Some(1) } else { EXTENDED.contains(c).then_some(2) }
    };
    if text.chars().all(|c| septets(c).is_some()) {
        let costs = || text.chars().filter_map(septets);
        Segments { encoding: Encoding::Gsm7, count: divided(costs, 160, 153) }
    } else {
        let costs = || text.chars().map(char::len_utf16);
        Segments { encoding: Encoding::Ucs2, count: divided(costs, 70, 67) }
    }
}

fn divided<I: Iterator<Item = usize>>(costs: impl Fn() -> I, alone: usize, each: usize) -> usize {
    let whole: usize = costs().sum();
    if whole <= alone {
        return usize::from(whole > 0);
    }
    let (mut count, mut used) = (1, 0);
    for cost in costs() {
        if used + cost > each {
            count += 1;
            used = 0;
        }
        used += cost;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_many_messages_as_the_network_makes_of_it() {
        let cases: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../browser/test/segments.json")).unwrap();
        assert!(cases.len() > 20);
        for case in cases {
            let parts: Vec<(String, usize)> = serde_json::from_value(case["text"].clone()).unwrap();
            let text: String = parts.iter().map(|(part, times)| part.repeat(*times)).collect();
            let encoding = if case["encoding"] == "gsm7" { Encoding::Gsm7 } else { Encoding::Ucs2 };
            assert_eq!(segments(&text).encoding, encoding, "{case}");
            assert_eq!(segments(&text).count, case["count"], "{case}");
        }
    }

    #[test]
    fn the_alphabet_has_as_many_characters_as_the_standard() {
        assert_eq!(BASIC.chars().count(), 127, "128 with the escape");
        assert_eq!(EXTENDED.chars().count(), 10);
    }
}
