//! Reads of the store that many share: whoever comes first reads, the others wait for what it finds.
//!
//! A task claims entries, reads, and fills them. However it ends, its claims end with it, and one of those who waited
//! reads next.

use std::collections::HashMap;

use tokio::sync::watch;

use super::entry::Reading;
use super::relay::Relay;
use super::state::{State, StateSource, Versioned};
use super::stream::{Answer, Found, StreamSource};
use super::topics::{Asked, Room, Standing, Topic};
use crate::domain::Result;

impl Relay {
    /// The values of these topics, in the same order; none for those that are not there.
    pub async fn read_states<S: StateSource>(
        &self,
        source: &S,
        asked: &[Asked],
    ) -> Result<Vec<Option<S::Value>>> {
        let mut found: HashMap<Topic, S::Value> = HashMap::with_capacity(asked.len());
        let mut open: Vec<Topic> = asked.iter().map(|asked| asked.topic).collect();
        loop {
            let (sender, reading) = watch::channel(());
            let (mine, others) = self.claim_states(&mut open, &mut found, &reading);
            if !mine.is_empty() {
                let ids: Vec<u64> = mine.iter().map(|topic| topic.id()).collect();
                let claim = Claim { relay: self, topics: mine, reading, _sender: sender };
                let values = source.read(&*self.store, &ids).await?;
                self.fill_states(&claim, values, &mut open, &mut found);
            } else if others.is_empty() {
                return Ok(asked.iter().map(|asked| found.remove(&asked.topic)).collect());
            } else {
                wait(others).await;
            }
        }
    }

    /// Takes from `open` what the entries know. The rest is for this task to read, or is being read by others.
    fn claim_states<V: Versioned>(
        &self,
        open: &mut Vec<Topic>,
        found: &mut HashMap<Topic, V>,
        reading: &Reading,
    ) -> (Vec<Topic>, Vec<Reading>) {
        let (mut mine, mut others) = (Vec::new(), Vec::new());
        let mut entries = self.entries.lock();
        open.retain(|topic| {
            match entries.state_mut::<V>(*topic) {
                Some(State::Known(value)) => {
                    found.insert(*topic, value.clone());
                    return false;
                }
                Some(State::Missing) => return false,
                Some(State::Unknown) | None => {}
            }
            // Without an entry the subscription has already ended; it is answered all the same.
            match entries.get_mut(*topic).and_then(|entry| entry.claim(reading)) {
                Some(other) => others.push(other),
                None => mine.push(*topic),
            }
            true
        });
        (mine, others)
    }

    /// Merges what was read into the entries, where it stays `open` for the next round: a newer value, or a removal,
    /// may have come meanwhile. What has no entry (any more) is answered as it was read.
    fn fill_states<V: Versioned>(
        &self,
        claim: &Claim<'_>,
        values: Vec<Option<V>>,
        open: &mut Vec<Topic>,
        found: &mut HashMap<Topic, V>,
    ) {
        let mut entries = self.entries.lock();
        for (topic, value) in claim.topics.iter().zip(values) {
            let claimed = entries.get_mut(*topic).is_some_and(|entry| entry.is_claimed_by(&claim.reading));
            match (entries.state_mut::<V>(*topic).filter(|_| claimed), value) {
                (Some(state @ State::Unknown), None) => state.end(),
                (Some(state), Some(value)) => {
                    state.take(value);
                }
                (Some(_), None) => {}
                (None, value) => {
                    found.extend(value.map(|value| (*topic, value)));
                    open.retain(|waiting| waiting != topic);
                }
            }
        }
    }

    /// Whether a state is known to be there.
    pub(super) fn knows<V: Versioned>(&self, topic: Topic) -> bool {
        matches!(self.entries.lock().state_mut::<V>(topic), Some(State::Known(_)))
    }

    /// Keeps values that were read for another reason, where somebody is subscribed and none that is newer is known.
    pub(super) fn learn<V: Versioned>(&self, values: impl Iterator<Item = (Topic, V)>) {
        let mut entries = self.entries.lock();
        for (topic, value) in values {
            if let Some(state) = entries.state_mut::<V>(topic) {
                state.take(value);
            }
        }
    }

    /// Keeps a value in the place of whatever was known. True if that is to be told: somebody is subscribed, and what was
    /// known was other.
    pub(super) fn replace<V: Versioned>(
        &self,
        topic: Topic,
        value: V,
        is_news: impl FnOnce(&V) -> bool,
    ) -> bool {
        match self.entries.lock().state_mut::<V>(topic) {
            None | Some(State::Missing) => false,
            Some(state) => {
                let news = if let State::Known(known) = state { is_news(known) } else { true };
                *state = State::Known(value);
                news
            }
        }
    }

    /// How these streams stand, in the same order; none for those that are not there.
    pub async fn read_streams<S: StreamSource>(
        &self,
        source: &S,
        asked: &[Asked],
        room: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        let mut standings = Vec::with_capacity(asked.len());
        for Asked { topic, since } in asked {
            let answer = self.read_stream(source, *topic, *since, room.allowed()).await?;
            standings.push(answer.map(|answer| {
                room.take(answer.changes.get().len());
                Standing::stream(answer)
            }));
        }
        Ok(standings)
    }

    /// A stream's answer to one subscriber who knows everything up to `since`, or nothing, in at most so many bytes.
    /// None: there is no such stream.
    async fn read_stream<S: StreamSource>(
        &self,
        source: &S,
        topic: Topic,
        since: Option<u64>,
        room: usize,
    ) -> Result<Option<Answer>> {
        loop {
            let (sender, reading) = watch::channel(());
            let other = {
                let mut entries = self.entries.lock();
                match entries.find::<S::Item>(topic, since, room) {
                    Found::Here(answer) => return Ok(Some(answer)),
                    Found::Missing => return Ok(None),
                    Found::Unknown => entries.get_mut(topic).and_then(|entry| entry.claim(&reading)),
                }
            };
            if let Some(other) = other {
                wait(vec![other]).await;
                continue;
            }
            let claim = Claim { relay: self, topics: vec![topic], reading, _sender: sender };
            let tail = source.read(&*self.store, topic.id()).await?;
            let found = self.entries.lock().fill::<S::Item>(topic, &claim.reading, tail, (since, room));
            match found {
                Found::Here(answer) => return Ok(Some(answer)),
                Found::Missing => return Ok(None),
                Found::Unknown => {}
            }
        }
    }
}

/// Waits until every one of these reads is over, well or not.
async fn wait(readings: Vec<Reading>) {
    for mut reading in readings {
        // An error says that the sender is gone, which is what is waited for.
        let _ = reading.changed().await;
    }
}

/// Entries that this task reads for everyone. However it ends, another may read them afterwards.
struct Claim<'a> {
    relay: &'a Relay,
    topics: Vec<Topic>,
    reading: Reading,
    /// Dropped after the entries are free again: so who wakes up finds them free.
    _sender: watch::Sender<()>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut entries = self.relay.entries.lock();
        for topic in &self.topics {
            if let Some(entry) = entries.get_mut(*topic) {
                entry.end_claim(&self.reading);
            }
        }
    }
}
