//! Readers of one stream, and members who write to it. Every reader must get every entry, in order, without a hole;
//! one that is told to resync asks for what it missed, and must get exactly that.

use crate::crowd::{Count, Flight, Flights, Times};
use crate::drive::Crew;
use crate::faults::Faults;
use crate::net::{Closed, Id, Nanos, Net, Work};
use crate::scan::{self, Message};

/// See the module. Writers are the connections from 0 on.
pub(crate) struct Readers {
    pub(crate) post: u64,
    pub(crate) topic: String,
    writers: usize,
    /// The last seq of each reader; none before its snapshot, or while it waits for another.
    seen: Vec<Option<u64>>,
    /// Where each was when it asked again.
    since: Vec<u64>,
    epoch: String,
    /// Before the first comment.
    pub(crate) base: u64,
    /// Behind the base: the id of each entry, and when it was asked for; 0 while it is not known.
    entries: Vec<(u64, Nanos)>,
    flights: Flights,
    next: u64,
    early: Vec<(usize, u64, Nanos)>,
    pub(crate) ready: usize,
    /// The entry whose last reader is waited for, and how many have it.
    goal: Option<(u64, Nanos)>,
    reached: usize,
    /// The highest seq that anybody got.
    front: u64,
    pub(crate) resyncs: u64,
    pub(crate) count: Count,
    pub(crate) times: Times,
    pub(crate) faults: Faults,
}

impl Readers {
    pub(crate) fn new(post: u64, base: u64, writers: usize, readers: usize) -> Self {
        Self {
            post,
            topic: format!("post:{post}/comments"),
            writers,
            seen: vec![None; readers],
            since: vec![0; readers],
            epoch: String::new(),
            base,
            entries: Vec::new(),
            flights: Flights::default(),
            next: 0,
            early: Vec::new(),
            ready: 0,
            goal: None,
            reached: 0,
            front: base,
            resyncs: 0,
            count: Count::default(),
            times: Times::default(),
            faults: Faults::default(),
        }
    }

    /// How many comments are on their way.
    pub(crate) fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// The last seq that was acknowledged.
    pub(crate) fn head(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// How many readers do not have it.
    pub(crate) fn behind(&self) -> usize {
        let head = self.head();
        self.seen.iter().filter(|seen| **seen != Some(head)).count()
    }

    /// The ids that were acknowledged, in the order of their seqs.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u64> {
        self.entries.iter().map(|entry| entry.0)
    }

    /// The next writer comments.
    pub(crate) fn comment(&mut self, net: &mut Net, due: Nanos) {
        #[expect(clippy::cast_possible_truncation, reason = "a remainder of a length")]
        let writer = (self.next % self.writers as u64) as usize;
        self.next += 1;
        let actor = u32::try_from(writer).unwrap_or(u32::MAX);
        let reference = self.flights.start(Flight { sent: due.max(1), actor, slot: 0, on: true });
        self.count.sent += 1;
        let (post, number) = (self.post, self.next);
        let text = format!(
            r#"{{"type":"comment","ref":{reference},"post":{post},"text":"Well said, number {number}.","key":"load-{number}"}}"#
        );
        net.send(writer, text.as_bytes());
    }

