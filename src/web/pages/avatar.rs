//! Avatars: drawn from the handle alone, so nobody's picture is fetched from anywhere, and none has to be kept.
//!
//! The same handle is the same picture for ever, whether or not anybody has it: an avatar tells nothing of who is
//! here, and a browser asks once. The page rounds its corners; the picture itself is a full square.

use std::fmt::Write as _;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::user::check_handle;

/// A year; the handle is the whole of what a picture is made of.
const CACHE: &str = "public, max-age=31536000, immutable";

/// The handle of those who have none. It is reserved, so no member looks like a guest.
pub(super) const GUEST: &str = "guest";

/// Colours that go together: the ground, two tones for the pattern on it, and the letter, which is read on all three.
struct Palette {
    ground: &'static str,
    tones: [&'static str; 2],
    letter: &'static str,
}

const fn palette(ground: &'static str, tones: [&'static str; 2], letter: &'static str) -> Palette {
    Palette { ground, tones, letter }
}

/// Half of them light and half deep, so that two neighbours rarely look alike; all of them stand on light and on dark
/// paper.
const PALETTES: [Palette; 14] = [
    palette("#ffc7b0", ["#ffab92", "#ffe1d4"], "#6d1a0c"),
    palette("#fbd887", ["#f3c159", "#fdebbd"], "#553500"),
    palette("#cde2a2", ["#b3d07d", "#e4f1ca"], "#2c430a"),
    palette("#a7dfca", ["#81cdb1", "#cff0e5"], "#0a4436"),
    palette("#b1d9f1", ["#8bc4e7", "#d8edf9"], "#0c3c5c"),
    palette("#cbc9f6", ["#aeabf0", "#e5e4fb"], "#2e2672"),
    palette("#e9beec", ["#da9bde", "#f6dff7"], "#57195c"),
    palette("#f7bacc", ["#f09ab3", "#fcdde7"], "#6c1230"),
    palette("#b03a25", ["#922a17", "#be4831"], "#fff1e6"),
    palette("#2f6b4f", ["#215540", "#397859"], "#effaf0"),
    palette("#1f6284", ["#164e6b", "#2a7093"], "#edf8ff"),
    palette("#7a3568", ["#622655", "#8b4377"], "#fff0fb"),
    palette("#4a4795", ["#39367d", "#5855a6"], "#f2f1ff"),
    palette("#7d5224", ["#664017", "#8b5f31"], "#fff5e3"),
];

/// Patterns on 64 × 64, in two layers, one for each tone. `true`: the path is a stroke with round ends.
const PATTERNS: [[(&str, bool); 2]; 9] = [
    // Rays from a corner, as of a spotlight.
    [("M0 64V0h14zM0 64 38 0h26v7zM0 64l64-34v20z", false), ("M0 64 14 0h24zM0 64 64 7v23z", false)],
    // Rings around a corner.
    [("M0 2a62 62 0 0 1 62 62H44A44 44 0 0 0 0 20z", false), ("M0 38a26 26 0 0 1 26 26H0z", false)],
    // Two hills.
    [("M-6 64a24 26 0 0 1 48 0z", false), ("M24 64a24 20 0 0 1 48 0z", false)],
    // Confetti.
    [("M9 9h0m46 0h0M9 55h0m46 0h0", true), ("M32 7h0M7 32h0m50 0h0M32 57h0", true)],
    // A curtain.
    [("M3 0v64m23-64v64m23-64v64", true), ("M14 0v64m23-64v64m23-64v64", true)],
    // A flower's petals.
    [
        ("M0 0h26a26 26 0 0 1-26 26zM64 64H38a26 26 0 0 1 26-26z", false),
        ("M64 0v26A26 26 0 0 1 38 0zM0 64V38a26 26 0 0 1 26 26z", false),
    ],
    // A halved field and a moon.
    [("M0 64 64 0v64z", false), ("M17 4a13 13 0 1 0 .1 0z", false)],
    // Waves.
    [("M-4 44q9-11 18 0t18 0 18 0 18 0v24H-4z", false), ("M-4 56q9-11 18 0t18 0 18 0 18 0v12H-4z", false)],
    // A stage, seen from above.
    [("M0 0h32v32H0zm32 32h32v32H32z", false), ("M32 10 54 32 32 54 10 32z", false)],
];

/// `GET /avatars/{handle}.svg`
pub(super) async fn show(file: Result<Path<String>, PathRejection>) -> Response {
    let file = file.map(|Path(file)| file).unwrap_or_default();
    let handle = file.strip_suffix(".svg").filter(|handle| check_handle(handle).is_ok());
    let Some(handle) = handle else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHE)),
    ];
    (headers, draw(handle)).into_response()
}

/// The picture of a handle.
fn draw(handle: &str) -> String {
    if handle == GUEST {
        return open("#d9c7b6")
            + "<g fill=\"#8a7267\"><circle cx=\"32\" cy=\"26\" r=\"11\"/><path d=\"M10 64a22 22 0 0 1 44 0z\"/></g></svg>";
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, handle.as_bytes());
    // A byte of the digest for each choice; that 256 is no multiple of 14 tips no scale here.
    let choose = |at: usize, of: usize| usize::from(digest.as_ref()[at]) % of;
    let Palette { ground, tones, letter } = &PALETTES[choose(0, PALETTES.len())];
    let pattern = &PATTERNS[choose(1, PATTERNS.len())];
    let quarter = choose(2, 4) * 90;
    let mut svg = open(ground);
    let _ = write!(svg, "<g transform=\"rotate({quarter} 32 32)\">");
    for ((path, is_stroke), tone) in pattern.iter().zip(tones) {
        let _ = if *is_stroke {
            write!(
                svg,
                "<path fill=\"none\" stroke=\"{tone}\" stroke-width=\"9\" stroke-linecap=\"round\" d=\"{path}\"/>"
            )
        } else {
            write!(svg, "<path fill=\"{tone}\" d=\"{path}\"/>")
        };
    }
    svg.push_str("</g>");
    if let Some(initial) = handle.chars().find(char::is_ascii_alphanumeric) {
        let _ = write!(
            svg,
            "<text x=\"32\" y=\"45\" fill=\"{letter}\" font-family=\"Palatino,'Palatino Linotype','Noto Serif',Georgia,serif\" font-size=\"38\" font-weight=\"700\" text-anchor=\"middle\">{}</text>",
            initial.to_ascii_uppercase()
        );
    }
    svg + "</svg>"
}

fn open(ground: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\"><path fill=\"{ground}\" d=\"M0 0h64v64H0z\"/>"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The relative luminance of `#rrggbb`. Source: WCAG 2.2, definition of contrast ratio.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn a_letter_is_readable_on_every_colour_under_it() {
        for Palette { ground, tones, letter } in &PALETTES {
            for under in [ground, &tones[0], &tones[1]] {
                let (a, b) = (luminance(under), luminance(letter));
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= 4.5, "{letter} on {under}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn a_handle_is_always_the_same_picture_and_others_are_others() {
        assert_eq!(draw("ana"), draw("ana"));
        let pictures: HashSet<String> = (0..200).map(|number| draw(&format!("user{number}"))).collect();
        assert!(pictures.len() > 160, "{} pictures of 200 handles with one letter", pictures.len());
        assert_ne!(draw("ana"), draw("bna"));
    }

    #[test]
    fn a_picture_shows_the_first_letter_or_digit() {
        assert!(draw("__7up").contains(">7</text>"));
        assert!(!draw("__").contains("<text"));
        assert!(!draw(GUEST).contains("<text"));
    }
}
