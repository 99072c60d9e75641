//! `inbox`: customers write to one inbox, and every agent sees every case change. Each message must be acknowledged once,
//! move its case once on every agent's screen, in the order of the inbox, without a hole, and be found by a new visitor.

use std::collections::HashMap;
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

/// `viewers` agents of one inbox, who do nothing but look, and so many customers.
pub(crate) fn inbox(
    site: &Site,
    load: &Load,
    customers: usize,
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("inbox");
    let (agents, rate) = (load.viewers, load.rate.unwrap_or(200.0));
    outcome.set("agents", agents);
    outcome.set("customers", customers);
    outcome.set("rate", format!("{rate}/s"));
    outcome.set("seconds", load.seconds);
    allow_descriptors(agents + customers)?;
    progress.say("signing up members");
    let tokens = Cast::many_members(site, agents + customers, progress)?;
    progress.say("opening the inbox");
    let mut desk = Desk::open(site, &tokens, agents)?;
    let sessions = tokens.iter().map(|(_, token)| Some(token.as_str()));
    let mut net = connect(site, sessions, 0, &mut desk, progress)?;
    progress.say("writing");
    let (meter, received) = (Meter::start(site.pid), net.received);
    at_rate(&mut net, &mut desk, rate, load.seconds, progress)?;
    let stretch = Stretch { cost: meter.stop(), received: net.received - received, count: desk.count };
    progress.say("comparing");
    let began = Instant::now();
    while !desk.is_at_rest() && began.elapsed() < site.patience {
        net.turn(&mut desk, Duration::from_millis(10))?;
    }
    desk.check();
    desk.compare(site, &tokens[0].1)?;
    figures_of_acts(&mut outcome, &stretch, &desk.times, agents, "message");
    let title = format!("inbox: {} agents", crate::out::count(agents));
    outcome.chart = Some(percentiles_of_acts(&title, &desk.times, "message"));
    outcome.faults = desk.faults;
    Ok(outcome)
}

/// The agents' connections come first, the customers' behind them.
struct Desk {
    handle: String,
    inbox: u64,
    /// The place in the inbox's stream from which on everybody listens.
    head: u64,
    conversations: Vec<u64>,
    /// Of each agent the last place in the inbox's stream, and the sum of the messages that it was shown.
    seen: Vec<(u64, u64)>,
    /// The ids that were acknowledged: how many, their sum, and the last of each customer.
    acknowledged: (u64, u64, Vec<u64>),
    flights: Flights,
    next: usize,
    ready: usize,
    count: Count,
    times: Times,
    faults: Faults,
}

