//! Snapshots: how topics stand, for a connection that has just been registered for them.
//!
//! Only from a read that started after the registration, or from an entry of the relay: so ten thousand that
//! reconnect read the database once per topic. Whoever has a session needs a read of its own for `liked` anyway, and
//! takes the counts from the same transaction, so that the two always belong together.

use std::collections::HashMap;

use plaudit_hub::{Frame, Position, TopicKey};
use plaudit_protocol as protocol;
use tokio::sync::watch;

use super::entries::{PostValue, Reading};
use super::feed::{Answer, Feed};
use super::relay::Relay;
use crate::domain::{Counts, PostId, Result, Topic, UserId};

/// One topic that was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// As the client wrote it.
    pub name: String,
    /// The topic, or the code of why there is none.
    pub topic: std::result::Result<Topic, &'static str>,
    /// The position up to which the client knows it.
    pub since: Option<u64>,
}

/// A snapshot as it goes to the hub.
pub struct Snapshot {
    /// The reply.
    pub frame: Frame,
    /// Where it stands in each topic.
    pub positions: Vec<(TopicKey, Position)>,
}

/// What stands in the store for one subscribe.
struct Read {
    /// Those posts that are there, and whether the reader likes them.
    posts: HashMap<PostId, (Counts, bool)>,
    feed: Option<Answer>,
}

impl Relay {
    /// The snapshot for these topics, which the connection is registered for.
    pub async fn snapshot(
        &self,
        reference: u64,
        asked: &[Asked],
        reader: Option<UserId>,
    ) -> Result<Snapshot> {
        let read = self.read(asked, reader).await?;
        let mut topics = Vec::with_capacity(asked.len());
        let mut positions = Vec::with_capacity(asked.len());
        for Asked { name, topic, .. } in asked {
            let (snapshot, position) = match topic {
                Ok(topic) => read.describe(*topic),
                Err(code) => (refused(name, code), None),
            };
            topics.push(snapshot);
            if let Ok(topic) = topic {
                positions.push((TopicKey(topic.key()), position.map_or(Position::Refused, Position::At)));
            }
        }
        let epoch = self.store.epoch().into();
        let reply = protocol::Reply::Snapshot { reference, epoch, topics };
        Ok(Snapshot { frame: Frame::text(protocol::encode(&reply)), positions })
    }

    async fn read(&self, asked: &[Asked], reader: Option<UserId>) -> Result<Read> {
        let topics = || asked.iter().filter_map(|asked| asked.topic.ok().map(|topic| (topic, asked.since)));
        let posts: Vec<PostId> = topics()
            .filter_map(|(topic, _)| match topic {
                Topic::Post(id) => Some(id),
                _ => None,
            })
            .collect();
        let posts = match reader {
            _ if posts.is_empty() => HashMap::new(),
            Some(reader) => {
                let seen = self.store.find_seen(&posts, reader).await?;
                posts.into_iter().zip(seen).filter_map(|(id, seen)| Some((id, seen?))).collect()
            }
            None => {
                self.read_posts(&posts).await?.into_iter().map(|(id, counts)| (id, (counts, false))).collect()
            }
        };
        let feed = match topics().find(|(topic, _)| *topic == Topic::Latest) {
            Some((_, since)) => Some(self.read_feed(since).await?),
            None => None,
        };
        Ok(Read { posts, feed })
    }

