//! What subscribers get of a tail: exactly what changed since they left, or the newest page. Encoded under the relay's
//! lock, so the same is encoded once for all who ask for it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use plaudit_protocol as protocol;
use serde_json::value::RawValue;

use super::{CHANGES_BYTES, Item, PAGE_BYTES, Tail};

/// How a stream stands for one subscriber.
#[derive(Debug, Clone)]
pub(in crate::live) struct Answer {
    pub(in crate::live) seq: u64,
    pub(in crate::live) reset: bool,
    pub(in crate::live) changes: Arc<RawValue>,
    pub(in crate::live) next: Option<String>,
    /// How far its user has read it, where that is known.
    pub(in crate::live) read: Option<u64>,
}

impl<T: Item> Tail<T> {
    /// What a subscriber gets who knows everything up to `since`, or nothing, in at most so many bytes.
    pub(in crate::live) fn answer(&mut self, since: Option<u64>, room: usize) -> Answer {
        let since = since.filter(|since| (self.since..=self.seq).contains(since));
        since.and_then(|since| self.resume(since, room)).unwrap_or_else(|| self.fresh_page(room))
    }

    /// Exactly what changed after `since`, as it stands now.
    fn resume(&mut self, since: u64, room: usize) -> Option<Answer> {
        if let Some((from, answer)) = &self.resumed
            && *from == since
        {
            return Some(answer.clone()).filter(|answer| answer.changes.get().len() <= room);
        }
        let (mut encoded, mut bytes) = (Vec::new(), 2);
        for (place, id) in self.changed.iter().rev().take_while(|(place, _)| *place > since) {
            let (seq, change) = match self.items.get(id) {
                None => (*place, protocol::encode(&T::removed(None, *place, *id))),
                Some(item) if item.seq() > since => (item.seq(), protocol::encode(&item.added(None))),
                Some(item) => (*place, protocol::encode(&item.edited(None, *place))),
            };
            bytes += change.len() + 1;
            if bytes > room.min(CHANGES_BYTES) {
                return None;
            }
            encoded.push((seq, change));
        }
        // A new item that was edited since stands at the place of its creation.
        encoded.sort_unstable_by_key(|(seq, _)| *seq);
        let changes = array(encoded.iter().map(|(_, change)| change.as_str()));
        let answer = Answer { seq: self.seq, reset: false, changes, next: None, read: None };
        self.resumed = Some((since, answer.clone()));
        Some(answer)
    }

    fn fresh_page(&mut self, room: usize) -> Answer {
        if let Some(fresh) = &self.fresh
            && fresh.changes.get().len() <= room
        {
            return fresh.clone();
        }
        let (mut encoded, mut bytes, mut oldest) = (VecDeque::new(), 2, None);
        // From the newest back, as long as there is room.
        for item in self.page.iter().rev().filter_map(|id| self.items.get(id)) {
            let change = protocol::encode(&item.added(None));
            bytes += change.len() + 1;
            if bytes > room.min(PAGE_BYTES) {
                break;
            }
            encoded.push_front(change);
            oldest = Some(item.cursor());
        }
        let more = self.more || encoded.len() < self.page.len();
        let next = oldest.filter(|_| more).map(|cursor| cursor.to_string());
        let changes = array(encoded.iter().map(String::as_str));
        let fresh = Answer { seq: self.seq, reset: true, changes, next, read: None };
        if room >= PAGE_BYTES {
            self.fresh = Some(fresh.clone());
        }
        fresh
    }
}

impl Answer {
    /// In the protocol's words.
    pub(in crate::live) fn to_snapshot(&self, topic: String) -> protocol::TopicSnapshot<'_> {
        protocol::TopicSnapshot::Stream {
            topic: topic.into(),
            seq: self.seq,
            reset: self.reset,
            changes: protocol::Changes(Cow::Borrowed(&self.changes)),
            next: self.next.as_deref().map(Cow::Borrowed),
            read: self.read,
        }
    }
}

fn array<'a>(encoded: impl Iterator<Item = &'a str>) -> Arc<RawValue> {
    let array = format!("[{}]", encoded.collect::<Vec<_>>().join(","));
    // Elements that are JSON make an array that is JSON.
    RawValue::from_string(array).expect("an array of JSON is JSON").into()
}
