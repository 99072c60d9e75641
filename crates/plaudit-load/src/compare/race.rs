//! Open pages of any of the servers: all are shown the number, some like as soon as their last like is counted. The
//! same bookkeeping for each, so that the figures can stand side by side.

use super::dialect::{Dialect, Said};
use crate::faults::Faults;
use crate::latency::Latencies;
use crate::net::{Closed, Id, Nanos, Net, Work};

/// See the module. Likers are the pages from 0 on.
pub(crate) struct Race {
    dialect: Dialect,
    likers: Vec<Liker>,
    /// The number on each page; none before the first.
    seen: Vec<Option<u64>>,
    /// The number before the first like.
    base: u64,
    /// When the like was sent that made each number behind the base; 0 while that is not known.
    sent: Vec<Nanos>,
    /// Likes sent in all: where the server has no answer of its own, the n-th like makes the n-th number.
    asked: u64,
    /// Whether a liker goes on after each answer.
    pub(crate) goes_on: bool,
    pub(crate) ready: usize,
    pub(crate) counted: u64,
    pub(crate) frames: u64,
    /// Like to its answer.
    pub(crate) ack: Latencies,
    /// Like to every page that does not like.
    pub(crate) screen: Latencies,
    /// How many pages have the highest number, and when the last of them got it.
    front: (u64, usize, Nanos),
    /// The server is being killed.
    pub(crate) ending: bool,
    pub(crate) faults: Faults,
}

#[derive(Debug, Clone, Copy, Default)]
struct Liker {
    turns: u64,
    /// When the like on its way was sent, and which number answers it.
    open: Option<(Nanos, u64)>,
}

impl Race {
    pub(crate) fn new(dialect: Dialect, likers: usize, pages: usize) -> Self {
        Self {
            dialect,
            likers: vec![Liker::default(); likers],
            seen: vec![None; pages],
            base: 0,
            sent: Vec::new(),
            asked: 0,
            goes_on: false,
            ready: 0,
            counted: 0,
            frames: 0,
            ack: Latencies::default(),
            screen: Latencies::default(),
            front: (0, 0, 0),
            ending: false,
            faults: Faults::default(),
        }
    }

    /// Everybody who likes begins.
    pub(crate) fn start(&mut self, net: &mut Net) {
        self.goes_on = true;
        for liker in 0..self.likers.len() {
            self.like(net, liker);
        }
    }

    /// One liker likes once.
    pub(crate) fn like(&mut self, net: &mut Net, liker: usize) {
        let now = net.now();
        self.asked += 1;
        let number = self.base + self.asked;
        let state = &mut self.likers[liker];
        state.open = Some((now, number));
        if !self.dialect.answers() {
            self.date(number, now);
        }
        let text = self.dialect.like(self.likers[liker].turns);
        self.likers[liker].turns += 1;
        net.send(liker, text.as_bytes());
    }

    /// How many likes are on their way.
    pub(crate) fn open(&self) -> usize {
        self.likers.iter().filter(|liker| liker.open.is_some()).count()
    }

    /// The number that must be on every page when all is done.
    pub(crate) fn truth(&self) -> u64 {
        self.base + self.counted
    }

    /// How many pages do not show it.
    pub(crate) fn behind(&self) -> usize {
        let truth = self.truth();
        self.seen.iter().filter(|seen| **seen != Some(truth)).count()
    }

    /// When the last page got the highest number.
    pub(crate) fn last_at(&self) -> Nanos {
        self.front.2
    }

    fn date(&mut self, number: u64, sent: Nanos) {
        let Some(at) = number.checked_sub(self.base + 1).and_then(|at| usize::try_from(at).ok()) else {
            return;
        };
        if at >= self.sent.len() + 1_000_000 {
            self.faults.add(|| format!("a like was counted as number {number}"));
            return;
        }
        if at >= self.sent.len() {
            self.sent.resize(at + 1, 0);
        }
        self.sent[at] = sent;
    }

