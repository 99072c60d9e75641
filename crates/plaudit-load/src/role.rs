//! Runs what the command line asks for: finds or starts the server, runs the scenario, shows what came out.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;

use crate::cli::{Cli, Common, LoadArgs, Scenario};
use crate::compare;
use crate::out::{Outcome, Progress};
use crate::report;
use crate::scenario::{self, Load};
use crate::site::Site;

/// 0: right, 1: something that was received is not what it must be, or nothing could be measured, 2: wrong use.
pub fn run(args: &LoadArgs) -> ExitCode {
    let result = outcome(&args.scenario).and_then(|(common, outcome)| {
        show(common, &outcome)?;
        Ok(outcome.passed())
    });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("plaudit load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what these words ask for, as they stand behind `plaudit load`.
pub fn run_from(words: &[String]) -> ExitCode {
    let words = std::iter::once("plaudit load").chain(words.iter().map(String::as_str));
    match Cli::try_parse_from(words) {
        Ok(cli) => run(&cli.into_args()),
        Err(wrong) => {
            let _ = wrong.print();
            ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2))
        }
    }
}

/// Runs what was asked for and prints nothing: the outcome as `--json` shows it.
pub fn measure(args: &LoadArgs) -> anyhow::Result<serde_json::Value> {
    Ok(outcome(&args.scenario)?.1.json())
}

fn outcome(scenario: &Scenario) -> anyhow::Result<(&Common, Outcome)> {
    let outcome = match scenario {
        Scenario::Watch(watch) => one(&watch.common, |site, progress| {
            let load = load_of(
                &watch.common,
                &Load { viewers: 1000, posts: 1, likers: 1, seconds: 10.0, rate: None },
            );
            scenario::watch(site, &load, watch.burst.unwrap_or(1), progress)
        }),
        Scenario::LikeStorm(storm) => one(&storm.common, |site, progress| {
            let load = load_of(
                &storm.common,
                &Load { viewers: 1000, posts: 1, likers: 64, seconds: 5.0, rate: None },
            );
            let rates = match (&storm.rates[..], load.rate) {
                ([], None) => vec![100.0, 1000.0, 3000.0, 10_000.0],
                ([], Some(rate)) => vec![rate],
                (rates, _) => rates.to_vec(),
            };
            scenario::like_storm(site, &load, &rates, progress)
        }),
        Scenario::Feed(feed) => one(&feed.common, |site, progress| {
            let load = load_of(
                &feed.common,
                &Load { viewers: 1000, posts: 20, likers: 16, seconds: 10.0, rate: None },
            );
            scenario::feed(site, &load, feed.each as usize, feed.burst, progress)
        }),
        Scenario::Write(write) => one(&write.common, |site, progress| {
            let load = load_of(
                &write.common,
                &Load { viewers: 0, posts: 100, likers: 64, seconds: 5.0, rate: None },
            );
            scenario::write(site, &load, write.depth as usize, write.http, progress)
        }),
        Scenario::Author(author) => one(&author.common, |site, progress| {
            let usual = Load { viewers: 1, posts: 1, likers: 1000, seconds: 2.0, rate: None };
            let load = load_of(&author.common, &usual);
            scenario::author(site, &load, author.turns as usize, progress)
        }),
        Scenario::Comments(comments) => one(&comments.common, |site, progress| {
            let load = load_of(
                &comments.common,
                &Load { viewers: 500, posts: 1, likers: 4, seconds: 5.0, rate: None },
            );
            scenario::comments(site, &load, progress)
        }),
        Scenario::Messages(messages) => one(&messages.common, |site, progress| {
            let usual = Load { viewers: 10_000, posts: 1, likers: 0, seconds: 5.0, rate: Some(2000.0) };
            let load = load_of(&messages.common, &usual);
            scenario::messages(site, &load, messages.conversations as usize, progress)
        }),
        Scenario::Inbox(inbox) => own_site(&inbox.common).and_then(|site| {
            let usual = Load { viewers: 500, posts: 1, likers: 0, seconds: 5.0, rate: Some(200.0) };
            let load = load_of(&inbox.common, &usual);
            without_server(&inbox.common, |progress| {
                scenario::inbox(&site, &load, inbox.customers as usize, progress)
            })
        }),
        Scenario::Bare(bare) => without_server(&bare.common, |progress| {
            let load =
                load_of(&bare.common, &Load { viewers: 1000, posts: 1, likers: 0, seconds: 5.0, rate: None });
            scenario::bare(&load, bare.burst.unwrap_or(1), bare.common.server_cores.as_ref(), progress)
        }),
        Scenario::ReconnectStorm(storm) => own_site(&storm.common).and_then(|mut site| {
            let usual = Load { viewers: 1000, posts: 1, likers: 16, seconds: 2.0, rate: None };
            let load = load_of(&storm.common, &usual);
            without_server(&storm.common, |progress| {
                scenario::reconnect_storm(&mut site, &load, storm.down, progress)
            })
        }),
        Scenario::Pages(pages) => one(&pages.common, |site, progress| {
            let load =
                load_of(&pages.common, &Load { viewers: 64, posts: 1, likers: 0, seconds: 5.0, rate: None });
            scenario::pages(site, &load, progress)
        }),
        Scenario::Soak(soak) => own_site(&soak.common).and_then(|mut site| {
            let usual = Load { viewers: 1000, posts: 1, likers: 16, seconds: 60.0, rate: Some(200.0) };
            let load = load_of(&soak.common, &usual);
            without_server(&soak.common, |progress| scenario::soak(&mut site, &load, soak.kills, progress))
        }),
        Scenario::Report(report) => server_command(&report.common).and_then(|command| {
            let sizes = if report.quick { report::Sizes::quick() } else { report::Sizes::whole() };
            let what = report::Report {
                command,
                cores: report.common.server_cores.clone(),
                sizes: sizes_of(&report.common, sizes),
                rounds: report.rounds as usize,
                only: report.only.clone(),
                document: report.document.clone(),
                pictures: report.pictures.clone(),
                raw: report.raw.clone(),
                again: report.again,
            };
            without_server(&report.common, |progress| report::report(&what, progress))
        }),
        Scenario::Compare(compare) => {
            let common = &compare.common;
            let load =
                load_of(common, &Load { viewers: 1000, posts: 1, likers: 64, seconds: 3.0, rate: None });
            server_command(common).and_then(|plaudit| {
                let compare = compare::Compare {
                    plaudit,
                    bench: compare.bench.clone(),
                    install: compare.install,
                    rounds: compare.rounds as usize,
                    size: compare::Size {
                        viewers: load.viewers,
                        seconds: load.seconds,
                        likers: load.likers,
                        kills: compare.kills,
                        cores: common.server_cores.clone(),
                    },
                    write: compare.write.clone(),
                    picture: common.chart.clone(),
                };
                without_server(common, |progress| compare::compare(&compare, progress))
            })
        }
        Scenario::Idle(idle) => one(&idle.common, |site, progress| {
            let load =
                load_of(&idle.common, &Load { viewers: 1000, posts: 1, likers: 1, seconds: 3.0, rate: None });
            scenario::idle(site, &load, idle.private, progress)
        }),
        Scenario::SlowReaders(slow) => one(&slow.common, |site, progress| {
            let start = Load { viewers: 1000, posts: 20, likers: 16, seconds: 20.0, rate: Some(1000.0) };
            let load = load_of(&slow.common, &start);
            let slow = slow.slow.unwrap_or(load.viewers / 10).min(load.viewers.saturating_sub(1));
            scenario::slow_readers(site, &load, slow, progress)
        }),
    };
    Ok((scenario.common(), outcome?))
}

