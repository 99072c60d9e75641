//! Clients that come back: cut off, they try again as the protocol says, after a random time that doubles, and resume
//! where they were. Each must end on the true number and with every post that it missed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::faults::Faults;
use crate::net::{Closed, Id, Nanos, Net, Work};
use crate::scan::{self, Message};

/// See the module. All of them watch one post and the feed.
pub(crate) struct Returners {
    post: u64,
    /// What each knows.
    known: Vec<Known>,
    /// Who tries again when.
    retries: BinaryHeap<Reverse<(Nanos, Id)>>,
    epoch: String,
    /// How many have a snapshot of this connection.
    pub(crate) live: usize,
    /// Connections that were tried and refused, or cut off.
    pub(crate) failures: u64,
    pub(crate) faults: Faults,
}

/// What one client has on its screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Known {
    version: u64,
    likes: u64,
    /// The place in the feed.
    seq: u64,
    live: bool,
    attempts: u32,
}

const SECOND: Nanos = 1_000_000_000;

impl Returners {
    pub(crate) fn new(post: u64, clients: usize) -> Self {
        Self {
            post,
            known: vec![Known::default(); clients],
            retries: BinaryHeap::new(),
            epoch: String::new(),
            live: 0,
            failures: 0,
            faults: Faults::default(),
        }
    }

    /// Lets those try again whose time has come; says when the next one's will.
    pub(crate) fn retry(&mut self, net: &mut Net) -> Option<Nanos> {
        while let Some(Reverse((due, id))) = self.retries.peek().copied() {
            if due > net.now() {
                return Some(due);
            }
            self.retries.pop();
            net.reopen(id);
        }
        None
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether a client has a snapshot of its connection.
    pub(crate) fn is_live(&self, id: Id) -> bool {
        self.known[id].live
    }

    /// A client hangs up by itself; whether it was live.
    pub(crate) fn leave(&mut self, id: Id) -> bool {
        let was = std::mem::replace(&mut self.known[id].live, false);
        self.live -= usize::from(was);
        was
    }

    /// How many are live and know this, and all posts up to this.
    pub(crate) fn right(&self, version: u64, likes: u64, seq: u64) -> usize {
        let right =
            |known: &&Known| known.live && (known.version, known.likes, known.seq) == (version, likes, seq);
        self.known.iter().filter(right).count()
    }

    /// Who is not, in words.
    pub(crate) fn complain(&mut self, version: u64, likes: u64, seq: u64) {
        for (client, known) in self.known.iter().enumerate() {
            if !known.live {
                self.faults.add(|| format!("client {client} did not come back"));
            } else if (known.version, known.likes, known.seq) != (version, likes, seq) {
                self.faults.add(|| {
                    format!(
                        "client {client} ended on {} likes at version {} and post {} of the feed: right are {likes}, \
                         {version} and {seq}",
                        known.likes, known.version, known.seq
                    )
                });
            }
        }
    }

    /// What a client says when it is connected.
    fn hello(&self, id: Id) -> String {
        let (post, seq) = (self.post, self.known[id].seq);
        if self.epoch.is_empty() {
            return format!(
                r#"{{"type":"subscribe","ref":0,"topics":[{{"topic":"post:{post}"}},{{"topic":"feed:latest"}}]}}"#
            );
        }
        let epoch = &self.epoch;
        format!(
            r#"{{"type":"subscribe","ref":0,"epoch":"{epoch}","topics":[{{"topic":"post:{post}"}},{{"topic":"feed:latest","since":{seq}}}]}}"#
        )
    }

    fn snapshot(&mut self, id: Id, text: &[u8]) {
        let state = scan::states(text).find(|state| state.post == self.post);
        let (Some(state), Some(feed)) = (state, scan::stream(text, "feed:latest")) else {
            self.faults.add(|| format!("a snapshot lacks a topic: {}", String::from_utf8_lossy(text)));
            return;
        };
        let epoch = scan::word(text, b"\"epoch\":").unwrap_or_default();
        if self.epoch.is_empty() {
            epoch.clone_into(&mut self.epoch);
        } else if self.epoch != epoch {
            self.faults.add(|| format!("the epoch was {} and is {epoch}: another database", self.epoch));
        }
        let known = self.known[id];
        if state.version < known.version {
            self.faults
                .add(|| format!("client {id} came back from version {} to {}", known.version, state.version));
        }
        if known.seq > 0 && !feed.reset {
            // Nobody removes posts here, so what was missed is exactly what comes.
            let mut wanted = known.seq;
            for seq in scan::change_seqs(feed.changes) {
                wanted += 1;
                if seq != wanted {
                    self.faults.add(|| {
                        format!("client {id} resumed the feed after {}: {seq} came for {wanted}", known.seq)
                    });
                    wanted = seq;
                }
            }
            if wanted != feed.seq {
                self.faults.add(|| {
                    format!("client {id} resumed the feed: its changes end at {wanted}, not {}", feed.seq)
                });
            }
        }
        if !known.live {
            self.live += 1;
        }
        self.known[id] =
            Known { version: state.version, likes: state.likes, seq: feed.seq, live: true, attempts: 0 };
    }
}

impl Work for Returners {
    fn opened(&mut self, net: &mut Net, id: Id, _now: Nanos) {
        let text = self.hello(id);
        net.send(id, text.as_bytes());
    }

