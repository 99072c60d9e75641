//! Gathers a crowd: posts and people over the API, then all connections, until each liker is open and each viewer has
//! its snapshot.

use std::time::{Duration, Instant};

use anyhow::bail;

use super::views::Views;
use super::{Actor, Count, Crowd, Times};
use crate::crowd::flights::Flights;
use crate::crowd::tally::Tally;
use crate::faults::Faults;
use crate::net::http::upgrade;
use crate::net::{Dial, Net, Speaks};
use crate::out::Progress;
use crate::people::{Cast, standing};
use crate::site::Site;
use crate::usage::Memory;

/// How a crowd is made up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// Connections that watch.
    pub(crate) viewers: usize,
    /// Posts in all.
    pub(crate) posts: usize,
    /// Posts that each viewer watches.
    pub(crate) each: usize,
    /// Connections that like, each a guest of its own.
    pub(crate) likers: usize,
    /// Whether they like by HTTP.
    pub(crate) http: bool,
    /// Who the viewers are.
    pub(crate) sessions: Sessions,
    /// Whether every viewer follows what concerns it, in place of the feed.
    pub(crate) private: bool,
    /// So many of the viewers, the last ones, never read after their snapshot.
    pub(crate) inattentive: usize,
    /// Filled in: what requests are addressed to.
    pub(crate) host: String,
}

/// Who the viewers of a crowd are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sessions {
    /// Nobody that the server knows.
    #[default]
    None,
    /// Guests, each of its own; they watch the feed too.
    Guests,
    /// The author of the posts.
    Author,
}

/// A crowd that is ready.
pub(crate) struct Assembly {
    pub(crate) net: Net,
    pub(crate) crowd: Crowd,
    pub(crate) cast: Cast,
    /// The server's memory as connections came: how many were ready, and what it had then. The first is before any.
    pub(crate) memory: Vec<(usize, Memory)>,
    /// How long all of them took.
    pub(crate) took: Duration,
}

/// Somebody more must have become ready within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many topics are in one command, the feed included.
const MOST_TOPICS: usize = 49;

/// So often the server's memory is read meanwhile.
const SAMPLES: usize = 12;

/// What one who never reads has for the kernel to fill: the least that Linux gives.
const SMALL_BUFFER: usize = 2048;

impl Crowd {
    /// See the module.
    pub(crate) fn assemble(site: &Site, plan: &Plan, progress: &Progress) -> anyhow::Result<Assembly> {
        if plan.each.min(plan.posts) > MOST_TOPICS {
            bail!(
                "a viewer has at most {MOST_TOPICS} posts on its screen: fewer --posts, or feed with --each"
            );
        }
        allow_descriptors(plan.viewers + plan.likers)?;
        progress.say("writing posts and making guests");
        let cast = Cast::gather(site, plan.posts)?;
        let tokens = cast.guests(site, plan.likers)?;
        let sessions = match plan.sessions {
            Sessions::None => Vec::new(),
            Sessions::Guests => cast.guests(site, plan.viewers)?,
            Sessions::Author => vec![cast.author.clone(); plan.viewers],
        };
        let mut net = Net::new()?;
        let mut crowd = Self::new(plan, &cast, tokens, site.address.to_string());
        crowd.patience = site.patience;
        if plan.viewers == 0 {
            let mut client = site.client()?;
            for tally in &mut crowd.tallies {
                let standing = standing(&mut client, tally.post)?;
                tally.begin(standing.version, standing.likes);
            }
        }
        let sample = || site.pid.and_then(Memory::of);
        let before = if plan.sessions == Sessions::Guests {
            crowd.memory_at_rest(site, &mut net, progress)?
        } else {
            sample()
        };
        let mut memory: Vec<(usize, Memory)> = before.map(|memory| (0, memory)).into_iter().collect();
        let began = Instant::now();
        crowd.connect(site, &sessions, &mut net);
        net.first = crowd.actors.len();
        progress.say("connecting");
        let wanted = plan.viewers + plan.likers;
        let (mut ready, mut since) = (0, Instant::now());
        while crowd.ready() < wanted {
            net.turn(&mut crowd, Duration::from_millis(50))?;
            if crowd.ready() > ready {
                (ready, since) = (crowd.ready(), Instant::now());
                #[expect(clippy::cast_precision_loss, reason = "a share")]
                progress.at(ready as f64 / wanted as f64);
                // Reading it takes the server's memory map for a moment: not too often.
                if ready * SAMPLES / wanted > memory.len() {
                    memory.extend(sample().map(|memory| (ready, memory)));
                }
            }
            if !crowd.faults.is_empty() || since.elapsed() > PATIENCE {
                bail!(
                    "only {ready} of {wanted} connections could be used: {}\n{}",
                    crowd.faults.said().join("; "),
                    site.last_words()
                );
            }
        }
        for viewer in plan.viewers - plan.inattentive..plan.viewers {
            net.pause(crowd.actors.len() + viewer);
        }
        Ok(Assembly { net, crowd, cast, memory, took: began.elapsed() })
    }