/// What was asked for, the rest as usual.
fn load_of(common: &Common, usual: &Load) -> Load {
    Load {
        viewers: common.viewers.unwrap_or(usual.viewers),
        posts: common.posts.map_or(usual.posts, |posts| posts as usize),
        likers: common.likers.map_or(usual.likers, |likers| likers as usize),
        rate: common.rate.or(usual.rate),
        seconds: common.seconds.unwrap_or(usual.seconds),
    }
}

/// The sizes of a report, with what was asked for otherwise.
fn sizes_of(common: &Common, usual: report::Sizes) -> report::Sizes {
    report::Sizes {
        viewers: common.viewers.unwrap_or(usual.viewers),
        likers: common.likers.map_or(usual.likers, |likers| likers as usize),
        seconds: common.seconds.unwrap_or(usual.seconds),
        ..usual
    }
}

/// Runs one scenario on the server that is named, or on one of its own.
fn one(
    common: &Common,
    scenario: impl FnOnce(&Site, &Progress) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Outcome> {
    let site = site(common)?;
    without_server(common, |progress| scenario(&site, progress))
}

/// The same for a scenario that needs no server.
fn without_server(
    common: &Common,
    scenario: impl FnOnce(&Progress) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Outcome> {
    take_cores(common)?;
    scenario(&progress(common))
}

pub(crate) fn progress(common: &Common) -> Progress {
    Progress::new(!common.quiet && !common.json && std::io::stderr().is_terminal())
}

fn take_cores(common: &Common) -> anyhow::Result<()> {
    common.cores.as_ref().map_or(Ok(()), crate::pin::Cores::take)
}

/// The server that was named, or one that is started.
pub(crate) fn site(common: &Common) -> anyhow::Result<Site> {
    let mut site = find(common)?;
    if let Some(patience) = common.patience {
        site.patience = Duration::from_secs_f64(patience);
    }
    Ok(site)
}

/// What starts a server of our own.
fn server_command(common: &Common) -> anyhow::Result<String> {
    common.server_command.clone().map_or_else(Site::own_command, Ok)
}

fn find(common: &Common) -> anyhow::Result<Site> {
    let Some(url) = &common.url else {
        return Site::start(&server_command(common)?, common.server_cores.as_ref());
    };
    if let (Some(cores), Some(pid)) = (&common.server_cores, common.server_pid) {
        cores.put(pid)?;
    }
    Site::at(url, common.server_pid)
}

/// A server that may be killed.
fn own_site(common: &Common) -> anyhow::Result<Site> {
    if common.url.is_some() {
        anyhow::bail!(
            "this kills the server, so it starts one of its own: give no --url but perhaps --server-command"
        );
    }
    site(common)
}

/// Prints an outcome and draws its chart.
pub(crate) fn show(common: &Common, outcome: &Outcome) -> anyhow::Result<()> {
    let text = if common.json { format!("{:#}\n", outcome.json()) } else { outcome.text() };
    // Whoever reads this may have gone: the exit code still tells.
    let _ = std::io::stdout().write_all(text.as_bytes());
    if let (Some(file), Some(chart)) = (&common.chart, &outcome.chart) {
        std::fs::write(file, chart.svg()).with_context(|| format!("can't write {}", file.display()))?;
    }
    Ok(())
}