    fn text(&mut self, _net: &mut Net, id: Id, text: &[u8], _now: Nanos) {
        match scan::message(text) {
            Message::Snapshot => self.snapshot(id, text),
            Message::Counts => {
                let Some(counts) = scan::counts(text).filter(|counts| counts.post == self.post) else {
                    return;
                };
                let known = &mut self.known[id];
                if counts.version <= known.version {
                    let (had, got) = (known.version, counts.version);
                    self.faults.add(|| format!("client {id} was shown version {got} after {had}"));
                }
                (known.version, known.likes) = (counts.version, counts.likes);
            }
            Message::PostAdded => {
                let Some(seq) = scan::number(text, b"\"seq\":") else { return };
                let known = &mut self.known[id];
                if seq != known.seq + 1 {
                    let had = known.seq;
                    self.faults.add(|| format!("client {id} got post {seq} of the feed after {had}"));
                }
                known.seq = seq;
            }
            Message::Ping | Message::Soft | Message::Notification => {}
            _ => self.faults.add(|| format!("a frame nobody asked for: {}", String::from_utf8_lossy(text))),
        }
    }

    fn closed(&mut self, _net: &mut Net, id: Id, why: Closed, now: Nanos) {
        let known = &mut self.known[id];
        if std::mem::replace(&mut known.live, false) {
            self.live -= 1;
        }
        self.failures += 1;
        // The range says it: 40xx is a client's own mistake.
        if matches!(why, Closed::Code(1000 | 1002..=1011 | 4000..=4099) | Closed::Wrong(_)) {
            self.faults.add(|| format!("client {id} {why}"));
            return;
        }
        let longest = (SECOND << known.attempts.min(5)).min(30 * SECOND);
        known.attempts += 1;
        self.retries.push(Reverse((now + fastrand::u64(..longest), id)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(epoch: &str, version: u64, seq: u64, changes: &[u64]) -> String {
        let changes: Vec<String> =
            changes.iter().map(|seq| format!(r#"{{"type":"post.added","seq":{seq}}}"#)).collect();
        format!(
            r#"{{"type":"snapshot","ref":0,"epoch":"{epoch}","topics":[{{"topic":"post:7","version":{version},"likes":3,"comments":0,"liked":false}},{{"topic":"feed:latest","seq":{seq},"reset":false,"changes":[{}],"next":null}}]}}"#,
            changes.join(",")
        )
    }

    fn counts(version: u64) -> String {
        format!(r#"{{"type":"counts","topic":"post:7","version":{version},"likes":3,"comments":0}}"#)
    }

    fn added(seq: u64) -> String {
        format!(r#"{{"type":"post.added","topic":"feed:latest","seq":{seq},"post":{{"seq":{seq}}}}}"#)
    }

    /// What a client at version 5 and seq 10 says of these texts, the first after a cut where `cut`.
    fn said(cut: bool, texts: &[String]) -> String {
        let mut net = Net::new().unwrap();
        let mut clients = Returners::new(7, 1);
        clients.text(&mut net, 0, snapshot("e", 5, 10, &[]).as_bytes(), 1);
        if cut {
            clients.closed(&mut net, 0, Closed::Gone, 2);
            assert_eq!((clients.live, clients.failures), (0, 1));
        }
        for text in texts {
            clients.text(&mut net, 0, text.as_bytes(), 3);
        }
        clients.faults.said().join("; ")
    }

    #[test]
    fn one_who_comes_back_right_is_right() {
        assert_eq!(said(true, &[snapshot("e", 6, 12, &[11, 12]), counts(7), added(13)]), "");
        assert_eq!(said(false, &[counts(6), added(11)]), "");
    }

    #[test]
    fn lies_to_one_who_comes_back_are_named() {
        for (text, word) in [
            (snapshot("other", 6, 10, &[]), "another database"),
            (snapshot("e", 4, 10, &[]), "came back from version 5 to 4"),
            (snapshot("e", 5, 12, &[12]), "12 came for 11"),
            (snapshot("e", 5, 12, &[11]), "its changes end at 11, not 12"),
            (snapshot("e", 5, 12, &[11, 12, 12]), "12 came for 13"),
        ] {
            let said = said(true, &[text]);
            assert!(said.contains(word), "{word}: {said}");
        }
        for (text, word) in [(counts(5), "version 5 after 5"), (added(12), "post 12 of the feed after 10")] {
            let said = said(false, &[text]);
            assert!(said.contains(word), "{word}: {said}");
        }
    }

    #[test]
    fn one_who_is_not_back_or_not_right_in_the_end_is_named() {
        let mut net = Net::new().unwrap();
        let mut clients = Returners::new(7, 2);
        clients.text(&mut net, 0, snapshot("e", 5, 10, &[]).as_bytes(), 1);
        assert_eq!((clients.right(5, 3, 10), clients.right(6, 3, 10)), (1, 0));
        clients.complain(6, 3, 10);
        let said = clients.faults.said().join("; ");
        assert!(
            said.contains("client 0 ended on 3 likes at version 5")
                && said.contains("client 1 did not come back")
        );
    }

    #[test]
    fn a_code_that_says_do_not_come_back_is_a_fault() {
        let mut net = Net::new().unwrap();
        let mut clients = Returners::new(7, 1);
        clients.closed(&mut net, 0, Closed::Code(4200), 1);
        clients.closed(&mut net, 0, Closed::Code(4102), 1);
        assert!(clients.faults.is_empty());
        clients.closed(&mut net, 0, Closed::Code(4003), 1);
        assert_eq!(clients.faults.count(), 1);
    }
}
