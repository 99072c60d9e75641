//! Topics and who subscribes them, from the topic's side: a key, its subscribers in one dense vector,
//! and what is pending until the next flush. Driven by the pass and by `subscribe`. Each subscriber
//! carries two numbers, when it registered and where its snapshot stood, so that neither a push from
//! before its time nor one that its snapshot contains ever reaches it, even when that push comes in
//! late.

use std::collections::HashMap;
use std::time::Instant;

use slab::Slab;

use crate::gather::{Kind, index};
use crate::{Frame, TopicKey};

/// One subscription as its topic sees it.
pub(crate) struct Subscriber {
    /// The connection.
    pub(crate) slot: u32,
    /// Which of the connection's subscriptions this is.
    pub(crate) place: u32,
    /// Its snapshot has not come: frames go to its hold.
    pub(crate) held: bool,
    /// The shard's count of pushes when it registered.
    pub(crate) since: u64,
    /// Where its snapshot stood.
    pub(crate) after: u64,
}

/// A push that waits for the flush.
pub(crate) struct Pending {
    pub(crate) kind: Kind,
    pub(crate) frame: Frame,
    /// Its number among the shard's pushes.
    pub(crate) arrived: u64,
}

pub(crate) struct Topic {
    pub(crate) key: TopicKey,
    pub(crate) subscribers: Vec<Subscriber>,
    /// What was pushed to it. Most topics are a session's or a user's, and nothing ever is.
    pub(crate) pushed: Option<Box<Pushed>>,
}

/// What is known of a topic's pushes.
#[derive(Default)]
pub(crate) struct Pushed {
    pub(crate) pending: Vec<Pending>,
    /// The newest version of each slot, of the `SLOTS` that were versioned last.
    versions: Vec<(u64, u64)>,
    pub(crate) flushed: Option<Instant>,
    /// It stands in the list of those to flush.
    pub(crate) queued: bool,
}

/// How many slots' versions are remembered to refuse late ones. Most topics have one slot. A topic with more slots
/// than this forgets the oldest, and a late value of such a slot is sent: its reader compares versions too.
const SLOTS: usize = 64;

/// What became of a push.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Added {
    Queued,
    Conflated,
    Late,
}

impl Pushed {
    pub(crate) fn add(&mut self, kind: Kind, frame: Frame, arrived: u64) -> Added {
        let entry = Pending { kind, frame, arrived };
        let Kind::State { slot, version } = kind else {
            self.pending.push(entry);
            return Added::Queued;
        };
        if version != 0 {
            match self.versions.iter_mut().find(|(known, _)| *known == slot) {
                Some((_, newest)) if *newest > version => return Added::Late,
                Some((_, newest)) => *newest = version,
                None => {
                    if self.versions.len() == SLOTS {
                        self.versions.remove(0);
                    }
                    self.versions.push((slot, version));
                }
            }
        }
        let same = |p: &&mut Pending| matches!(p.kind, Kind::State { slot: s, .. } if s == slot);
        if let Some(pending) = self.pending.iter_mut().find(same) {
            *pending = entry;
            Added::Conflated
        } else {
            self.pending.push(entry);
            Added::Queued
        }
    }
}

#[derive(Default)]
pub(crate) struct Topics {
    topics: Slab<Topic>,
    by_key: HashMap<TopicKey, u32>,
}

impl Topics {
    pub(crate) fn find(&self, key: TopicKey) -> Option<u32> {
        self.by_key.get(&key).copied()
    }

    /// The topic with this key, made where there is none.
    pub(crate) fn find_or_add(&mut self, key: TopicKey) -> u32 {
        *self.by_key.entry(key).or_insert_with(|| {
            index(self.topics.insert(Topic { key, subscribers: Vec::new(), pushed: None }))
        })
    }

    pub(crate) fn get(&self, topic: u32) -> &Topic {
        &self.topics[topic as usize]
    }

    pub(crate) fn get_mut(&mut self, topic: u32) -> &mut Topic {
        &mut self.topics[topic as usize]
    }

    /// Removes a topic that nobody subscribes; what was pending of it has no reader.
    pub(crate) fn remove(&mut self, topic: u32) -> TopicKey {
        let topic = self.topics.remove(topic as usize);
        self.by_key.remove(&topic.key);
        topic.key
    }
}