    fn acknowledged(&mut self, id: Id, text: &[u8], now: Nanos) {
        let flight = scan::reference(text).and_then(|reference| self.flights.land(reference));
        let (comment, seq) = (scan::number(text, br#""comment":{"id":"#), scan::number(text, b"\"seq\":"));
        let (Some(flight), Some(comment), Some(seq)) = (flight, comment, seq) else {
            self.faults.add(|| format!("an ok that answers nothing: {}", String::from_utf8_lossy(text)));
            return;
        };
        self.count.acknowledged += 1;
        self.times.ack.record(now.saturating_sub(flight.sent));
        let Some(at) = seq.checked_sub(self.base + 1).and_then(|at| usize::try_from(at).ok()) else {
            self.faults.add(|| format!("writer {id} was given seq {seq}, which was there before the load"));
            return;
        };
        if at > self.entries.len() + 1_000_000 {
            self.faults.add(|| format!("writer {id} was given seq {seq}: there are not so many comments"));
            return;
        }
        if at >= self.entries.len() {
            self.entries.resize(at + 1, (0, 0));
        }
        if self.entries[at].1 != 0 {
            self.faults.add(|| format!("two comments were acknowledged with seq {seq}"));
        }
        self.entries[at] = (comment, flight.sent);
        if self.goal.is_none() {
            self.reached = self.seen.iter().filter(|seen| seen.is_some_and(|seen| seen >= seq)).count();
            if self.reached < self.seen.len() {
                self.goal = Some((seq, flight.sent));
            }
        }
    }

    fn added(&mut self, reader: usize, text: &[u8], now: Nanos) {
        let (Some(seq), Some(comment)) =
            (scan::number(text, b"\"seq\":"), scan::number(text, br#""comment":{"id":"#))
        else {
            self.faults.add(|| format!("a comment that can't be read: {}", String::from_utf8_lossy(text)));
            return;
        };
        match self.seen[reader] {
            Some(seen) if seq == seen + 1 => {}
            seen => {
                self.faults.add(|| match seen {
                    Some(seen) => format!("reader {reader} got seq {seq} after {seen}"),
                    None => format!("reader {reader} got seq {seq} before its snapshot"),
                });
            }
        }
        self.seen[reader] = Some(seq);
        self.count.frames += 1;
        self.count.shown += 1;
        if let Some((_, sent)) = self.goal.filter(|(goal, _)| *goal == seq) {
            self.reached += 1;
            if self.reached == self.seen.len() {
                self.times.last.record(now.saturating_sub(sent));
                self.goal = None;
            }
        }
        if seq > self.front {
            self.front = seq;
            if let Some((_, sent)) = self.entry(seq) {
                self.times.first.record(now.saturating_sub(sent));
            }
        }
        self.early.push((reader, seq, now));
        self.date(reader, seq, comment);
    }

    /// Compares the last that came with its acknowledgement, if that is there.
    fn date(&mut self, reader: usize, seq: u64, comment: u64) {
        let Some((id, sent)) = self.entry(seq) else { return };
        if let Some((_, _, at)) = self.early.pop() {
            self.times.screen.record(at.saturating_sub(sent));
        }
        if id != comment {
            self.faults
                .add(|| format!("reader {reader} got comment {comment} at seq {seq}; its ok said {id}"));
        }
    }

    fn entry(&self, seq: u64) -> Option<(u64, Nanos)> {
        let at = usize::try_from(seq.checked_sub(self.base + 1)?).ok()?;
        self.entries.get(at).copied().filter(|entry| entry.1 != 0)
    }

    /// Dates what came before its acknowledgement.
    pub(crate) fn catch_up(&mut self) {
        let mut early = std::mem::take(&mut self.early);
        early.retain(|(_, seq, at)| match self.entry(*seq) {
            Some((_, sent)) => {
                self.times.screen.record(at.saturating_sub(sent));
                false
            }
            None => true,
        });
        self.early = early;
    }

    /// Everything has come to rest: no hole in what was acknowledged, and all of it with every reader.
    pub(crate) fn check(&mut self) {
        let unanswered = self.flights.len();
        if unanswered > 0 {
            self.faults.add(|| format!("{unanswered} comments were never answered"));
        }
        for (seq, entry) in (self.base + 1..).zip(&self.entries) {
            if entry.1 == 0 {
                self.faults.add(|| format!("no acknowledged comment has seq {seq}"));
            }
        }
        let head = self.head();
        for (reader, seen) in self.seen.iter().enumerate() {
            if *seen != Some(head) {
                self.faults.add(|| {
                    format!("reader {reader} ended on {seen:?}; the last acknowledged seq is {head}")
                });
            }
        }
        for (reader, seq, _) in &self.early {
            self.faults.add(|| format!("reader {reader} got seq {seq}, which nobody was told"));
        }
    }

    fn snapshot(&mut self, reader: usize, text: &[u8]) {
        let Some(stream) = scan::stream(text, &self.topic) else {
            self.faults.add(|| format!("a snapshot without the comments: {}", String::from_utf8_lossy(text)));
            return;
        };
        if self.epoch.is_empty() {
            scan::word(text, b"\"epoch\":").unwrap_or_default().clone_into(&mut self.epoch);
        }
        let since = self.since[reader];
        if since == 0 {
            self.ready += 1;
        } else if !stream.reset {
            // Nobody edits or removes here, so what was missed is exactly what comes.
            let mut wanted = since;
            for seq in scan::change_seqs(stream.changes) {
                wanted += 1;
                if seq != wanted {
                    self.faults.add(|| {
                        format!("reader {reader} resumed after {since} and got seq {seq} for {wanted}")
                    });
                    wanted = seq;
                }
            }
            if wanted != stream.seq {
                let seq = stream.seq;
                self.faults.add(|| {
                    format!("reader {reader} resumed after {since}: the changes end at {wanted}, not {seq}")
                });
            }
        }
        self.seen[reader] = Some(stream.seq);
    }
}

impl Crew for Readers {
    fn ready(&self) -> usize {
        self.ready
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl Work for Readers {
    fn opened(&mut self, net: &mut Net, id: Id, _now: Nanos) {
        if id < self.writers {
            self.ready += 1;
        } else {
            let text = format!(r#"{{"type":"subscribe","ref":0,"topics":[{{"topic":"{}"}}]}}"#, self.topic);
            net.send(id, text.as_bytes());
        }
    }

    #[inline]
    fn text(&mut self, net: &mut Net, id: Id, text: &[u8], now: Nanos) {
        let reader = id.wrapping_sub(self.writers);
        match scan::message(text) {
            Message::CommentAdded if id >= self.writers => self.added(reader, text, now),
            Message::Ok if id < self.writers => self.acknowledged(id, text, now),
            Message::Snapshot if id >= self.writers => self.snapshot(reader, text),
            Message::Resync if id >= self.writers => {
                self.resyncs += 1;
                let since = self.seen[reader].take().unwrap_or(self.since[reader]);
                self.since[reader] = since;
                let text = format!(
                    r#"{{"type":"subscribe","ref":1,"epoch":"{}","topics":[{{"topic":"{}","since":{since}}}]}}"#,
                    self.epoch, self.topic
                );
                net.send(id, text.as_bytes());
            }
            Message::Ping | Message::Soft | Message::Notification => {}
            Message::Error if scan::word(text, b"\"code\":") == Some("overloaded") && id < self.writers => {
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
