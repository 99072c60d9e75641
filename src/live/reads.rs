//! Reads of the store that many share: whoever comes first reads, the others wait for what it finds.
//!
//! A task claims entries, reads, and fills them. However it ends, its claims end with it, and one of those who waited
//! reads next.

use std::collections::HashMap;

use tokio::sync::watch;

use super::entry::{PostValue, Reading};
use super::items::Item;
use super::relay::Relay;
use super::stream::Found;
use super::tail::Answer;
use crate::domain::{Counts, PostId, Result, Topic};

impl Relay {
    /// The counts of those posts that are there. The topics are `post:ID`, or `post:ID/presence` where only that is
    /// wanted of a post.
    pub(super) async fn read_posts(&self, topics: &[Topic]) -> Result<HashMap<PostId, Counts>> {
        let mut found = HashMap::with_capacity(topics.len());
        let mut open = topics.to_vec();
        loop {
            let (sender, reading) = watch::channel(());
            let (mine, others) = self.claim_posts(&mut open, &mut found, &reading);
            if !mine.is_empty() {
                let ids: Vec<PostId> = mine.iter().copied().filter_map(post_of).collect();
                let claim = Claim { relay: self, topics: mine, reading, _sender: sender };
                let counts = self.store.find_counts(&ids).await?;
                self.fill_posts(&claim, counts, &mut open, &mut found);
            } else if others.is_empty() {
                return Ok(found);
            } else {
                wait(others).await;
            }
        }
    }

    /// Takes from `open` what the entries know. The rest is for this task to read, or is being read by others.
    fn claim_posts(
        &self,
        open: &mut Vec<Topic>,
        found: &mut HashMap<PostId, Counts>,
        reading: &Reading,
    ) -> (Vec<Topic>, Vec<Reading>) {
        let (mut mine, mut others) = (Vec::new(), Vec::new());
        let mut entries = self.entries.lock();
        open.retain(|topic| {
            match entries.post_mut(*topic) {
                Some(PostValue::Known(counts)) => {
                    found.extend(post_of(*topic).map(|id| (id, *counts)));
                    return false;
                }
                Some(PostValue::Missing) => return false,
                Some(PostValue::Unknown) | None => {}
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

    /// Merges what was read into the entries, where it stays `open` for the next round: newer counts, or a removal,
    /// may have come meanwhile. What has no entry (any more) is answered as it was read.
    fn fill_posts(
        &self,
        claim: &Claim<'_>,
        counts: Vec<Option<Counts>>,
        open: &mut Vec<Topic>,
        found: &mut HashMap<PostId, Counts>,
    ) {
        let mut entries = self.entries.lock();
        for (topic, counts) in claim.topics.iter().zip(counts) {
            let claimed = entries.get_mut(*topic).is_some_and(|entry| entry.is_claimed_by(&claim.reading));
            match (entries.post_mut(*topic).filter(|_| claimed), counts) {
                (Some(value @ PostValue::Unknown), None) => *value = PostValue::Missing,
                (Some(value), Some(counts)) => {
                    value.take(counts);
                }
                (Some(_), None) => {}
                (None, counts) => {
                    found.extend(counts.and_then(|counts| Some((post_of(*topic)?, counts))));
                    open.retain(|waiting| waiting != topic);
                }
            }
        }
    }

    /// A stream's answer to one subscriber who knows everything up to `since`, or nothing, in at most so many bytes.
    /// None: there is no such stream.
    pub(super) async fn read_stream<T: Item>(
        &self,
        topic: Topic,
        since: Option<u64>,
        room: usize,
    ) -> Result<Option<Answer>> {
        loop {
            let (sender, reading) = watch::channel(());
            let other = {
                let mut entries = self.entries.lock();
                match entries.find::<T>(topic, since, room) {
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
            let tail = T::read(&*self.store, topic).await?;
            let found = self.entries.lock().fill::<T>(topic, &claim.reading, tail, (since, room));
            match found {
                Found::Here(answer) => return Ok(Some(answer)),
                Found::Missing => return Ok(None),
                Found::Unknown => {}
            }
        }
    }
}

fn post_of(topic: Topic) -> Option<PostId> {
    match topic {
        Topic::Post(id) | Topic::Presence(id) => Some(id),
        _ => None,
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
