//! What comes out of a run: figures, a verdict, a table to read, JSON for programs, a chart.

mod bars;
mod chart;
mod numbers;
mod outcome;
mod progress;
mod svg;
mod table;

pub(crate) use bars::{Bar, Panel, panels};
pub(crate) use chart::{Chart, Scale, Series};
pub(crate) use numbers::{Unit, count, number, show};
pub(crate) use outcome::Outcome;
pub(crate) use progress::Progress;
pub(crate) use table::{aligned, markdown};
