//! What each scenario takes beside that.

use std::path::PathBuf;

use clap::Args;

use super::Common;
use super::common::rate;

#[derive(Debug, Args)]
pub(crate) struct Plain {
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) common: Common,
    /// In a closed loop: so many posts are liked (or frames sent to each) at once [default: 1]
    #[arg(long, value_name = "N", help_heading = "The load")]
    pub(crate) burst: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct LikeStorm {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Likes a second, one rate after the other [default: 100,1000,3000,10000]
    #[arg(long, value_name = "N,…", help_heading = "The load", value_delimiter = ',', value_parser = rate, conflicts_with = "rate")]
    pub(crate) rates: Vec<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Feed {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Posts on each viewer's screen
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=49))]
    pub(crate) each: u32,
    /// In a closed loop: so many posts are liked at once
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 10)]
    pub(crate) burst: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Write {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Likes that each keeps on their way
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) depth: u32,
    /// By HTTP instead of over the socket
    #[arg(long, help_heading = "The load")]
    pub(crate) http: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Author {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Turns of either kind
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) turns: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Idle {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Each follows two posts, its numbers of what is unread, its notifications and its conversations, in place of a post and the feed
    #[arg(long, help_heading = "The load")]
    pub(crate) private: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Messages {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Conversations, of two members each
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=30_000))]
    pub(crate) conversations: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Inbox {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Customers who write in turns; the viewers are the agents
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=30_000))]
    pub(crate) customers: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ReconnectStorm {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Seconds between the kill and the start
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 1.0, value_parser = rate)]
    pub(crate) down: f64,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) common: Common,
    /// How often everything is run
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// Small and short
    #[arg(long, help_heading = "The load")]
    pub(crate) quick: bool,
    /// Only these steps
    #[arg(long, value_name = "STEP,…", help_heading = "The load", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Measure nothing: write the document from the raw figures that are there
    #[arg(long, help_heading = "Output")]
    pub(crate) again: bool,
    /// The document
    #[arg(long, value_name = "FILE.md", help_heading = "Output", default_value = "docs/performance.md")]
    pub(crate) document: PathBuf,
    /// Where its charts go
    #[arg(long, value_name = "FOLDER", help_heading = "Output", default_value = "docs/images/performance")]
    pub(crate) pictures: PathBuf,
    /// Where all values of all rounds go
    #[arg(
        long,
        value_name = "FILE.json",
        help_heading = "Output",
        default_value = "docs/images/performance/raw.json"
    )]
    pub(crate) raw: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Where the other servers are
    #[arg(long, value_name = "FOLDER", default_value = "bench")]
    pub(crate) bench: PathBuf,
    /// Install what they need from the package registries
    #[arg(long)]
    pub(crate) install: bool,
    /// How often everything is run
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// How often each is killed in a round
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 10)]
    pub(crate) kills: usize,
    /// Put the table into this document
    #[arg(long, value_name = "FILE.md", help_heading = "Output")]
    pub(crate) write: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Soak {
    #[command(flatten)]
    pub(crate) common: Common,
    /// How often the server is killed, in the first half
    #[arg(long, value_name = "N", help_heading = "The load", default_value_t = 2)]
    pub(crate) kills: u32,
}

#[derive(Debug, Args)]
pub(crate) struct SlowReaders {
    #[command(flatten)]
    pub(crate) common: Common,
    /// So many of the viewers never read [default: a tenth]
    #[arg(long, value_name = "N", help_heading = "The load")]
    pub(crate) slow: Option<usize>,
}
