//! `reconnect-storm`: thousands watch, some like, and the server is killed (-9) in the middle and started again. No
//! acknowledged like or post may be missing, and everybody must be live and right again, soon.

use std::sync::mpsc::{TryRecvError, sync_channel};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::returners::Returners;
use crate::client::Client;
use crate::crowd::{Assembly, Crowd, Plan, allow_descriptors};
use crate::faults::Faults;
use crate::net::http::upgrade;
use crate::net::{Dial, Nanos, Net, Speaks};
use crate::out::{Chart, Outcome, Progress, Scale, Series, Unit, count};
use crate::people::{Standing, standing};
use crate::scenario::figures::Load;
use crate::site::Site;

/// How long after the server serves again everybody must be back.
const PATIENCE: f64 = 60.0;

/// The likes before the kill, and the posts before and after it.
const POSTS: usize = 3;

/// Kills the server once, after the load's time; it stays away for `down` seconds.
pub(crate) fn reconnect_storm(
    site: &mut Site,
    load: &Load,
    down: f64,
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("reconnect-storm");
    outcome.set("clients", load.viewers);
    outcome.set("likers", load.likers);
    outcome.set("away", format!("{down} s"));
    allow_descriptors(load.viewers + load.likers)?;
    let plan = Plan { viewers: 0, posts: 1, likers: load.likers, ..Plan::default() };
    let Assembly { net: mut likers, mut crowd, cast, .. } = Crowd::assemble(site, &plan, progress)?;
    let post = cast.posts[0];
    let (mut net, mut clients) = gather(site, post, load.viewers, progress)?;

    progress.say("liking");
    crowd.all_like(&mut likers, 1);
    turn_both(&mut net, &mut clients, &mut likers, &mut crowd, load.seconds, progress)?;
    write_posts(site, &cast.author)?;
    site.kill()?;
    let acknowledged = crowd.end_here(&mut likers)?;

    progress.say("the server is gone");
    let killed = net.now();
    drive_until(&mut net, &mut clients, killed + nanos(down), None)?;
    let (took, serving) =
        start_again(site, &mut net, &mut clients, |net, clients, end| drive_until(net, clients, end, None))?;
    progress.say("everybody comes back");
    write_posts(site, &cast.author)?;
    let truth = standing(&mut site.client()?, post)?;
    let head = head_of_feed(&mut site.client()?)?;
    let mut timeline = vec![(-seconds_between(killed, serving), 0.0)];
    let mut marks = [None; 3];
    loop {
        let (now, right) = (net.now(), clients.right(truth.version, truth.likes, head));
        let since = seconds_between(serving, now);
        timeline.push((since, to_float(right)));
        for (mark, share) in marks.iter_mut().zip([0.5, 0.99, 1.0]) {
            if mark.is_none() && to_float(right) >= share * to_float(load.viewers) {
                *mark = Some(since);
            }
        }
        if right == load.viewers || since > PATIENCE || !clients.faults.is_empty() {
            break;
        }
        progress.at(to_float(right) / to_float(load.viewers));
        drive_until(&mut net, &mut clients, now + 25_000_000, None)?;
    }
    clients.complain(truth.version, truth.likes, head);
    let reads = site.snapshot_reads();

    progress.say("comparing");
    let lost = check_likes(site, post, truth, &acknowledged, &mut outcome.faults)?;
    like_once_more(site, post, &cast.author, &mut net, &mut clients, head)?;
    outcome.figure("acts", "likes acknowledged before", to_float(acknowledged.count), Unit::Count);
    outcome.figure("lost", "acknowledged likes that were lost", to_float(lost), Unit::Count);
    outcome.figure("start_ms", "until the server served again", took.as_secs_f64() * 1e3, Unit::Millis);
    for (mark, (key, label)) in marks.iter().zip([
        ("half_seconds", "then until half were live and right"),
        ("most_seconds", "  until 99 %"),
        ("all_seconds", "  until all"),
    ]) {
        outcome.figure_of(key, label, *mark, Unit::Seconds);
    }
    outcome.figure_of("reads", "reads of the database for all their snapshots", reads, Unit::Count);
    #[expect(clippy::cast_precision_loss, reason = "a count of a run")]
    outcome.figure(
        "failures",
        "times that connections were cut or refused",
        clients.failures as f64,
        Unit::Count,
    );
    outcome.chart = Some(Chart {
        title: format!("reconnect-storm: {} clients, kill -9 and restart", count(load.viewers)),
        x: ("seconds since the server serves again".into(), Scale::Linear),
        y: ("clients that are live and right".into(), Scale::Linear),
        series: vec![Series { name: "live and right".into(), points: timeline.split_off(1) }],
    });
    outcome.faults.merge(clients.faults);
    Ok(outcome)
}