    fn counted(&mut self, net: &mut Net, id: Id, now: Nanos) {
        let Some((sent, _)) = self.likers[id].open.take() else {
            self.faults.add(|| format!("liker {id} was answered twice"));
            return;
        };
        self.counted += 1;
        self.ack.record(now.saturating_sub(sent));
        if self.goes_on {
            self.like(net, id);
        }
    }

    #[inline]
    fn shown(&mut self, net: &mut Net, id: Id, number: u64, now: Nanos) {
        let Some(before) = self.seen[id].replace(number) else {
            self.ready += 1;
            self.base = self.base.max(number);
            return;
        };
        self.frames += 1;
        if number < before {
            self.faults.add(|| format!("page {id} went back from {before} to {number}"));
            return;
        }
        if number > self.front.0 {
            self.front = (number, 0, now);
        }
        if number == self.front.0 {
            self.front.1 += 1;
            self.front.2 = now;
        }
        if id >= self.likers.len() && number > before {
            let weight = number - before;
            let sample = before + 1 + if weight == 1 { 0 } else { fastrand::u64(..weight) };
            let at = sample.checked_sub(self.base + 1).and_then(|at| usize::try_from(at).ok());
            if let Some(sent) = at.and_then(|at| self.sent.get(at)).filter(|sent| **sent != 0) {
                self.screen.record_n(now.saturating_sub(*sent), weight);
            }
        } else if id < self.likers.len()
            && !self.dialect.answers()
            && self.likers[id].open.is_some_and(|(_, mine)| number >= mine)
        {
            self.counted(net, id, now);
        }
    }
}

impl Work for Race {
    fn opened(&mut self, net: &mut Net, id: Id, _now: Nanos) {
        if let Some(greeting) = self.dialect.greeting() {
            net.send(id, greeting.as_bytes());
        }
    }

    #[inline]
    fn text(&mut self, net: &mut Net, id: Id, text: &[u8], now: Nanos) {
        match self.dialect.read(text) {
            Said::Number(number) => self.shown(net, id, number, now),
            Said::Counted(number) => {
                if let Some((sent, _)) = self.likers.get(id).and_then(|liker| liker.open) {
                    self.date(number, sent);
                }
                self.counted(net, id, now);
            }
            Said::Wants(back) => net.send(id, back.as_bytes()),
            Said::NoNumber => {
                self.faults.add(|| format!("page {id} shows {:?}", String::from_utf8_lossy(text)));
            }
            Said::Nothing => {}
        }
    }

    fn closed(&mut self, _net: &mut Net, id: Id, why: Closed, _now: Nanos) {
        if !self.ending {
            self.faults.add(|| format!("page {id} {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Dial, Speaks};

    /// One liker and one who watches, shown these numbers after one like.
    fn race(numbers: &[(Id, &str)]) -> Race {
        let mut net = Net::new().unwrap();
        // It is never connected: what is sent goes nowhere.
        net.open(Dial { address: ([127, 0, 0, 1], 9).into(), speaks: Speaks::Http, receive_buffer: None });
        let mut race = Race::new(Dialect::Plain, 1, 2);
        for page in [0, 1] {
            race.text(&mut net, page, b"10", 1);
        }
        race.like(&mut net, 0);
        for (page, number) in numbers {
            race.text(&mut net, *page, number.as_bytes(), 2);
        }
        race
    }

    #[test]
    fn a_like_is_counted_when_its_number_comes_back() {
        let right = race(&[(0, "11"), (1, "11")]);
        assert_eq!((right.counted, right.truth(), right.behind(), right.open()), (1, 11, 0, 0));
        assert!(right.faults.is_empty());
        let late = race(&[(0, "11")]);
        assert_eq!((late.behind(), late.open()), (1, 0));
        let lost = race(&[(1, "10")]);
        assert_eq!((lost.counted, lost.open()), (0, 1));
    }

    #[test]
    fn what_is_no_number_and_what_goes_back_is_a_fault() {
        for numbers in [&[(0, "NaN")][..], &[(0, "")], &[(1, "11"), (1, "10")]] {
            assert_eq!(race(numbers).faults.count(), 1, "{numbers:?}");
        }
    }
}
