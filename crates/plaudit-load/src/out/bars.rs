//! Bars in panels side by side: the same few systems, compared in one measure a panel.

use super::numbers::{Unit, show};
use super::svg::{Anchor, Svg};

/// One system in one measure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    pub(crate) name: String,
    /// None where it could not be measured.
    pub(crate) value: Option<f64>,
}

/// One measure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Panel {
    pub(crate) title: String,
    /// What is better: "more is better", "less is better".
    pub(crate) hint: String,
    pub(crate) unit: Unit,
    pub(crate) bars: Vec<Bar>,
}

const PANEL: f64 = 360.0;
const HEAD: f64 = 52.0;
const ROW: f64 = 34.0;
const MARGIN: f64 = 20.0;

/// Draws panels, two in a row.
pub(crate) fn panels(title: &str, panels: &[Panel]) -> String {
    let rows: Vec<&[Panel]> = panels.chunks(2).collect();
    let height_of = |row: &[Panel]| {
        let bars = row.iter().map(|panel| panel.bars.len()).max().unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "few bars")]
        let height = HEAD + bars as f64 * ROW + MARGIN;
        height
    };
    let height: f64 = 44.0 + rows.iter().map(|row| height_of(row)).sum::<f64>();
    let mut svg = Svg::new(2.0 * PANEL, height, title);
    svg.text(MARGIN, 30.0, Anchor::Start, "t h", title);
    let mut top = 44.0;
    for row in rows {
        let mut left = MARGIN;
        for panel in row {
            draw(&mut svg, panel, left, top);
            left += PANEL;
        }
        top += height_of(row);
    }
    svg.finish()
}

fn draw(svg: &mut Svg, panel: &Panel, left: f64, top: f64) {
    let width = PANEL - 2.0 * MARGIN;
    svg.text(left, top + 24.0, Anchor::Start, "t v", &panel.title);
    svg.text(left, top + 42.0, Anchor::Start, "s", &panel.hint);
    let most = panel.bars.iter().filter_map(|bar| bar.value).fold(0.0, f64::max);
    let mut y = top + HEAD;
    for (at, bar) in panel.bars.iter().enumerate() {
        svg.text(left, y + 13.0, Anchor::Start, "s", &bar.name);
        let shown = bar.value.map_or_else(|| "not measured".into(), |value| show(value, panel.unit));
        svg.text(left + width, y + 13.0, Anchor::End, "t v", &shown);
        if let Some(value) = bar.value.filter(|value| *value > 0.0) {
            // What is there can be seen, however small.
            svg.bar(left, y + 18.0, (width * value / most).max(2.0), 8.0, at);
        }
        y += ROW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_drawn_as_before() {
        let bar = |name: &str, value: Option<f64>| Bar { name: name.into(), value };
        let panel = |title: &str, unit: Unit, bars: [Option<f64>; 3]| Panel {
            title: title.into(),
            hint: "more is better".into(),
            unit,
            bars: ["Plaudit", "tutorial", "Socket.IO"]
                .iter()
                .zip(bars)
                .map(|(name, value)| bar(name, value))
                .collect(),
        };
        let drawn = panels(
            "The same load",
            &[
                panel("likes", Unit::PerSecond, [Some(30_000.0), Some(1939.0), Some(1.0)]),
                panel("left", Unit::Count, [Some(0.0), None, Some(0.0)]),
                panel("last", Unit::Millis, [None, None, None]),
            ],
        );
        super::super::svg::same_picture(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/bars.svg"),
            &drawn,
        );
    }
}
