//! The command line of `plaudit load`.

mod common;
mod options;

use clap::{Args, Parser, Subcommand};

pub(crate) use common::Common;
pub(crate) use options::{
    Author, Compare, Feed, Idle, Inbox, LikeStorm, Messages, Plain, ReconnectStorm, Report, SlowReaders,
    Soak, Watch, Write,
};

const EXAMPLES: &str = "\
Examples:
  plaudit load watch --viewers 5000                          against a server of its own, which it starts and ends
  plaudit load like-storm --viewers 1000 --chart storm.svg   rising rates, with a picture
  plaudit load watch --url http://127.0.0.1:8080 --server-pid 4242 --rate 10 --json
  plaudit load write --likers 64 --http                      likes by HTTP, as fast as they are answered
  plaudit load report --rounds 7                             everything, into docs/performance.md

A server that is measured must run with PLAUDIT_LIMITS=off, and loads belong on a site of your own: they write posts
and make guests. A server that is started here gets a data folder that goes with it.

Exit code: 0 when what was received is what must have been received, 1 when it is not, 2 for wrong use.";

/// `plaudit load`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LoadArgs {
    /// What to do
    #[command(subcommand)]
    pub(crate) scenario: Scenario,
}

/// Measures a site under load, and proves that what was received is what must have been received.
#[derive(Debug, Parser)]
#[command(name = "plaudit load", about, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    load: LoadArgs,
}

impl Cli {
    /// What was asked for.
    pub fn into_args(self) -> LoadArgs {
        self.load
    }
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Many look at one post, somebody likes: how long until the first, the median and the last have seen it
    #[command(after_help = "Examples:
  plaudit load watch --viewers 5000 --seconds 10           one like after the other, as soon as everybody has seen it
  plaudit load watch --viewers 1000 --rate 2               a quiet post: like to first and last viewer, fsync included
  plaudit load watch --viewers 1000 --posts 5 --rate 100   each viewer has five posts open")]
    Watch(Watch),
    /// Rising rates of likes on one post
    #[command(after_help = "Examples:
  plaudit load like-storm --viewers 5000
  plaudit load like-storm --viewers 1000 --rates 1000,20000 --seconds 5 --chart storm.svg")]
    LikeStorm(LikeStorm),
    /// Viewers with many posts on the screen, many of them liked within a tick
    #[command(after_help = "Examples:
  plaudit load feed --viewers 1000                         20 posts on every screen, ten of them liked at once
  plaudit load feed --viewers 1000 --posts 200 --each 20 --rate 2000")]
    Feed(Feed),
    /// Nobody watches, some like as fast as they are answered: durable likes a second
    #[command(after_help = "Examples:
  plaudit load write --likers 64                           a closed loop on 64 sockets
  plaudit load write --likers 64 --depth 4                 256 likes on their way at any time
  plaudit load write --likers 64 --http                    by HTTP PUT and DELETE")]
    Write(Write),
    /// One post liked without end while its author is online: what it costs to notify them
    #[command(after_help = "Examples:
  plaudit load author --server-cores 0 --cores 1           8 turns with an author who is notified, 8 with one who is not
  plaudit load author --likers 64 --turns 20 --seconds 1")]
    Author(Author),
    /// The server is killed and started again: until when all clients are live and right
    #[command(after_help = "Examples:
  plaudit load reconnect-storm --viewers 10000
  plaudit load reconnect-storm --viewers 1000 --down 5 --server-command 'plaudit serve --listen {listen} --data {data}'")]
    ReconnectStorm(ReconnectStorm),
    /// Ordered comments: every reader gets every one, in order
    #[command(after_help = "Examples:
  plaudit load comments --viewers 500                      one comment after the other
  plaudit load comments --viewers 1000 --rate 200 --seconds 10")]
    Comments(Plain),
    /// Pairs of members write to each other: every message once, in order, with both sides
    #[command(after_help = "Examples:
  plaudit load messages                                    10,000 connected, 1,000 conversations, 2,000 messages a second
  plaudit load messages --conversations 10 --viewers 20 --rate 5   a quiet message")]
    Messages(Messages),
    /// Customers write to one inbox: every agent sees every message at once
    #[command(after_help = "Examples:
  plaudit load inbox                                       500 agents, 200 customers, 200 messages a second
  plaudit load inbox --viewers 50 --customers 1000 --rate 1000")]
    Inbox(Inbox),
    /// The limit: the same frames in a bare send loop of a thread of its own, without any server
    #[command(after_help = "Examples:
  plaudit load bare --viewers 5000 --server-cores 0 --cores 1
  plaudit load bare --viewers 1000 --burst 10 --rate 10")]
    Bare(Watch),
    /// Many ask for a post's page at once
    #[command(after_help = "Examples:
  plaudit load pages --viewers 64                          64 connections, each asks again as soon as it has the page")]
    Pages(Plain),
    /// A long time of everything: likes, posts, clients that come and go or stop reading, kill -9
    #[command(after_help = "Examples:
  plaudit load soak --seconds 1200 --viewers 2000 --chart soak.svg
  plaudit load soak --seconds 60 --viewers 200 --kills 1")]
    Soak(Soak),
    /// Everything, in interleaved rounds, into docs/performance.md
    #[command(after_help = "Examples:
  plaudit load report --rounds 7 --server-cores 0 --cores 1
  plaudit load report --quick                              small and short: only to see that all of it works
  plaudit load report --only storm,write --rounds 3        measures these anew and keeps the other figures
  plaudit load report --again                              writes the document anew from what was measured

Run it in the folder of the sources: it writes the block between <!-- report:begin --> and <!-- report:end -->.")]
    Report(Report),
    /// Plaudit beside the tutorial's server and others, under the same load
    #[command(after_help = "Examples:
  plaudit load compare --install                           installs the others with npm and pip, then runs all
  plaudit load compare --viewers 1000 --rounds 3 --chart compare.svg --write README.md

The others live in the folder bench/ of the sources. A file that is written to has the lines
<!-- compare:begin --> and <!-- compare:end -->.")]
    Compare(Compare),
    /// Connections that have nothing to do: memory each
    #[command(after_help = "Examples:
  plaudit load idle --viewers 15000 --seconds 5
  plaudit load idle --viewers 5000 --private               with the topics of what concerns each
  plaudit load idle --viewers 5000 --chart memory.svg")]
    Idle(Idle),
    /// A share of the viewers never reads: the others must not notice
    #[command(after_help = "Examples:
  plaudit load slow-readers --viewers 5000 --slow 500
  plaudit load slow-readers --viewers 1000 --slow 100 --rate 100 --seconds 20")]
    SlowReaders(SlowReaders),
}

