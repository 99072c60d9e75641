//! Every bound and interval of the hub, each with its reason. `boot()` fills it from the site's
//! options, tests shrink it. All of them are per connection or per shard, so that N shards need no
//! agreement.

use std::time::Duration;

/// Bounds and intervals; [`Config::default`] is what the project promises in `docs/protocol.md`.
#[derive(Debug, Clone)]
pub struct Config {
    /// The least time between two flushes of a busy topic (100 ms): fast enough to look live, and
    /// slow enough that a like storm costs a viewer ten sends a second. Stretched under load.
    pub tick: Duration,
    /// How often a connection is pinged (25 s, ±10 % so that a restart's crowd spreads out): below
    /// the 30 s after which common proxies and phones drop a silent connection.
    pub ping_every: Duration,
    /// A connection from which no byte came for so long is closed with 4201 (60 s: two pings and
    /// the way back).
    pub silent_after: Duration,
    /// A connection whose socket takes nothing for so long while something waits is closed with
    /// 4102 (10 s): what it is owed is memory, and its client resumes from the store.
    pub blocked_for: Duration,
    /// A message (all its fragments) must be complete within this of its first byte (10 s), else
    /// 1008: half a message is memory that its sender pays nothing for.
    pub message_within: Duration,
    /// The longest message, in bytes, that a client may declare (16 KiB), else 1009. Looked at
    /// before anything is allocated.
    pub max_message: usize,
    /// The most frames that one message may come in (64), else 1008: empty fragments cost no bytes
    /// of the limit above.
    pub max_fragments: usize,
    /// Whether messages may be binary (no), else 1003.
    pub binary: bool,
    /// How many commands of one connection may await a [`Handle::reply`](crate::Handle::reply)
    /// (256) before no more of them is read: this bounds the replies in the inbox.
    pub max_in_flight: usize,
    /// The most stream entries, and the most state slots, that wait for one blocked connection or
    /// one held subscription (256); beyond it the topic is resynced from the store.
    pub max_queued: usize,
    /// The most bytes of stream entries that wait likewise (256 KiB).
    pub max_queued_bytes: usize,
    /// The most bytes of replies that wait for one connection (4 MiB, sixteen of the largest
    /// snapshots), else 4102: commands in flight may all answer at once.
    pub max_reply_bytes: usize,
    /// `SO_SNDBUF` of each socket (64 KiB; `None` leaves the system's): what the kernel buffers for
    /// a slow reader is memory too.
    pub send_buffer: Option<usize>,
    /// How many pushes may wait for a shard (16,384) before [`Handle::flush`](crate::Handle::flush)
    /// blocks: some hundred milliseconds of the busiest site.
    pub inbox: usize,
    /// How long a closed connection may take to read its close frame and hang up (2 s) before the
    /// socket is dropped.
    pub close_drain: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(100),
            ping_every: Duration::from_secs(25),
            silent_after: Duration::from_mins(1),
            blocked_for: Duration::from_secs(10),
            message_within: Duration::from_secs(10),
            max_message: 16 * 1024,
            max_fragments: 64,
            binary: false,
            max_in_flight: 256,
            max_queued: 256,
            max_queued_bytes: 256 * 1024,
            max_reply_bytes: 4 * 1024 * 1024,
            send_buffer: Some(64 * 1024),
            inbox: 16_384,
            close_drain: Duration::from_secs(2),
        }
    }
}

impl Config {
    /// The grain of the timer wheel: a second, or an eighth of the shortest duration where that is
    /// less (tests), never under a millisecond.
    pub(crate) fn grain(&self) -> Duration {
        let shortest =
            [self.ping_every, self.silent_after, self.blocked_for, self.message_within, self.close_drain];
        let shortest = shortest.into_iter().min().unwrap_or(Duration::from_secs(8));
        (shortest / 8).clamp(Duration::from_millis(1), Duration::from_secs(1))
    }
}
