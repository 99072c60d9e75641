//! Scalable pictures as text: what charts and bars are drawn with. They follow the reader's light or dark mode and
//! need no font of their own.

use std::fmt::Write as _;

/// A picture that is being drawn.
pub(crate) struct Svg {
    body: String,
    width: f64,
    height: f64,
    title: String,
}

/// Where a text stands relative to its point.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How many colours there are to tell series apart.
pub(crate) const COLOURS: usize = 5;

/// Colours and type: those of the site; the classes `c0` to `c4` tell series apart in both modes.
const STYLE: &str = "\
.p{fill:#fffdf9}.t{fill:#2a141c}.s{fill:#6f5560}.g{stroke:#e9d9c2}.a{stroke:#6f5560}\
.c0{--c:#c8321f}.c1{--c:#2d6a9f}.c2{--c:#b07a10}.c3{--c:#5b7f3a}.c4{--c:#7c4d9e}\
.l{stroke:var(--c);fill:none;stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}.f{fill:var(--c)}\
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif}\
.h{font-size:17px;font-weight:650}.v{font-weight:600}\
@media(prefers-color-scheme:dark){.p{fill:#261822}.t{fill:#faeddf}.s{fill:#c2a7b0}.g{stroke:#412c3a}.a{stroke:#c2a7b0}\
.c0{--c:#ff7a5c}.c1{--c:#76b5e8}.c2{--c:#f2b441}.c3{--c:#a5cf7d}.c4{--c:#c79be8}}";

impl Svg {
    /// An empty one.
    pub(crate) fn new(width: f64, height: f64, title: &str) -> Self {
        Self { body: String::new(), width, height, title: title.to_owned() }
    }

    /// A text.
    pub(crate) fn text(&mut self, x: f64, y: f64, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y) = (Place(x), Place(y));
        let _ = writeln!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" class=\"{class}\"{anchor}>{}</text>",
            escaped(text)
        );
    }

    /// A straight line.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let (x1, y1, x2, y2) = (Place(from.0), Place(from.1), Place(to.0), Place(to.1));
        let _ = writeln!(self.body, "<path d=\"M{x1} {y1}L{x2} {y2}\" class=\"{class}\"/>");
    }

    /// A line through points, in the colour of a series.
    pub(crate) fn curve(&mut self, points: &[(f64, f64)], series: usize) {
        let mut path = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _ = write!(path, "{}{} {}", if at == 0 { 'M' } else { 'L' }, Place(*x), Place(*y));
        }
        let _ = writeln!(self.body, "<path d=\"{path}\" class=\"l c{}\"/>", series % COLOURS);
    }

    /// A dot, in the colour of a series.
    pub(crate) fn dot(&mut self, x: f64, y: f64, series: usize) {
        let (x, y) = (Place(x), Place(y));
        let _ = writeln!(
            self.body,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"3.5\" class=\"f c{}\"/>",
            series % COLOURS
        );
    }

    /// A bar, in the colour of a series.
    pub(crate) fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, series: usize) {
        let (x, y, width, height) = (Place(x), Place(y), Place(width), Place(height));
        let _ = writeln!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"3\" class=\"f c{}\"/>",
            series % COLOURS
        );
    }

    /// The whole text.
    pub(crate) fn finish(self) -> String {
        let (width, height, title) = (Place(self.width), Place(self.height), escaped(&self.title));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
             <rect width=\"100%\" height=\"100%\" rx=\"10\" class=\"p\"/>\n{}</svg>\n",
            self.body
        )
    }
}

/// A coordinate: one digit behind the point is less than a pixel.
struct Place(f64);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{:.1}", self.0);
        f.write_str(text.strip_suffix(".0").unwrap_or(&text))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Wants a picture to be the one in a file; `PLAUDIT_DRAW=1` writes the file anew, to be looked at.
#[cfg(test)]
pub(crate) fn same_picture(path: &str, drawn: &str) {
    if std::env::var_os("PLAUDIT_DRAW").is_some() {
        std::fs::write(path, drawn).unwrap();
    }
    let before = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(drawn, before, "{path}: look at the picture, then write it with PLAUDIT_DRAW=1");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_text_with_everything_escaped() {
        let mut svg = Svg::new(100.0, 50.5, "a < b");
        svg.text(1.0, 2.25, Anchor::End, "t", "\"x\" & y");
        svg.curve(&[(0.0, 1.0), (2.0, 3.0)], 6);
        let text = svg.finish();
        assert!(
            text.contains("aria-label=\"a &lt; b\"") && text.contains("viewBox=\"0 0 100 50.5\""),
            "{text}"
        );
        assert!(text.contains("text-anchor=\"end\">&quot;x&quot; &amp; y</text>"), "{text}");
        assert!(text.contains("<path d=\"M0 1L2 3\" class=\"l c1\"/>"), "{text}");
    }
}
