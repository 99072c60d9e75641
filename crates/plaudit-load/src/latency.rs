//! Latencies: every one is counted, in a histogram with three digits.

use hdrhistogram::Histogram;

use crate::net::Nanos;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Latencies(Histogram<u64>);

/// Beyond a minute nothing is told apart.
const LONGEST: Nanos = 60_000_000_000;

impl Default for Latencies {
    fn default() -> Self {
        // The bounds are constants that the histogram allows.
        Self(Histogram::new_with_bounds(100, LONGEST, 3).expect("valid bounds"))
    }
}

impl Latencies {
    /// One.
    #[inline]
    pub(crate) fn record(&mut self, nanos: Nanos) {
        self.record_n(nanos, 1);
    }

    /// One that stands for so many.
    #[inline]
    pub(crate) fn record_n(&mut self, nanos: Nanos, count: u64) {
        self.0.saturating_record_n(nanos.min(LONGEST), count);
    }

    /// In milliseconds: so many per cent took no longer. None where nothing was recorded.
    pub(crate) fn ms(&self, percent: f64) -> Option<f64> {
        (!self.0.is_empty()).then(|| to_ms(self.0.value_at_percentile(percent)))
    }

    /// The longest, in milliseconds.
    pub(crate) fn max_ms(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| to_ms(self.0.max()))
    }

    /// Points of the curve: per cent, and milliseconds.
    pub(crate) fn curve(&self) -> Vec<(f64, f64)> {
        const AT: [f64; 14] =
            [0.0, 10.0, 25.0, 50.0, 60.0, 75.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.9, 99.99, 100.0];
        if self.0.is_empty() {
            return Vec::new();
        }
        AT.iter().map(|at| (*at, to_ms(self.0.value_at_percentile(*at)))).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most a minute")]
fn to_ms(nanos: Nanos) -> f64 {
    nanos as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_count_what_stands_for_many() {
        let mut latencies = Latencies::default();
        latencies.record_n(1_000_000, 98);
        latencies.record(50_000_000);
        latencies.record(u64::MAX);
        assert_eq!(latencies.0.len(), 100);
        let near =
            |value: Option<f64>, wanted: f64| assert!((value.unwrap() - wanted).abs() < wanted / 100.0);
        near(latencies.ms(50.0), 1.0);
        near(latencies.ms(99.0), 50.0);
        near(latencies.max_ms(), 60_000.0);
    }

    #[test]
    fn nothing_has_no_percentiles() {
        assert_eq!((Latencies::default().ms(50.0), Latencies::default().curve().len()), (None, 0));
    }
}