    /// The counts of those posts that are there.
    async fn read_posts(&self, posts: &[PostId]) -> Result<HashMap<PostId, Counts>> {
        let mut found = HashMap::with_capacity(posts.len());
        let mut open: Vec<PostId> = posts.to_vec();
        loop {
            let (sender, reading) = watch::channel(());
            let (mine, others) = self.claim_posts(&mut open, &mut found, &reading);
            if !mine.is_empty() {
                let topics = mine.iter().copied().map(Topic::Post).collect();
                let claim = Claim { relay: self, topics, reading, _sender: sender };
                let counts = self.store.find_counts(&mine).await?;
                self.fill_posts(&claim.reading, &mine, counts, &mut open, &mut found);
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
        open: &mut Vec<PostId>,
        found: &mut HashMap<PostId, Counts>,
        reading: &Reading,
    ) -> (Vec<PostId>, Vec<Reading>) {
        let (mut mine, mut others) = (Vec::new(), Vec::new());
        let mut entries = self.entries.lock();
        open.retain(|id| {
            match entries.post_mut(*id) {
                Some(PostValue::Known(counts)) => {
                    found.insert(*id, *counts);
                    return false;
                }
                Some(PostValue::Missing) => return false,
                Some(PostValue::Unknown) | None => {}
            }
            // Without an entry the subscription has already ended; it is answered all the same.
            match entries.get_mut(Topic::Post(*id)).and_then(|entry| entry.claim(reading)) {
                Some(other) => others.push(other),
                None => mine.push(*id),
            }
            true
        });
        (mine, others)
    }

    /// Merges what was read into the entries, where it stays `open` for the next round: newer counts, or a removal,
    /// may have come meanwhile. What has no entry (any more) is answered as it was read.
    fn fill_posts(
        &self,
        reading: &Reading,
        mine: &[PostId],
        counts: Vec<Option<Counts>>,
        open: &mut Vec<PostId>,
        found: &mut HashMap<PostId, Counts>,
    ) {
        let mut entries = self.entries.lock();
        for (id, counts) in mine.iter().zip(counts) {
            let claimed = entries.get_mut(Topic::Post(*id)).is_some_and(|entry| entry.is_claimed_by(reading));
            match (entries.post_mut(*id).filter(|_| claimed), counts) {
                (Some(value @ PostValue::Unknown), None) => *value = PostValue::Missing,
                (Some(value @ (PostValue::Unknown | PostValue::Known(_))), Some(counts)) => {
                    value.take(counts);
                }
                (Some(_), _) => {}
                (None, counts) => {
                    found.extend(counts.map(|counts| (*id, counts)));
                    open.retain(|waiting| waiting != id);
                }
            }
        }
    }

    /// The feed's answer to one subscriber.
    async fn read_feed(&self, since: Option<u64>) -> Result<Answer> {
        loop {
            let (sender, reading) = watch::channel(());
            let other = {
                let mut entries = self.entries.lock();
                if let Some(feed) = entries.feed_mut().and_then(|value| value.feed.as_mut()) {
                    return Ok(feed.answer(since));
                }
                entries.get_mut(Topic::Latest).and_then(|entry| entry.claim(&reading))
            };
            if let Some(other) = other {
                wait(vec![other]).await;
                continue;
            }
            let claim = Claim { relay: self, topics: vec![Topic::Latest], reading, _sender: sender };
            let feed = Feed::from(self.store.read_feed_tail().await?);
            if let Some(answer) = self.fill_feed(&claim.reading, feed, since) {
                return Ok(answer);
            }
        }
    }

    /// Puts the feed that was read into its entry, from where the next round answers; if too much came meanwhile,
    /// that round reads again. Without an entry it is answered as it was read.
    fn fill_feed(&self, reading: &Reading, mut feed: Feed, since: Option<u64>) -> Option<Answer> {
        let mut entries = self.entries.lock();
        let claimed = entries.get_mut(Topic::Latest).is_some_and(|entry| entry.is_claimed_by(reading));
        match entries.feed_mut().filter(|_| claimed) {
            Some(value) => {
                value.finish_reading(feed);
                None
            }
            None => Some(feed.answer(since)),
        }
    }
}

impl Read {
    fn describe(&self, topic: Topic) -> (protocol::TopicSnapshot<'_>, Option<u64>) {
        let name = topic.to_string();
        match topic {
            Topic::Post(id) => match self.posts.get(&id) {
                Some(&(Counts { likes, comments, version }, liked)) => {
                    let topic = name.into();
                    (protocol::TopicSnapshot::Post { topic, version, likes, comments, liked }, Some(version))
                }
                None => (refused(&name, "not_found"), None),
            },
            Topic::Latest => match &self.feed {
                Some(answer) => (answer.to_snapshot(name), Some(answer.seq)),
                None => (refused(&name, "not_found"), None),
            },
            Topic::Me(_) => (protocol::TopicSnapshot::Me { topic: name.into() }, Some(0)),
            Topic::Comments(_) | Topic::Presence(_) | Topic::Session(_) => {
                (refused(&name, "not_found"), None)
            }
        }
    }
}

fn refused<'a>(name: &str, code: &'a str) -> protocol::TopicSnapshot<'a> {
    protocol::TopicSnapshot::Refused { topic: name.to_owned().into(), error: code.into() }
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
