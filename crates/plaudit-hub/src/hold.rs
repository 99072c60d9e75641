//! A subscription whose snapshot has not come yet: what the topic pushes meanwhile, bounded. Driven by
//! the pass, released by the reply. A second subscribe while one is held keeps what is held already.
//! Its snapshot may come before the first one's, and then the older snapshot, which comes last, needs
//! the older frames; those it contains are filtered by position.

use crate::gather::Kind;
use crate::{Config, Frame, Position};

#[derive(Debug)]
pub(crate) struct Hold {
    /// Snapshots that have yet to come, those of subscribes that were taken back included.
    pub(crate) outstanding: u32,
    granted: bool,
    refused: bool,
    outgrown: bool,
    states: Vec<(Kind, Frame)>,
    streams: Vec<(Kind, Frame)>,
    bytes: usize,
    last: Option<Frame>,
}

/// What becomes of the subscription when its last snapshot has come.
#[derive(Debug)]
pub(crate) enum Released {
    /// It is live from here on, behind these frames; with `Last` among them, it ends.
    Live(Vec<(Kind, Frame)>),
    /// It ends silently: the snapshot says so.
    Refused,
    /// It ends with a resync: too much was held, or two snapshots disagree on the right to it.
    Resync,
}

impl Hold {
    pub(crate) fn new(outstanding: u32) -> Self {
        Self {
            outstanding,
            granted: false,
            refused: false,
            outgrown: false,
            states: Vec::new(),
            streams: Vec::new(),
            bytes: 0,
            last: None,
        }
    }

    /// Holds one frame back: a state overwrites its slot, anything else queues.
    pub(crate) fn put(&mut self, kind: Kind, frame: &Frame, config: &Config) {
        if self.outgrown || self.last.is_some() {
            return;
        }
        match kind {
            Kind::Last => self.last = Some(frame.clone()),
            Kind::State { slot, .. } => {
                let same =
                    |held: &&mut (Kind, Frame)| matches!(held.0, Kind::State { slot: s, .. } if s == slot);
                match self.states.iter_mut().find(same) {
                    Some(held) => *held = (kind, frame.clone()),
                    None => self.states.push((kind, frame.clone())),
                }
            }
            _ => {
                self.bytes += frame.len();
                self.streams.push((kind, frame.clone()));
            }
        }
        if self.states.len() > config.max_queued
            || self.streams.len() > config.max_queued
            || self.bytes > config.max_queued_bytes
        {
            self.outgrown = true;
            self.states = Vec::new();
            self.streams = Vec::new();
        }
    }

    /// One of its snapshots has come. `None`: it waits for another.
    pub(crate) fn snapshot(&mut self, position: Position) -> Option<Released> {
        self.outstanding = self.outstanding.saturating_sub(1);
        self.granted |= matches!(position, Position::At(_));
        self.refused |= position == Position::Refused;
        if self.outstanding > 0 {
            return None;
        }
        Some(match position {
            _ if self.granted && self.refused => Released::Resync,
            Position::Refused => Released::Refused,
            Position::At(_) if self.outgrown => Released::Resync,
            Position::At(at) => {
                let states = self.states.drain(..).chain(self.streams.drain(..));
                let mut newer: Vec<_> = states.filter(|(kind, _)| is_newer(*kind, at)).collect();
                newer.extend(self.last.take().map(|frame| (Kind::Last, frame)));
                Released::Live(newer)
            }
        })
    }
}

/// Whether a frame is news to one whose snapshot stands at `position`.
pub(crate) fn is_newer(kind: Kind, position: u64) -> bool {
    match kind {
        Kind::State { version, .. } => version == 0 || version > position,
        Kind::Stream { seq } => seq > position,
        _ => true,
    }
}