impl Scenario {
    /// What every scenario takes.
    pub(crate) fn common(&self) -> &Common {
        match self {
            Self::Watch(Watch { common, .. })
            | Self::Bare(Watch { common, .. })
            | Self::LikeStorm(LikeStorm { common, .. })
            | Self::Feed(Feed { common, .. })
            | Self::Write(Write { common, .. })
            | Self::Author(Author { common, .. })
            | Self::ReconnectStorm(ReconnectStorm { common, .. })
            | Self::Messages(Messages { common, .. })
            | Self::Inbox(Inbox { common, .. })
            | Self::Comments(Plain { common })
            | Self::Idle(Idle { common, .. })
            | Self::Pages(Plain { common })
            | Self::Soak(Soak { common, .. })
            | Self::Compare(Compare { common, .. })
            | Self::Report(Report { common, .. })
            | Self::SlowReaders(SlowReaders { common, .. }) => common,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_every_scenario_has_examples() {
        use clap::CommandFactory as _;
        let mut command = Cli::command();
        command.clone().debug_assert();
        command.build();
        for scenario in command.get_subcommands_mut().filter(|scenario| scenario.get_name() != "help") {
            let help = scenario.render_long_help().to_string();
            assert!(help.contains("Examples:\n  plaudit load "), "{help}");
        }
    }

    #[test]
    fn wrong_sizes_are_refused() {
        for wrong in
            ["watch --rate 0", "watch --seconds -1", "feed --each 0", "write --depth 1000", "watch --posts 0"]
        {
            let words = ["load"].into_iter().chain(wrong.split(' '));
            assert!(Cli::try_parse_from(words).is_err(), "{wrong}");
        }
    }
}