fn gather(site: &Site, post: u64, clients: usize, progress: &Progress) -> anyhow::Result<(Net, Returners)> {
    let mut net = Net::new()?;
    let mut returners = Returners::new(post, clients);
    let host = site.address.to_string();
    for _ in 0..clients {
        let hello = upgrade("/live", &host, None, Some(plaudit_protocol::SUBPROTOCOL));
        net.open(Dial { address: site.address, speaks: Speaks::WebSocket(hello), receive_buffer: None });
    }
    progress.say("connecting");
    let end = net.now() + nanos(PATIENCE);
    drive_until(&mut net, &mut returners, end, Some(clients))?;
    if returners.live < clients || !returners.faults.is_empty() {
        bail!(
            "only {} of {clients} clients were live: {}",
            returners.live,
            returners.faults.said().join("; ")
        );
    }
    Ok((net, returners))
}

/// Goes on until a moment, or until so many are live.
fn drive_until(
    net: &mut Net,
    clients: &mut Returners,
    end: Nanos,
    live: Option<usize>,
) -> anyhow::Result<()> {
    while net.now() < end && live.is_none_or(|live| clients.live < live) && clients.faults.is_empty() {
        let next = clients.retry(net).unwrap_or(end).min(end);
        let wait = next.saturating_sub(net.now()).clamp(1_000_000, 20_000_000);
        net.turn(clients, Duration::from_nanos(wait))?;
    }
    Ok(())
}

fn turn_both(
    net: &mut Net,
    clients: &mut Returners,
    likers: &mut Net,
    crowd: &mut Crowd,
    seconds: f64,
    progress: &Progress,
) -> anyhow::Result<()> {
    let begin = net.now();
    while seconds_between(begin, net.now()) < seconds && crowd.faults.is_empty() {
        progress.at(seconds_between(begin, net.now()) / seconds);
        likers.turn(crowd, Duration::from_millis(2))?;
        net.turn(clients, Duration::ZERO)?;
    }
    Ok(())
}

/// Starts the server while the clients go on trying. Gives how long it took, and when it served.
pub(super) fn start_again<W>(
    site: &mut Site,
    net: &mut Net,
    clients: &mut W,
    turn: impl Fn(&mut Net, &mut W, Nanos) -> anyhow::Result<()>,
) -> anyhow::Result<(Duration, Nanos)> {
    std::thread::scope(|scope| {
        let (tell, told) = sync_channel(1);
        scope.spawn(move || tell.send(site.start_again()));
        loop {
            let end = net.now() + 2_000_000;
            turn(net, clients, end)?;
            match told.try_recv() {
                Ok(took) => return Ok((took?, net.now())),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => bail!("starting the server panicked"),
            }
        }
    })
}

pub(super) fn write_posts(site: &Site, author: &str) -> anyhow::Result<()> {
    let mut client = site.client()?;
    for number in 0..POSTS {
        let body = json!({ "text": format!("Written in a storm, number {number}.") }).to_string();
        client.call("POST", "/api/posts", Some(author), Some(&body))?.json("writing a post")?;
    }
    Ok(())
}

