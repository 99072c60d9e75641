//! Numbers as people read them: three digits that count, thousands apart, the unit behind.

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Unit {
    /// A plain number.
    Count,
    /// So many a second.
    PerSecond,
    /// Microseconds.
    Micros,
    /// Milliseconds.
    Millis,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// KiB.
    Kibibytes,
    /// MiB.
    Mebibytes,
    /// Cores kept busy.
    Cores,
    /// So many times as much.
    Times,
}

impl Unit {
    /// How it is written behind a number.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Count => "",
            Self::PerSecond => "/s",
            Self::Micros => " µs",
            Self::Millis => " ms",
            Self::Seconds => " s",
            Self::Bytes => " B",
            Self::Kibibytes => " KiB",
            Self::Mebibytes => " MiB",
            Self::Cores => " cores",
            Self::Times => " ×",
        }
    }
}

/// A value with its unit.
pub(crate) fn show(value: f64, unit: Unit) -> String {
    format!("{}{}", number(value), unit.sign())
}

/// A count.
#[expect(clippy::cast_precision_loss, reason = "a count of things that were there")]
pub(crate) fn count(value: usize) -> String {
    number(value as f64)
}

/// Three digits that count; whole from a hundred on.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "–".into();
    }
    if size >= 99.95 || value.fract() == 0.0 {
        return grouped(value);
    }
    if size >= 9.995 {
        return format!("{value:.1}");
    }
    format!("{value:.2}")
}

fn grouped(value: f64) -> String {
    let plain = format!("{value:.0}");
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
    let mut text = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_count() {
        for (value, wanted) in [
            (0.0, "0"),
            (0.034, "0.03"),
            (5.3, "5.30"),
            (9.996, "10.0"),
            (12.34, "12.3"),
            (99.96, "100"),
            (1234.5, "1,234"),
            (1_234_567.0, "1,234,567"),
            (-1000.0, "-1,000"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(number(value), wanted);
        }
        assert_eq!(show(5.3, Unit::Micros), "5.30 µs");
    }
}
