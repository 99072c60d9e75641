//! `messages`: pairs of members write to each other, every side with several tabs. Each message must be acknowledged once,
//! reach both sides in the order of the conversation, without a hole, and be found by a new visitor.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use crate::client::in_rounds;
use crate::crowd::{Count, Flight, Flights, Times, allow_descriptors};
use crate::drive::{Acts, Crew, at_rate, connect};
use crate::faults::Faults;
use crate::measure::Meter;
use crate::net::{Closed, Id, Nanos, Net, Work};
use crate::out::{Outcome, Progress};
use crate::people::Cast;
use crate::scan::{self, Message};
use crate::scenario::figures::{Load, Stretch, figures_of_acts, percentiles_of_acts};
use crate::site::Site;

/// `conversations` of two members each; `viewers` connections among them, which all follow their member's numbers.
pub(crate) fn messages(
    site: &Site,
    load: &Load,
    conversations: usize,
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("messages");
    let tabs = load.viewers.max(2 * conversations);
    let rate = load.rate.unwrap_or(2000.0);
    outcome.set("connected", tabs);
    outcome.set("conversations", conversations);
    outcome.set("rate", format!("{rate}/s"));
    outcome.set("seconds", load.seconds);
    allow_descriptors(tabs)?;
    progress.say("signing up members");
    let tokens = Cast::many_members(site, 2 * conversations, progress)?;
    progress.say("beginning conversations");
    let ids = begin(site, &tokens)?;
    let mut talks = Talks::new(ids);
    let sessions = tokens.iter().cycle().take(tabs).map(|(_, token)| Some(token.as_str()));
    let mut net = connect(site, sessions, talks.sides(), &mut talks, progress)?;
    progress.say("writing");
    let (meter, received) = (Meter::start(site.pid), net.received);
    at_rate(&mut net, &mut talks, rate, load.seconds, progress)?;
    let stretch = Stretch { cost: meter.stop(), received: net.received - received, count: talks.count };
    progress.say("comparing");
    come_to_rest(&mut net, &mut talks, site.patience)?;
    talks.check();
    compare(site, &tokens, &mut talks)?;
    figures_of_acts(&mut outcome, &stretch, &talks.times, tabs, "message");
    let title = format!("messages: {} conversations", crate::out::count(conversations));
    outcome.chart = Some(percentiles_of_acts(&title, &talks.times, "message"));
    outcome.faults = talks.faults;
    Ok(outcome)
}

/// Every even member writes to the next one, who accepts; gives the conversations.
fn begin(site: &Site, tokens: &[(String, String)]) -> anyhow::Result<Vec<u64>> {
    let pairs = tokens.len() / 2;
    let mut ids = vec![0; pairs];
    in_rounds(
        site.address,
        pairs,
        |client, pair| {
            let body = json!({"to": tokens[2 * pair + 1].0, "text": "Hello", "key": "hello"}).to_string();
            client.ask("POST", "/api/conversations", Some(&tokens[2 * pair].1), Some(&body))
        },
        |pair, reply| {
            let answer = reply.json("beginning a conversation")?;
            ids[pair] = answer["conversation"]["id"].as_u64().context("a new conversation has no id")?;
            Ok(())
        },
    )?;
    in_rounds(
        site.address,
        pairs,
        |client, pair| {
            let path = format!("/api/conversations/{}/accept", ids[pair]);
            client.ask("PUT", &path, Some(&tokens[2 * pair + 1].1), None)
        },
        |_, reply| reply.json("accepting a conversation").map(drop),
    )?;
    Ok(ids)
}

/// The sides of all conversations come first, two by two; the connections behind them are further tabs.
struct Talks {
    ids: Vec<u64>,
    /// The last seq that each side has.
    seen: Vec<u64>,
    /// Of each conversation the ids that were acknowledged, by seq from 2 on; 0 while one is not known.
    acknowledged: Vec<Vec<u64>>,
    flights: Flights,
    next: usize,
    ready: usize,
    count: Count,
    times: Times,
    faults: Faults,
}

/// The message that began each conversation.
const FIRST: u64 = 1;

impl Talks {
    fn new(ids: Vec<u64>) -> Self {
        let sides = 2 * ids.len();
        Self {
            acknowledged: vec![Vec::new(); ids.len()],
            ids,
            seen: vec![FIRST; sides],
            flights: Flights::default(),
            next: 0,
            ready: 0,
            count: Count::default(),
            times: Times::default(),
            faults: Faults::default(),
        }
    }

    fn sides(&self) -> usize {
        self.seen.len()
    }

