//! What happens in the middle of a pass, between two of its strides. Here the table is driven by hand,
//! since over sockets nobody can say when that is.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use super::Table;
use crate::gather::{Kind, Owed};
use crate::handle::{Counted, Seat, Shared};
use crate::inbox::{Inbox, WAKE};
use crate::stats::ShardStats;
use crate::{Config, ConnectionId, Delivery, Frame, Position, Reply, TopicKey};

use crate::tests::support::push;

const TOPIC: TopicKey = TopicKey(7);

/// A table with more live subscribers of one topic than a stride has sends.
struct Bench {
    table: Table,
    ids: Vec<ConnectionId>,
    clients: Vec<TcpStream>,
    listener: TcpListener,
    shared: Arc<Shared>,
    _poll: mio::Poll,
}

impl Bench {
    fn new() -> Self {
        let poll = mio::Poll::new().unwrap();
        let waker = mio::Waker::new(poll.registry(), WAKE).unwrap();
        let inbox = Inbox::new(waker, 1);
        let shared = Arc::new(Shared::new(vec![Seat { inbox, stats: Arc::new(ShardStats::default()) }]));
        let table = Table::new(Config::default(), 0, poll.registry().try_clone().unwrap(), &shared);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (ids, clients) = (Vec::new(), Vec::new());
        let mut bench = Self { table, ids, clients, listener, shared, _poll: poll };
        for _ in 0..300 {
            let id = bench.connect();
            bench.table.subscribe(id, TOPIC);
            bench.answer(id);
            bench.ids.push(id);
        }
        bench
    }

    fn connect(&mut self) -> ConnectionId {
        let client = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        client.set_nonblocking(true).unwrap();
        self.clients.push(client);
        let (stream, _) = self.listener.accept().unwrap();
        self.table.register(stream, &[], &[], Counted::new(&self.shared)).unwrap()
    }

    /// The snapshot of a subscribe.
    fn answer(&mut self, connection: ConnectionId) {
        let positions = vec![(TOPIC, Position::At(0))];
        self.table.reply(Reply { connection, frame: Frame::text("snapshot"), positions });
        self.table.deliver_owed();
    }

    /// Starts a pass with one push; its first stride is done.
    fn first_stride(&mut self) {
        self.table.push(push(TOPIC.0, "live", Delivery::Stream { seq: 1 }));
        self.table.run_pass();
        assert!(self.table.tempo.runs());
    }

    fn rest(&mut self) {
        while self.table.tempo.runs() {
            self.table.run_pass();
        }
    }

    /// All that a client has got, which on loopback is there as soon as it is sent.
    fn got(&mut self, client: usize) -> String {
        let mut bytes = [0; 1024];
        let count = self.clients[client].read(&mut bytes).unwrap_or(0);
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }
}

#[test]
fn what_is_unsubscribed_in_the_middle_of_a_pass_is_not_sent() {
    let mut bench = Bench::new();
    bench.first_stride();
    bench.table.unsubscribe(bench.ids[290], TOPIC);
    bench.rest();
    assert!(bench.got(0).contains("live"));
    assert!(!bench.got(290).contains("live"));
    assert!(bench.got(299).contains("live"));
}

#[test]
fn what_is_subscribed_anew_in_the_middle_of_a_pass_comes_from_the_snapshot() {
    let mut bench = Bench::new();
    bench.first_stride();
    bench.got(290);
    bench.table.subscribe(bench.ids[290], TOPIC);
    bench.answer(bench.ids[290]);
    bench.rest();
    let got = bench.got(290);
    assert!(got.contains("snapshot") && !got.contains("live"), "{got}");
}

#[test]
fn a_slot_that_is_reused_in_the_middle_of_a_pass_inherits_nothing() {
    let mut bench = Bench::new();
    bench.first_stride();
    let old = bench.ids[290];
    bench.table.remove(old.slot);
    let new = bench.connect();
    assert_eq!(new.slot, old.slot);
    bench.rest();
    assert_eq!(bench.got(300), "");
}

#[test]
fn what_closes_in_the_middle_of_a_pass_gets_no_more() {
    let mut bench = Bench::new();
    bench.first_stride();
    bench.table.close(bench.ids[290], Some(4000), "bye");
    bench.table.send_one(bench.ids[290], Kind::Reply, Frame::text("too late"));
    assert!(bench.table.get(bench.ids[290]).is_some(), "it drains");
    bench.rest();
    let got = bench.got(290);
    assert!(got.ends_with("bye") && !got.contains("live"), "{got}");
}

#[test]
fn a_reply_between_two_strides_overtakes_the_pass_and_pushes_do_not_join_it() {
    let mut bench = Bench::new();
    bench.first_stride();
    bench.got(290);
    bench.table.push(push(TOPIC.0, "later", Delivery::Stream { seq: 2 }));
    let connection = bench.ids[290];
    bench.table.reply(Reply { connection, frame: Frame::text("ok"), positions: Vec::new() });
    bench.table.deliver_owed();
    bench.rest();
    assert_eq!(bench.got(290), "\u{FFFD}\u{2}ok\u{FFFD}\u{4}live");
}

#[test]
fn what_the_pass_still_has_of_a_topic_does_not_follow_its_resync() {
    let mut bench = Bench::new();
    bench.table.config.max_queued = 2;
    let slot = bench.ids[290].slot;
    let entry = |seq| Owed { topic: TOPIC, kind: Kind::Stream { seq }, frame: Frame::text("waits") };
    bench.table.change_outbox(slot, |outbox, config| {
        outbox.unfinished(Frame::text("begun"), 1, Kind::Reply);
        outbox.put(entry(1), config);
        outbox.put(entry(2), config);
    });
    bench.first_stride();
    // A quiet topic comes in between, and the busy one has to make room.
    bench.table.owe_one(slot, TopicKey(8), Kind::Stream { seq: 1 }, Frame::text("quiet"));
    bench.table.deliver_owed();
    assert!(!bench.table.is_subscribed(bench.ids[290], TOPIC));
    bench.rest();
    let mut waits = Vec::new();
    bench.table.connections[slot as usize].outbox.as_ref().unwrap().fill(&mut waits, usize::MAX);
    let waits = String::from_utf8_lossy(&waits);
    assert!(waits.contains("quiet") && !waits.contains("waits") && !waits.contains("live"), "{waits}");
}
