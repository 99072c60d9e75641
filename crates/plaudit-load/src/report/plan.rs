//! The steps of a round: every scenario once, each on a server of its own, in the same order every time, so that what
//! the machine does meanwhile falls on all alike.

use crate::out::{Outcome, Progress, Unit};
use crate::pin::Cores;
use crate::scenario::{self, Load};
use crate::site::Site;

/// How large everything is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sizes {
    pub(crate) viewers: usize,
    /// On a quiet post, and of comments.
    pub(crate) few: usize,
    pub(crate) idle: usize,
    pub(crate) returners: usize,
    pub(crate) likers: usize,
    pub(crate) conversations: usize,
    pub(crate) agents: usize,
    pub(crate) rates: Vec<f64>,
    /// More likes a second than the server can show as they come.
    pub(crate) too_many: f64,
    pub(crate) seconds: f64,
}

impl Sizes {
    /// What the goals speak of.
    pub(crate) fn whole() -> Self {
        Self {
            viewers: 5000,
            few: 1000,
            idle: 15_000,
            returners: 10_000,
            likers: 64,
            conversations: 1000,
            agents: 500,
            rates: vec![100.0, 300.0, 1000.0, 3000.0, 10_000.0],
            too_many: 30_000.0,
            seconds: 6.0,
        }
    }

    /// Small enough to see in a minute that all of it works; the figures mean nothing.
    pub(crate) fn quick() -> Self {
        Self {
            viewers: 100,
            few: 50,
            idle: 200,
            returners: 100,
            likers: 16,
            conversations: 10,
            agents: 10,
            rates: vec![50.0, 200.0],
            too_many: 400.0,
            seconds: 0.5,
        }
    }
}

/// How long the killed server stays away: what systemd waits before it starts a service again.
const DOWN: f64 = 0.1;

/// So many authors of either kind, one after the other.
const AUTHORS: usize = 8;

/// What a step is run with.
pub(super) struct Bench<'a> {
    pub(super) command: &'a str,
    pub(super) cores: Option<&'a Cores>,
    pub(super) sizes: &'a Sizes,
    pub(super) progress: &'a Progress,
}

/// The pace of a closed loop: each round waits for the server's tick.
const TICKS_A_SECOND: f64 = 10.0;

/// The steps and what the document calls them.
pub(super) const STEPS: [(&str, &str); 17] = [
    ("watch", "One post, many viewers, one like after the other"),
    ("feed", "Twenty posts on every screen, ten of them liked at once"),
    ("storm", "More and more likes on one post"),
    ("overload", "More likes than there is time for"),
    ("quiet", "A quiet post"),
    ("write", "Durable likes over sockets, closed loop"),
    ("pipelined", "Durable likes over sockets, four on their way each"),
    ("http", "Durable likes by HTTP"),
    ("author", "Likes whose author is notified, and likes whose author is not"),
    ("idle", "Connections that do nothing"),
    ("private", "The same with the topics of what concerns each"),
    ("reconnect", "kill -9, and everybody comes back"),
    ("slow", "A tenth of the viewers never reads"),
    ("comments", "Ordered comments"),
    ("messages", "Messages between two"),
    ("message", "A quiet message"),
    ("inbox", "Customers of an inbox, and its agents"),
];

/// One more, behind the others in the table above for want of a chart worth showing.
pub(super) const PAGES: (&str, &str) = ("pages", "Pages of a post, signed out");

