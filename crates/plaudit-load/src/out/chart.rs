//! Line charts: one or more series over one axis, drawn small enough to be read in a document.

use super::numbers::number;
use super::svg::{Anchor, Svg};

/// A line with its name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Evenly, from zero.
    Linear,
    /// By powers of ten.
    Log,
    /// Per cents, with more room the nearer they are to all: 50, 90, 99, 99.9.
    Percent,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// What the x axis says, and how.
    pub(crate) x: (String, Scale),
    /// What the y axis says, and how.
    pub(crate) y: (String, Scale),
    pub(crate) series: Vec<Series>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 78.0;
const BOTTOM: f64 = 48.0;

impl Chart {
    /// The picture.
    pub(crate) fn svg(&self) -> String {
        let mut svg = Svg::new(WIDTH, HEIGHT, &self.title);
        svg.text(20.0, 30.0, Anchor::Start, "t h", &self.title);
        let points = || self.series.iter().flat_map(|series| &series.points);
        let x = Axis::over(self.x.1, points().map(|point| point.0), (LEFT, WIDTH - RIGHT));
        let y = Axis::over(self.y.1, points().map(|point| point.1), (HEIGHT - BOTTOM, TOP));
        for (value, label) in y.marks() {
            svg.line((LEFT, y.place(value)), (WIDTH - RIGHT, y.place(value)), "g");
            svg.text(LEFT - 8.0, y.place(value) + 4.0, Anchor::End, "s", &label);
        }
        for (value, label) in x.marks() {
            svg.line((x.place(value), HEIGHT - BOTTOM), (x.place(value), HEIGHT - BOTTOM + 5.0), "a");
            svg.text(x.place(value), HEIGHT - BOTTOM + 20.0, Anchor::Middle, "s", &label);
        }
        svg.line((LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM), "a");
        svg.text(WIDTH - RIGHT, HEIGHT - 8.0, Anchor::End, "s", &self.x.0);
        svg.text(20.0, 54.0, Anchor::Start, "s", &self.y.0);
        let mut legend = WIDTH - RIGHT;
        for (at, series) in self.series.iter().enumerate().rev() {
            #[expect(clippy::cast_precision_loss, reason = "a name has few letters")]
            let width = series.name.chars().count() as f64 * 7.0;
            if self.series.len() > 1 {
                svg.text(legend, 54.0, Anchor::End, "t", &series.name);
                svg.dot(legend - width - 9.0, 49.5, at);
                legend -= width + 30.0;
            }
            let mut places: Vec<(f64, f64)> =
                series.points.iter().map(|(a, b)| (x.place(*a), y.place(*b))).collect();
            places.sort_by(|a, b| a.0.total_cmp(&b.0));
            svg.curve(&places, at);
            for (x, y) in places.iter().filter(|_| places.len() <= 16) {
                svg.dot(*x, *y, at);
            }
        }
        svg.finish()
    }
}

/// Values to places.
struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    places: (f64, f64),
}

impl Axis {
    fn over(scale: Scale, values: impl Iterator<Item = f64>, places: (f64, f64)) -> Self {
        let values = values.filter(|value| value.is_finite());
        let (least, most) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = match scale {
            Scale::Linear if most > 0.0 => (0.0, step(most) * (most / step(most)).ceil()),
            Scale::Log if most > 0.0 => {
                let low = 10_f64.powf(least.max(most / 1e6).log10().floor());
                (low, 10_f64.powf(most.log10().ceil()).max(low * 10.0))
            }
            Scale::Percent => (0.0, 99.99),
            Scale::Log => (1.0, 10.0),
            Scale::Linear => (0.0, 1.0),
        };
        Self { scale, low, high, places }
    }

    fn place(&self, value: f64) -> f64 {
        let stretch = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Log => value.max(self.low).log10(),
            Scale::Percent => -(100.0 - value.min(99.99)).log10(),
        };
        let share = (stretch(value) - stretch(self.low)) / (stretch(self.high) - stretch(self.low));
        self.places.0 + share.clamp(0.0, 1.0) * (self.places.1 - self.places.0)
    }

    fn marks(&self) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Linear => {
                let step = step(self.high);
                let values = (0_u32..).map(|at| f64::from(at) * step);
                values
                    .take_while(|value| *value <= self.high * 1.0001)
                    .map(|value| (value, number(value)))
                    .collect()
            }
            Scale::Log => {
                let values = std::iter::successors(Some(self.low), |value| Some(value * 10.0));
                values
                    .take_while(|value| *value <= self.high * 1.0001)
                    .map(|value| (value, number(value)))
                    .collect()
            }
            Scale::Percent => [0.0, 50.0, 90.0, 99.0, 99.9, 99.99]
                .iter()
                .map(|value| (*value, if *value > 99.95 { "all".into() } else { format!("{value} %") }))
                .collect(),
        }
    }
}

/// A round distance of which four to eight make up a length.
fn step(length: f64) -> f64 {
    let power = 10_f64.powf(length.log10().floor());
    match length / power {
        ..=1.6 => power / 5.0,
        ..=4.0 => power / 2.0,
        _ => power,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        Chart {
            title: "Like to screen".into(),
            x: ("likes a second".into(), Scale::Log),
            y: ("ms".into(), Scale::Linear),
            series: vec![
                Series { name: "p50".into(), points: vec![(1000.0, 12.0), (100.0, 10.0)] },
                Series { name: "p99".into(), points: vec![(100.0, 20.0), (1000.0, 83.0)] },
            ],
        }
    }

    /// The picture as it was looked at once: what changes it, changes this file too.
    #[test]
    fn a_chart_is_drawn_as_before() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/chart.svg");
        super::super::svg::same_picture(path, &chart().svg());
    }

    #[test]
    fn axes_put_values_where_they_belong() {
        let linear = Axis::over(Scale::Linear, [3.0, 83.0].into_iter(), (0.0, 100.0));
        assert_eq!((linear.high, linear.place(0.0), linear.place(linear.high)), (90.0, 0.0, 100.0));
        let log = Axis::over(Scale::Log, [10.0, 1000.0].into_iter(), (0.0, 100.0));
        assert_eq!((log.place(10.0), log.place(100.0), log.place(1000.0)), (0.0, 50.0, 100.0));
        let percent = Axis::over(Scale::Percent, [0.0].into_iter(), (0.0, 100.0));
        assert!((percent.place(99.0) - 50.0).abs() < 0.1 && percent.place(100.0) > 99.9);
    }

    #[test]
    fn nothing_and_nonsense_are_drawn_too() {
        let mut chart = chart();
        chart.series[0].points = vec![(f64::NAN, 1.0), (0.0, 0.0), (1.0, f64::INFINITY)];
        assert!(!chart.svg().contains("NaN"), "{}", chart.svg());
        chart.series.clear();
        assert!(chart.svg().ends_with("</svg>\n"));
    }
}
