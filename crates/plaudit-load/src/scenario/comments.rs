//! `comments`: an ordered stream under load. Members write, many read; every reader gets every comment, in order.

use std::time::{Duration, Instant};

use super::stream::Readers;
use crate::crowd::allow_descriptors;
use crate::drive::connect;
use crate::measure::Meter;
use crate::net::{Nanos, Net};
use crate::out::{Outcome, Progress, Unit};
use crate::people::{Cast, standing};
use crate::scenario::figures::{Load, Stretch, figures_of_acts, percentiles_of_acts};
use crate::site::Site;

/// `likers` members write: so many a second, or the next when every reader has the last.
pub(crate) fn comments(site: &Site, load: &Load, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("comments");
    outcome.set("readers", load.viewers);
    outcome.set("writers", load.likers);
    outcome.set("rate", load.rate.map_or("closed loop".into(), |rate| format!("{rate}/s")));
    outcome.set("seconds", load.seconds);
    allow_descriptors(load.viewers + load.likers)?;
    progress.say("signing up writers");
    let cast = Cast::gather(site, 1)?;
    let post = cast.posts[0];
    let tokens = Cast::members(site, load.likers)?;
    let base = standing(&mut site.client()?, post)?;
    let mut readers = Readers::new(post, base.comments_seq, load.likers, load.viewers);
    let sessions = tokens.iter().map(|token| Some(token.as_str())).chain((0..load.viewers).map(|_| None));
    let mut net = connect(site, sessions, tokens.len(), &mut readers, progress)?;
    progress.say("commenting");
    let (meter, received) = (Meter::start(site.pid), net.received);
    drive(&mut net, &mut readers, load, site.patience, progress)?;
    let stretch = Stretch { cost: meter.stop(), received: net.received - received, count: readers.count };
    progress.say("comparing");
    come_to_rest(&mut net, &mut readers, site.patience)?;
    readers.check();
    compare(site, base.comments, &mut readers)?;
    cast.leave(site);
    figures_of_acts(&mut outcome, &stretch, &readers.times, load.viewers, "comment");
    #[expect(clippy::cast_precision_loss, reason = "a count of a run")]
    outcome.figure("resyncs", "readers told to resync", readers.resyncs as f64, Unit::Count);
    let title = format!("comments: {} readers", crate::out::count(load.viewers));
    outcome.chart = Some(percentiles_of_acts(&title, &readers.times, "comment"));
    outcome.faults = readers.faults;
    Ok(outcome)
}

fn drive(
    net: &mut Net,
    readers: &mut Readers,
    load: &Load,
    patience: Duration,
    progress: &Progress,
) -> anyhow::Result<()> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a run")]
    let nanos = |seconds: f64| (seconds * 1e9) as Nanos;
    let (begin, length) = (net.now(), nanos(load.seconds));
    let (mut due, mut since) = (begin, begin);
    loop {
        let now = net.now();
        if now - begin >= length || !readers.faults.is_empty() {
            return Ok(());
        }
        #[expect(clippy::cast_precision_loss, reason = "within a run")]
        progress.at((now - begin) as f64 / length as f64);
        match load.rate {
            Some(rate) => {
                while due <= now {
                    readers.comment(net, due);
                    due += nanos(1.0 / rate).max(1);
                }
            }
            None if readers.in_flight() == 0 && readers.behind() == 0 => {
                readers.comment(net, now);
                (since, due) = (now, now + 50_000_000);
            }
            None if Duration::from_nanos(now - since) > patience => {
                readers.faults.add(|| "not every reader got a comment in time");
            }
            None => due = now + 50_000_000,
        }
        net.turn(readers, Duration::from_nanos((due - now).clamp(500_000, 50_000_000)))?;
        readers.catch_up();
    }
}

fn come_to_rest(net: &mut Net, readers: &mut Readers, patience: Duration) -> anyhow::Result<()> {
    let began = Instant::now();
    while (readers.in_flight() > 0 || readers.behind() > 0) && began.elapsed() < patience {
        net.turn(readers, Duration::from_millis(10))?;
    }
    let rest = Instant::now();
    while rest.elapsed() < Duration::from_millis(300).min(patience) {
        net.turn(readers, Duration::from_millis(20))?;
    }
    readers.catch_up();
    Ok(())
}

/// What a new visitor finds: all that was acknowledged, in the same order, and counted.
fn compare(site: &Site, before: u64, readers: &mut Readers) -> anyhow::Result<()> {
    let mut client = site.client()?;
    let post = readers.post;
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/posts/{post}/comments?order=oldest&limit=100{cursor}");
        let page = client.call("GET", &path, None, None)?.json("listing comments")?;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        found.extend(items.iter().filter_map(|comment| comment["id"].as_u64()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let wanted: Vec<u64> = readers.ids().collect();
    if found.len() as u64 != before + wanted.len() as u64 || !found.ends_with(&wanted) {
        let (found, wanted) = (found.len(), wanted.len());
        readers
            .faults
            .add(|| format!("a new visitor finds {found} comments, not the {wanted} that were acknowledged"));
    }
    let now = standing(&mut client, post)?;
    if (now.comments, now.comments_seq) != (before + wanted.len() as u64, readers.head()) {
        readers
            .faults
            .add(|| format!("the post counts {} comments with seq {}", now.comments, now.comments_seq));
    }
    Ok(())
}