pub(super) fn head_of_feed(client: &mut Client) -> anyhow::Result<u64> {
    let page = client.call("GET", "/api/posts?limit=1", None, None)?.json("listing posts")?;
    page["items"][0]["seq"].as_u64().context("the newest post has no seq")
}

/// What the likers were told before the server went.
pub(crate) struct Acknowledged {
    /// How many likes.
    pub(crate) count: usize,
    /// The post after the last of them: version and likes.
    pub(crate) last: (u64, u64),
    /// Of each liker: its session, whether it likes the post, and whether a change of that was on its way.
    pub(crate) likers: Vec<(String, bool, bool)>,
}

impl Acknowledged {
    /// The post has the last acknowledged version, or one more for each like whose answer did not come.
    fn compare(&self, truth: Standing, faults: &mut Faults) {
        let unsure = self.likers.iter().filter(|(_, _, unsure)| *unsure).count() as u64;
        let (version, likes) = self.last;
        if truth.version < version || truth.version > version + unsure {
            let Standing { version: now, likes: there, .. } = truth;
            faults.add(|| {
                format!(
                    "the last acknowledged like made version {version} with {likes} likes, {unsure} were on their way, \
                     and the post is at version {now} with {there} likes"
                )
            });
        }
    }
}

/// Compares the post with what was acknowledged; gives how many likes are lost.
fn check_likes(
    site: &Site,
    post: u64,
    truth: Standing,
    acknowledged: &Acknowledged,
    faults: &mut Faults,
) -> anyhow::Result<usize> {
    acknowledged.compare(truth, faults);
    let mut client = site.client()?;
    let mut lost = 0;
    for (token, likes, _) in acknowledged.likers.iter().filter(|(_, _, unsure)| !unsure) {
        let answer =
            client.call("GET", &format!("/api/posts/{post}"), Some(token), None)?.json("reading a post")?;
        if answer["post"]["liked"].as_bool() != Some(*likes) {
            lost += 1;
            faults.add(|| {
                format!("a liker was told that its like is {likes}, and it is {}", answer["post"]["liked"])
            });
        }
    }
    Ok(lost)
}

/// One more like and one more post: whoever is back must be shown both.
fn like_once_more(
    site: &Site,
    post: u64,
    author: &str,
    net: &mut Net,
    clients: &mut Returners,
    head: u64,
) -> anyhow::Result<()> {
    if !clients.faults.is_empty() {
        return Ok(());
    }
    let mut client = site.client()?;
    client.call("PUT", &format!("/api/posts/{post}/like"), Some(author), None)?.json("liking")?;
    write_posts(site, author)?;
    let (truth, head) = (standing(&mut client, post)?, head + POSTS as u64);
    let end = net.now() + nanos(15.0);
    while clients.right(truth.version, truth.likes, head) < clients.len() && net.now() < end {
        let next = net.now() + 10_000_000;
        drive_until(net, clients, next, None)?;
        if !clients.faults.is_empty() {
            break;
        }
    }
    clients.complain(truth.version, truth.likes, head);
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a run")]
fn nanos(seconds: f64) -> Nanos {
    (seconds * 1e9) as Nanos
}

#[expect(clippy::cast_precision_loss, reason = "within a run")]
fn seconds_between(begin: Nanos, end: Nanos) -> f64 {
    end.saturating_sub(begin) as f64 / 1e9
}

#[expect(clippy::cast_precision_loss, reason = "a count of a run")]
fn to_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_was_acknowledged_must_be_there_and_only_what_was_asked_for_may_be_beyond() {
        let liker = |unsure: bool| (String::new(), true, unsure);
        let acknowledged =
            Acknowledged { count: 7, last: (20, 3), likers: vec![liker(true), liker(false), liker(true)] };
        for (version, right) in [(19, false), (20, true), (22, true), (23, false)] {
            let mut faults = Faults::default();
            acknowledged.compare(Standing { likes: 3, version, comments: 0, comments_seq: 0 }, &mut faults);
            assert_eq!(faults.is_empty(), right, "{version}: {:?}", faults.said());
        }
    }
}