impl Desk {
    /// An inbox with all its agents, to which each customer has written once.
    fn open(site: &Site, tokens: &[(String, String)], agents: usize) -> anyhow::Result<Self> {
        let handle = tokens[0].0.replace("load_", "desk_");
        site.order(&json!({"do": "create-inbox", "handle": handle, "name": null, "agent": tokens[0].0}))?;
        in_rounds(
            site.address,
            agents - 1,
            |client, number| {
                let path = format!("/api/inboxes/{handle}/agents/{}", tokens[number + 1].0);
                client.ask("PUT", &path, Some(&tokens[0].1), Some(r#"{"role":"agent"}"#))
            },
            |_, reply| reply.json("making an agent").map(drop),
        )?;
        let customers = tokens.len() - agents;
        let (mut conversations, mut last) = (vec![0; customers], vec![0; customers]);
        in_rounds(
            site.address,
            customers,
            |client, customer| {
                let body = json!({"to": handle, "text": "Hello", "key": "hello"}).to_string();
                client.ask("POST", "/api/conversations", Some(&tokens[agents + customer].1), Some(&body))
            },
            |customer, reply| {
                let answer = reply.json("writing to the inbox")?;
                let id = |part: &str| answer[part]["id"].as_u64().context("what is new has no id");
                (conversations[customer], last[customer]) = (id("conversation")?, id("message")?);
                Ok(())
            },
        )?;
        let shown = site.client()?.call("GET", &format!("/api/inboxes/{handle}"), None, None)?;
        let inbox = shown.json("looking at the inbox")?["inbox"]["id"].as_u64().context("it has no id")?;
        Ok(Self {
            handle,
            inbox,
            head: 0,
            conversations,
            seen: vec![(0, 0); agents],
            acknowledged: (0, 0, last),
            flights: Flights::default(),
            next: 0,
            ready: 0,
            count: Count::default(),
            times: Times::default(),
            faults: Faults::default(),
        })
    }

    fn answered(&mut self, customer: usize, text: &[u8], now: Nanos) {
        let flight = scan::reference(text).and_then(|reference| self.flights.land(reference));
        let id = scan::number(text, br#""message":{"id":"#);
        let (Some(flight), Some(id)) = (flight, id) else {
            self.faults.add(|| format!("an ok that answers nothing: {}", String::from_utf8_lossy(text)));
            return;
        };
        self.count.acknowledged += 1;
        self.times.ack.record(now.saturating_sub(flight.sent));
        let (count, sum, last) = &mut self.acknowledged;
        *count += 1;
        *sum = sum.wrapping_add(id);
        last[customer] = last[customer].max(id);
    }

    fn changed(&mut self, agent: usize, text: &[u8], now: Nanos) {
        let (seq, id, sent) = (
            scan::number(text, b"\"seq\":"),
            scan::number(text, br#""last":{"id":"#),
            scan::number(text, br#""text":"at "#),
        );
        let (Some(seq), Some(id), Some(sent)) = (seq, id, sent) else {
            self.faults.add(|| format!("a case that can't be read: {}", String::from_utf8_lossy(text)));
            return;
        };
        let (before, sum) = self.seen[agent];
        if seq != before + 1 {
            self.faults.add(|| format!("agent {agent} got seq {seq} after {before}"));
        }
        self.seen[agent] = (seq, sum.wrapping_add(id));
        self.count.frames += 1;
        self.count.shown += 1;
        self.times.screen.record(now.saturating_sub(sent));
    }

    fn is_at_rest(&self) -> bool {
        let wanted = (self.head + self.acknowledged.0, self.acknowledged.1);
        self.flights.len() == 0 && self.seen.iter().all(|seen| *seen == wanted)
    }

    /// Everything has come to rest: every agent was shown exactly the messages that were acknowledged.
    fn check(&mut self) {
        let unanswered = self.flights.len();
        if unanswered > 0 {
            self.faults.add(|| format!("{unanswered} messages were never answered"));
        }
        let wanted = (self.head + self.acknowledged.0, self.acknowledged.1);
        for (agent, seen) in self.seen.iter().enumerate() {
            if *seen != wanted {
                self.faults.add(|| format!("agent {agent} was shown (seq, sum) {seen:?}, not {wanted:?}"));
            }
        }
    }

    /// What a new visitor finds: every case with the last message that was acknowledged, the latest first.
    fn compare(&mut self, site: &Site, admin: &str) -> anyhow::Result<()> {
        let (mut client, mut cursor, mut found) = (site.client()?, String::new(), Vec::new());
        loop {
            let path = format!("/api/inboxes/{}/cases?limit=100{cursor}", self.handle);
            let page = client.call("GET", &path, Some(admin), None)?.json("listing cases")?;
            let items = page["items"].as_array().cloned().unwrap_or_default();
            found.extend(
                items.iter().filter_map(|case| Some((case["id"].as_u64()?, case["last"]["id"].as_u64()?))),
            );
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        if !found.is_sorted_by(|one, next| one.1 > next.1) {
            self.faults.add(|| "the list of cases is not by activity".to_owned());
        }
        let found: HashMap<u64, u64> = found.into_iter().collect();
        let wanted: HashMap<u64, u64> =
            self.conversations.iter().copied().zip(self.acknowledged.2.iter().copied()).collect();
        if found != wanted {
            self.faults.add(|| "a new visitor finds other last messages than were acknowledged".to_owned());
        }
        Ok(())
    }
}

impl Crew for Desk {
    fn ready(&self) -> usize {
        self.ready
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl Acts for Desk {
    /// The next customer writes. When it did stands in the text.
    fn act(&mut self, net: &mut Net, due: Nanos) {
        let customer = self.next % self.conversations.len();
        self.next += 1;
        let actor = u32::try_from(customer).unwrap_or(u32::MAX);
        let reference = self.flights.start(Flight { sent: due.max(1), actor, slot: 0, on: true });
        self.count.sent += 1;
        let (conversation, number) = (self.conversations[customer], self.next);
        let text = format!(
            r#"{{"type":"message","ref":{reference},"conversation":{conversation},"text":"at {due}: is it open on Sunday?","key":"load-{number}"}}"#
        );
        net.send(self.seen.len() + customer, text.as_bytes());
    }
}

impl Work for Desk {
    fn opened(&mut self, net: &mut Net, id: Id, _now: Nanos) {
        let text = match self.conversations.get(id.wrapping_sub(self.seen.len())) {
            Some(conversation) => format!(
                r#"{{"type":"subscribe","ref":0,"topics":[{{"topic":"conversation:{conversation}","since":1}}]}}"#
            ),
            None => format!(
                r#"{{"type":"subscribe","ref":0,"topics":[{{"topic":"inbox:{0}"}},{{"topic":"inbox:{0}/waiting"}}]}}"#,
                self.inbox
            ),
        };
        net.send(id, text.as_bytes());
    }

    #[inline]
    fn text(&mut self, _net: &mut Net, id: Id, text: &[u8], now: Nanos) {
        let agents = self.seen.len();
        match scan::message(text) {
            Message::Case if id < agents => self.changed(id, text, now),
            Message::Ok if id >= agents => self.answered(id - agents, text, now),
            Message::Snapshot => {
                if id < agents {
                    let stream = scan::stream(text, &format!("inbox:{}", self.inbox));
                    self.head = stream.map_or(0, |stream| stream.seq);
                    self.seen[id].0 = self.head;
                }
                self.ready += 1;
            }
            Message::Ping | Message::Soft => {}
            // One's own message comes back to its customer.
            Message::Said if id >= agents => {}
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