    /// The server's, once it falls no more.
    pub(crate) fn memory_at_rest(
        &mut self,
        site: &Site,
        net: &mut Net,
        progress: &Progress,
    ) -> anyhow::Result<Option<Memory>> {
        progress.say("waiting for the server to rest");
        let mut client = site.client()?;
        let posts: Vec<u64> = self.tallies.iter().map(|tally| tally.post).collect();
        Memory::at_rest(site.pid, || {
            net.turn(self, Duration::ZERO)?;
            posts.iter().try_for_each(|post| standing(&mut client, *post).map(drop))
        })
    }

    fn new(plan: &Plan, cast: &Cast, tokens: Vec<String>, host: String) -> Self {
        let each = plan.each.min(plan.posts);
        let attentive = plan.viewers - plan.inattentive;
        Self {
            plan: Plan { each, host, ..plan.clone() },
            tallies: cast.posts.iter().copied().map(Tally::new).collect(),
            views: Views::new(plan.viewers, cast.posts.clone(), each, attentive),
            likes: vec![false; tokens.len() * plan.posts],
            actors: tokens.into_iter().map(|token| Actor { token, ..Actor::default() }).collect(),
            flights: Flights::default(),
            early: Vec::new(),
            next: 0,
            depth: 0,
            watch_from: 0,
            watch_apart: 0,
            ready: 0,
            patience: PATIENCE,
            ending: false,
            count: Count::default(),
            times: Times::default(),
            faults: Faults::default(),
        }
    }

    fn connect(&self, site: &Site, sessions: &[String], net: &mut Net) {
        let socket = |token: Option<&str>, receive_buffer: Option<usize>| Dial {
            address: site.address,
            speaks: Speaks::WebSocket(upgrade(
                "/live",
                &self.plan.host,
                token,
                Some(plaudit_protocol::SUBPROTOCOL),
            )),
            receive_buffer,
        };
        for actor in &self.actors {
            net.open(if self.plan.http {
                Dial { address: site.address, speaks: Speaks::Http, receive_buffer: None }
            } else {
                socket(Some(&actor.token), None)
            });
        }
        for viewer in 0..self.plan.viewers {
            let small = (!self.views.is_attentive(viewer)).then_some(SMALL_BUFFER);
            net.open(socket(sessions.get(viewer).map(String::as_str), small));
        }
    }
}

/// Raises the limit of descriptors, as far as it may be, to what so many connections need.
pub(crate) fn allow_descriptors(connections: usize) -> anyhow::Result<()> {
    /// For everything else that is open.
    const BESIDE: u64 = 64;
    let wanted = connections as u64 + BESIDE;
    let limit = rlimit::increase_nofile_limit(wanted.max(1024)).unwrap_or(wanted);
    if limit < wanted {
        bail!(
            "{connections} connections need {wanted} file descriptors, and {limit} are allowed: see ulimit -n"
        );
    }
    Ok(())
}
