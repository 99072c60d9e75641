//! A reader: follows the comments through whatever it does to itself and the server does to it, and in the end compares.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::known::Known;
use super::{POST, Random, Shared, TOPIC, Truth, count};
use crate::support::Socket;

/// How it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Quick,
    /// Looks away for a while, with little room in its socket.
    Slow,
    /// Goes away for so long that it gets a fresh page.
    Away,
}

pub struct Reader {
    manner: Manner,
    random: Random,
    shared: Arc<Shared>,
    truth: watch::Receiver<Option<Arc<Truth>>>,
    known: Known,
    epoch: Option<String>,
    version: u64,
    reference: u64,
}

/// What was known when a subscribe was sent.
struct Sent {
    reference: u64,
    since: Option<u64>,
    acknowledged: u64,
    removed: HashSet<u64>,
}

impl Reader {
    pub fn new(manner: Manner, random: Random, shared: Arc<Shared>) -> Self {
        let truth = shared.truth.subscribe();
        let (known, epoch, version, reference) = (Known::default(), None, 0, 0);
        Self { manner, random, shared, truth, known, epoch, version, reference }
    }

    /// Reads until it knows everything, and compares.
    pub async fn run(mut self) {
        while !self.is_at_the_end() {
            let receive = (self.manner == Manner::Slow).then_some(2048);
            let socket = self.shared.open(None, receive).await;
            self.follow(socket).await;
        }
        let truth = self.truth.borrow().clone().unwrap();
        self.known.check(&truth);
    }

    fn is_at_the_end(&self) -> bool {
        self.truth.borrow().as_ref().is_some_and(|truth| truth.head == self.known.seq)
    }

    /// One connection, until it or the reader ends it.
    async fn follow(&mut self, mut socket: Socket) -> Option<()> {
        self.subscribe(&mut socket, true).await?;
        loop {
            if self.is_at_the_end() {
                // Once more, so that nothing is left that would come.
                self.subscribe(&mut socket, true).await;
                return None;
            }
            match (self.manner, self.random.below(100)) {
                (Manner::Slow, 0..10) => self.shared.after(25).await,
                (Manner::Away, 0..3) => {
                    count(&self.shared.figures.drops);
                    drop(socket);
                    self.shared.after(220).await;
                    return None;
                }
                (_, 10..13) => {
                    count(&self.shared.figures.drops);
                    return None;
                }
                (_, 13..16) => self.subscribe(&mut socket, true).await?,
                (_, 16..18) => {
                    let names = json!([TOPIC, POST]);
                    self.reference += 1;
                    let away = json!({"type": "unsubscribe", "ref": self.reference, "topics": names});
                    self.call(&mut socket, &away).await?;
                    self.subscribe(&mut socket, true).await?;
                }
                (_, 18..20) => self.subscribe(&mut socket, false).await?,
                _ => {
                    let push = tokio::select! {
                        push = socket.next_or_close() => push.ok()?,
                        _ = self.truth.changed(), if !self.shared.is_done() => continue,
                    };
                    self.take(&push, &mut socket).await?;
                }
            }
        }
    }

    /// Subscribes, from where it is or anew; takes what is pushed before the answer, and the answer.
    async fn subscribe(&mut self, socket: &mut Socket, resume: bool) -> Option<()> {
        let since = self.epoch.as_ref().filter(|_| resume).map(|_| self.known.seq);
        self.reference += 1;
        let sent = Sent {
            reference: self.reference,
            since,
            acknowledged: self.shared.acknowledged.load(Ordering::SeqCst),
            removed: self.shared.removed.lock().unwrap().clone(),
        };
        let mut topic = json!({"topic": TOPIC});
        let mut command = json!({"type": "subscribe", "ref": self.reference});
        if let (Some(since), Some(epoch)) = (since, &self.epoch) {
            topic["since"] = json!(since);
            command["epoch"] = json!(epoch);
        }
        command["topics"] = json!([{"topic": POST}, topic]);
        let answer = self.call(socket, &command).await?;
        if answer["type"] == "error" {
            assert!(["overloaded", "storage"].contains(&answer["code"].as_str().unwrap()), "{answer}");
            return None;
        }
        self.take_answer(&answer, &sent);
        Some(())
    }

    /// Sends and waits for the answer; none where the connection ended.
    async fn call(&mut self, socket: &mut Socket, command: &Value) -> Option<Value> {
        socket.try_send(command).await.ok()?;
        loop {
            let message = socket.next_or_close().await.ok()?;
            if message["ref"] == command["ref"] {
                return Some(message);
            }
            if message["type"] != "resync" {
                self.take_push(&message);
            }
        }
    }

    async fn take(&mut self, push: &Value, socket: &mut Socket) -> Option<()> {
        if push["type"] == "resync" {
            count(&self.shared.figures.resyncs);
            // A topic that was resynced in between may be another; both are asked for again.
            return Box::pin(self.subscribe(socket, true)).await;
        }
        self.take_push(push);
        Some(())
    }

    fn take_push(&mut self, push: &Value) {
        if push["type"] == "counts" {
            let version = push["version"].as_u64().unwrap();
            assert!(version > self.version, "{push} after {}", self.version);
            self.version = version;
        } else {
            assert_eq!(push["topic"], TOPIC);
            count(&self.shared.figures.pushes);
            self.known.take_push(push);
        }
    }

    fn take_answer(&mut self, answer: &Value, sent: &Sent) {
        assert_eq!(answer["ref"], sent.reference);
        let (post, topic) = (&answer["topics"][0], &answer["topics"][1]);
        let version = post["version"].as_u64().unwrap();
        assert!(version >= self.version, "{post} after {}", self.version);
        self.version = version;
        let epoch = answer["epoch"].as_str().unwrap();
        assert!(self.epoch.as_ref().is_none_or(|known| known == epoch));
        self.epoch = Some(epoch.to_owned());
        assert!(topic["seq"].as_u64() >= Some(sent.acknowledged), "older than what was acknowledged");
        for change in topic["changes"].as_array().unwrap() {
            let shown = change["comment"]["id"].as_u64();
            assert!(shown.is_none_or(|id| !sent.removed.contains(&id)), "was removed: {change}");
        }
        count(if topic["reset"] == true {
            &self.shared.figures.resets
        } else {
            &self.shared.figures.resumes
        });
        self.known.take_snapshot(topic, sent.since);
    }
}
