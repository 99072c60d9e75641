//! What every scenario takes: the server, the size of the load, and what comes out.

use std::path::PathBuf;

use clap::Args;

use crate::pin::Cores;

/// What every scenario takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The server")]
pub(crate) struct Common {
    /// The site, for example <http://127.0.0.1:8080> [default: a server is started for the run]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The process of that site: its processor time and memory are reported
    #[arg(long, value_name = "PID", requires = "url")]
    pub(crate) server_pid: Option<u32>,
    /// What starts the server; {listen} becomes an address, {data} a folder [default: this program's serve]
    #[arg(long, value_name = "COMMAND", conflicts_with = "url")]
    pub(crate) server_command: Option<String>,
    /// Cores for the server, as in 0 or 0,2 or 0-3 [default: all]
    #[arg(long, value_name = "CORES")]
    pub(crate) server_cores: Option<Cores>,
    /// Cores for the load itself [default: all]
    #[arg(long, value_name = "CORES")]
    pub(crate) cores: Option<Cores>,
    /// Connections that watch
    #[arg(long, value_name = "N", help_heading = "The load")]
    pub(crate) viewers: Option<usize>,
    /// Posts
    #[arg(long, value_name = "N", help_heading = "The load", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) posts: Option<u32>,
    /// Connections that like, each a guest of its own
    #[arg(long, value_name = "N", help_heading = "The load", value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(crate) likers: Option<u32>,
    /// Likes (or comments, or messages) a second [default: a closed loop, the next when everybody has seen the last]
    #[arg(long, value_name = "N", help_heading = "The load", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// How long
    #[arg(long, value_name = "N", help_heading = "The load", value_parser = rate)]
    pub(crate) seconds: Option<f64>,
    /// Whatever is still owed at the end must come within so many seconds [default: 15]
    #[arg(long, value_name = "N", help_heading = "The load", value_parser = rate)]
    pub(crate) patience: Option<f64>,
    /// Print JSON instead of a table
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Draw a chart into this file
    #[arg(long, value_name = "FILE.svg", help_heading = "Output")]
    pub(crate) chart: Option<PathBuf>,
    /// No progress bar (there is none where standard error is no terminal)
    #[arg(long, help_heading = "Output")]
    pub(crate) quiet: bool,
}

/// A rate or a time: more than nothing.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0).ok_or_else(|| "more than 0".into())
}