impl Bench<'_> {
    /// Runs one step on a server of its own.
    pub(super) fn run(&self, step: &str) -> anyhow::Result<Outcome> {
        let Sizes { viewers, few, idle, returners, likers, conversations, agents, rates, too_many, seconds } =
            self.sizes.clone();
        let load = |viewers: usize, posts: usize, likers: usize, rate: Option<f64>| Load {
            viewers,
            posts,
            rate,
            seconds,
            likers,
        };
        let mut site = Site::start(self.command, self.cores)?;
        let progress = self.progress;
        match step {
            "watch" => {
                let load = load(viewers, 1, 1, None);
                self.between_bare(site, 1, |site| scenario::watch(site, &load, 1, progress))
            }
            "feed" => {
                let load = load(viewers, 20, 16, None);
                self.between_bare(site, 10, |site| scenario::feed(site, &load, 20, 10, progress))
            }
            "storm" => scenario::like_storm(&site, &load(viewers, 1, likers, None), &rates, progress),
            "overload" => scenario::like_storm(&site, &load(viewers, 1, likers, None), &[too_many], progress),
            "quiet" => scenario::watch(&site, &load(few, 1, 1, Some(3.0)), 1, progress),
            "write" => scenario::write(&site, &load(0, 100, 64, None), 1, false, progress),
            "pipelined" => scenario::write(&site, &load(0, 100, 64, None), 4, false, progress),
            "http" => scenario::write(&site, &load(0, 100, 64, None), 1, true, progress),
            "author" => {
                let load = Load { seconds: seconds / 3.0, ..load(1, 1, few, None) };
                scenario::author(&site, &load, AUTHORS, progress)
            }
            "idle" => scenario::idle(&site, &load(idle, 1, 1, None), false, progress),
            "private" => scenario::idle(&site, &load(idle, 2, 1, None), true, progress),
            "reconnect" => {
                scenario::reconnect_storm(&mut site, &load(returners, 1, 16, None), DOWN, progress)
            }
            "slow" => {
                // Long enough for the kernel's buffers to fill and for the server to give the slow ones up.
                let load = Load { seconds: seconds * 4.0, ..load(viewers, 20, 16, Some(1000.0)) };
                scenario::slow_readers(&site, &load, viewers / 10, progress)
            }
            "comments" => scenario::comments(&site, &load(few, 1, 4, Some(200.0)), progress),
            "messages" => {
                #[expect(clippy::cast_precision_loss, reason = "a small number")]
                let load = load(10 * conversations, 1, 0, Some(2.0 * conversations as f64));
                scenario::messages(&site, &load, conversations, progress)
            }
            "message" => scenario::messages(&site, &load(20, 1, 0, Some(5.0)), 10, progress),
            "inbox" => scenario::inbox(&site, &load(agents, 1, 0, Some(200.0)), 200, progress),
            "pages" => scenario::pages(&site, &load(64, 1, 0, None), progress),
            other => anyhow::bail!("there is no step {other}"),
        }
    }

    /// The same frames at the same pace in a bare loop, right before and right behind, since a machine has faster and
    /// slower phases: the ratio to the mean of both is the figure to trust.
    fn between_bare(
        &self,
        site: Site,
        burst: usize,
        run: impl FnOnce(&Site) -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<Outcome> {
        let bare = |rate: f64| {
            let Sizes { viewers, seconds, .. } = *self.sizes;
            let load = Load { viewers, posts: 1, rate: Some(rate), seconds, likers: 0 };
            scenario::bare(&load, burst, self.cores, self.progress)
        };
        let before = bare(TICKS_A_SECOND)?;
        let mut outcome = run(&site)?;
        drop(site);
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let rate = outcome.value("acts_per_second").map(|acts| (acts / burst as f64).max(1.0));
        let behind = bare(rate.unwrap_or(TICKS_A_SECOND))?;
        let mean = |key: &str| Some(f64::midpoint(before.value(key)?, behind.value(key)?));
        outcome.faults.merge(before.faults.clone());
        outcome.faults.merge(behind.faults.clone());
        for (key, label) in [
            ("cpu_us_per_frame", "bare: CPU a delivered frame"),
            ("last_p50_ms", "bare: round to the last viewer: median"),
        ] {
            let unit = if key == "last_p50_ms" { Unit::Millis } else { Unit::Micros };
            outcome.figure_of(&format!("bare_{key}"), label, mean(key), unit);
        }
        if let (Some(ours), Some(bare)) = (outcome.value("cpu_us_per_frame"), mean("cpu_us_per_frame"))
            && bare > 0.0
        {
            outcome.figure("times_bare", "CPU a delivered frame, beside bare", ours / bare, Unit::Times);
        }
        Ok(outcome)
    }
}