    fn answered(&mut self, side: usize, text: &[u8], now: Nanos) {
        let flight = scan::reference(text).and_then(|reference| self.flights.land(reference));
        let (id, seq) = (scan::number(text, br#""message":{"id":"#), scan::number(text, b"\"seq\":"));
        let (Some(flight), Some(id), Some(seq)) = (flight, id, seq) else {
            self.faults.add(|| format!("an ok that answers nothing: {}", String::from_utf8_lossy(text)));
            return;
        };
        self.count.acknowledged += 1;
        self.times.ack.record(now.saturating_sub(flight.sent));
        let known = &mut self.acknowledged[side / 2];
        let at = usize::try_from(seq.saturating_sub(FIRST + 1)).unwrap_or(usize::MAX);
        if seq <= FIRST || at > known.len() + 100_000 {
            self.faults.add(|| format!("side {side} was given seq {seq}"));
            return;
        }
        if at >= known.len() {
            known.resize(at + 1, 0);
        }
        if known[at] != 0 {
            self.faults.add(|| format!("two messages were acknowledged with seq {seq}"));
        }
        known[at] = id;
    }

    fn added(&mut self, side: usize, text: &[u8], now: Nanos) {
        let (Some(seq), Some(sent)) =
            (scan::number(text, b"\"seq\":"), scan::number(text, br#""text":"at "#))
        else {
            self.faults.add(|| format!("a message that can't be read: {}", String::from_utf8_lossy(text)));
            return;
        };
        let before = std::mem::replace(&mut self.seen[side], seq);
        if seq != before + 1 {
            self.faults.add(|| format!("side {side} got seq {seq} after {before}"));
        }
        self.count.frames += 1;
        self.count.shown += 1;
        self.times.screen.record(now.saturating_sub(sent));
    }

    fn is_at_rest(&self) -> bool {
        let behind = |(side, seen): (usize, &u64)| *seen != FIRST + self.acknowledged[side / 2].len() as u64;
        self.flights.len() == 0 && !self.seen.iter().enumerate().any(behind)
    }

    /// Everything has come to rest: no hole in what was acknowledged, and all of it with both sides.
    fn check(&mut self) {
        let unanswered = self.flights.len();
        if unanswered > 0 {
            self.faults.add(|| format!("{unanswered} messages were never answered"));
        }
        for (side, seen) in self.seen.iter().enumerate() {
            let known = &self.acknowledged[side / 2];
            if known.contains(&0) {
                self.faults.add(|| format!("a seq of conversation {} was acknowledged to nobody", side / 2));
            }
            let head = FIRST + known.len() as u64;
            if *seen != head {
                self.faults
                    .add(|| format!("side {side} ended on seq {seen}; the last acknowledged is {head}"));
            }
        }
    }
}

impl Crew for Talks {
    fn ready(&self) -> usize {
        self.ready
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl Acts for Talks {
    /// One side of the next conversation writes: the two in turns. When it did stands in the text.
    fn act(&mut self, net: &mut Net, due: Nanos) {
        let round = self.next / self.ids.len();
        let side = 2 * (self.next % self.ids.len()) + round % 2;
        self.next += 1;
        let actor = u32::try_from(side).unwrap_or(u32::MAX);
        let reference = self.flights.start(Flight { sent: due.max(1), actor, slot: 0, on: true });
        self.count.sent += 1;
        let (conversation, number) = (self.ids[side / 2], self.next);
        let text = format!(
            r#"{{"type":"message","ref":{reference},"conversation":{conversation},"text":"at {due}: are you there?","key":"load-{number}"}}"#
        );
        net.send(side, text.as_bytes());
    }
}

impl Work for Talks {
    fn opened(&mut self, net: &mut Net, id: Id, _now: Nanos) {
        let own = match self.ids.get(id / 2).filter(|_| id < self.sides()) {
            Some(conversation) => format!(r#"{{"topic":"conversation:{conversation}","since":{FIRST}}},"#),
            None => String::new(),
        };
        let text = format!(
            r#"{{"type":"subscribe","ref":0,"topics":[{own}{{"topic":"unread"}},{{"topic":"conversations"}},{{"topic":"notifications"}}]}}"#
        );
        net.send(id, text.as_bytes());
    }

    #[inline]
    fn text(&mut self, _net: &mut Net, id: Id, text: &[u8], now: Nanos) {
        match scan::message(text) {
            Message::Said if id < self.sides() => self.added(id, text, now),
            Message::Ok if id < self.sides() => self.answered(id, text, now),
            Message::Snapshot => self.ready += 1,
            Message::Ping => {}
            Message::Soft | Message::Notification => self.count.frames += 1,
            Message::Error if scan::word(text, b"\"code\":") == Some("overloaded") => {
                scan::reference(text).and_then(|reference| self.flights.land(reference));
                self.count.refused += 1;
            }
            _ => self.faults.add(|| format!("a frame nobody asked for: {}", String::from_utf8_lossy(text))),
        }
    }

    fn closed(&mut self, _net: &mut Net, id: Id, why: Closed, _now: Nanos) {
        self.faults.add(|| format!("connection {id} {why}"));
    }
}

fn come_to_rest(net: &mut Net, talks: &mut Talks, patience: Duration) -> anyhow::Result<()> {
    let began = Instant::now();
    while !talks.is_at_rest() && began.elapsed() < patience {
        net.turn(talks, Duration::from_millis(10))?;
    }
    Ok(())
}

/// What a new visitor finds in each conversation: all that was acknowledged, in the same order, once.
fn compare(site: &Site, tokens: &[(String, String)], talks: &mut Talks) -> anyhow::Result<()> {
    let mut client = site.client()?;
    for (pair, id) in talks.ids.iter().enumerate() {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/conversations/{id}/messages?limit=100{cursor}");
            let page =
                client.call("GET", &path, Some(&tokens[2 * pair + 1].1), None)?.json("listing messages")?;
            let items = page["items"].as_array().cloned().unwrap_or_default();
            found.extend(items.iter().filter_map(|message| message["id"].as_u64()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let wanted = &talks.acknowledged[pair];
        if found.get(1..) != Some(wanted) {
            let (found, wanted) = (found.len().saturating_sub(1), wanted.len());
            talks.faults.add(|| {
                format!(
                    "a new visitor finds {found} messages of conversation {id}, not the {wanted} acknowledged"
                )
            });
        }
    }
    Ok(())
}
