//! A hub on a loopback listener, a small site, and a client that speaks just enough WebSocket. The
//! site obeys commands in plain text and reports what it hears, so that a test reads as a dialogue.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::{
    Config, ConnectionId, Delivery, Frame, Handle, Hub, Position, Push, Reply, Running, Service, Stats,
    TopicKey, Turn,
};

/// No condition of these tests takes longer, even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// What the site hears.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Opened(ConnectionId),
    Message(ConnectionId, String),
    Closed(ConnectionId, u32),
    Idle(TopicKey),
    Resync(TopicKey),
}

struct Site(Sender<Heard>);

impl Site {
    fn hear(&self, heard: Heard) {
        let _ = self.0.send(heard); // a test may be over before its hub
    }
}

impl Service for Site {
    type Peer = u32;

    fn opened(&mut self, _: &mut u32, turn: &mut Turn<'_>) {
        self.hear(Heard::Opened(turn.connection()));
    }

    fn message(&mut self, peer: &mut u32, text: &str, turn: &mut Turn<'_>) {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let topics: Vec<TopicKey> = rest.split(' ').filter_map(|n| n.parse().ok().map(TopicKey)).collect();
        match word {
            "probe" => return turn.reply(Frame::text(rest)), // not reported: it only waits
            "echo" => turn.reply(Frame::text(rest)),
            "sub" => {
                turn.subscribe(&topics);
                turn.expect_reply();
            }
            "again" => {
                turn.unsubscribe(&topics);
                assert!(!turn.is_subscribed(topics[0]));
                turn.subscribe(&topics);
                assert!(turn.is_subscribed(topics[0]));
            }
            "unsub" => {
                turn.unsubscribe(&topics);
                turn.reply(Frame::text("ok"));
            }
            "ask" => turn.expect_reply(),
            "count" => turn.reply(Frame::text(turn.subscriptions().to_string())),
            "peer" => turn.reply(Frame::text(peer.to_string())),
            "nap" => {
                let begun = Instant::now();
                let length = Duration::from_millis(rest.parse().unwrap());
                while begun.elapsed() < length {
                    std::thread::park_timeout(length.saturating_sub(begun.elapsed()));
                }
            }
            "boom" => panic!("planted by a test"),
            "bye" => {
                turn.reply(Frame::text("last words"));
                turn.close(4000, "bye");
                turn.reply(Frame::text("too late"));
            }
            _ => {}
        }
        self.hear(Heard::Message(turn.connection(), text.to_owned()));
    }

    fn closed(&mut self, peer: u32, connection: ConnectionId) {
        self.hear(Heard::Closed(connection, peer));
    }

    /// Peers are numbered from 1; every second one belongs to the same owner.
    fn owner(&self, peer: &u32) -> u64 {
        u64::from(peer % 2 + 1)
    }

    fn idle(&mut self, topic: TopicKey) {
        self.hear(Heard::Idle(topic));
    }

    fn resync(&mut self, topic: TopicKey) -> Frame {
        self.hear(Heard::Resync(topic));
        Frame::text(format!("resync {}", topic.0))
    }

    fn ping(&mut self) -> Frame {
        Frame::text("ping")
    }
}

/// A running hub with the site, which ends with the test.
pub(super) struct Stage {
    pub(super) handle: Handle,
    pub(super) heard: Receiver<Heard>,
    running: Option<Running>,
    listener: TcpListener,
    next_peer: u32,
}

impl Stage {
    pub(super) fn new(config: Config) -> Self {
        Self::with_shards(config, 1)
    }

    pub(super) fn with_shards(config: Config, shards: usize) -> Self {
        let hub = Hub::new(config, shards).unwrap();
        let handle = hub.handle();
        let (sender, heard) = channel();
        let running = Some(hub.run(|_| Site(sender.clone())));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { handle, heard, running, listener, next_peer: 0 }
    }

    pub(super) fn connect(&mut self) -> Client {
        self.connect_with(&[], &[], None)
    }

    /// Connects with bytes behind the upgrade, hidden topics, and a receive buffer.
    pub(super) fn connect_with(&mut self, early: &[u8], hidden: &[u64], receive: Option<usize>) -> Client {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        if let Some(bytes) = receive {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        let address: SocketAddr = self.listener.local_addr().unwrap();
        socket.connect(&address.into()).unwrap();
        let (stream, _) = self.listener.accept().unwrap();
        self.next_peer += 1;
        let hidden = hidden.iter().copied().map(TopicKey).collect();
        self.handle.accept(stream, Bytes::copy_from_slice(early), self.next_peer, hidden);
        let id = loop {
            // What earlier clients left unheard is skipped.
            if let Heard::Opened(id) = self.hear() {
                break id;
            }
        };
        let stream: TcpStream = socket.into();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap(); // a command that Nagle holds back proves nothing
        Client { stream, id }
    }

    pub(super) fn hear(&self) -> Heard {
        self.heard.recv_timeout(PATIENCE).expect("the site hears something")
    }

    /// What the site hears next of this kind; the rest is skipped.
    pub(super) fn hear_until(&self, wanted: &Heard) {
        while self.hear() != *wanted {}
    }

    pub(super) fn push(&self, topic: u64, text: &str, delivery: Delivery) {
        self.handle.flush(&[push(topic, text, delivery)]);
    }

    pub(super) fn state(&self, topic: u64, version: u64) {
        self.push(topic, &format!("state {version}"), Delivery::State { slot: 0, version });
    }

    pub(super) fn stream(&self, topic: u64, seq: u64) {
        self.push(topic, &format!("stream {seq}"), Delivery::Stream { seq });
    }

    pub(super) fn reply(&self, client: &Client, text: &str, positions: &[(u64, Position)]) {
        let positions = positions.iter().map(|(topic, at)| (TopicKey(*topic), *at)).collect();
        self.handle.reply(Reply { connection: client.id, frame: Frame::text(text), positions });
    }

    /// Subscribes and answers with a snapshot at 0, so that the subscription is live.
    pub(super) fn subscribe(&self, client: &mut Client, topics: &[u64]) {
        let names: Vec<String> = topics.iter().map(u64::to_string).collect();
        let command = format!("sub {}", names.join(" "));
        client.send(&command);
        self.hear_until(&Heard::Message(client.id, command));
        let positions: Vec<_> = topics.iter().map(|topic| (*topic, Position::At(0))).collect();
        self.reply(client, "snapshot", &positions);
        assert_eq!(client.text(), "snapshot");
    }

    pub(super) fn stats(&self) -> Stats {
        self.handle.stats()
    }

    /// Waits until the counters fulfil a condition, one round trip of `probe` after the other.
    pub(super) fn until(&self, probe: &mut Client, condition: impl Fn(Stats) -> bool) -> Stats {
        let begun = Instant::now();
        loop {
            let stats = self.stats();
            if condition(stats) {
                return stats;
            }
            assert!(begun.elapsed() < PATIENCE, "in vain: {stats:?}");
            probe.round_trip();
        }
    }

    /// Shuts down and waits for the threads.
    pub(super) fn end(&mut self) {
        self.handle.shutdown(4200, "restarting", Duration::ZERO);
        if let Some(running) = self.running.take() {
            running.join();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.handle.shutdown(4200, "restarting", Duration::ZERO);
    }
}

pub(crate) fn push(topic: u64, text: &str, delivery: Delivery) -> Push {
    Push { topic: TopicKey(topic), frame: Frame::text(text), delivery }
}

/// A frame of a client, masked.
pub(super) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..65_536 => {
            frame.push(0x80 | 0x7E);
            frame.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0x80 | 0x7F);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

pub(super) fn text(payload: &str) -> Vec<u8> {
    masked(0x81, payload.as_bytes())
}

/// What the server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Got {
    Text(String),
    Ping,
    Pong(Vec<u8>),
    Close(Option<u16>),
    End,
}

pub(super) struct Client {
    pub(super) stream: TcpStream,
    pub(super) id: ConnectionId,
}

impl Client {
    pub(super) fn send(&mut self, message: &str) {
        self.send_bytes(&text(message));
    }

    pub(super) fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The next frame, or the end of the stream.
    pub(super) fn next(&mut self) -> Got {
        let mut head = [0; 2];
        match self.stream.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("nothing came in time"),
            Err(_) => return Got::End,
        }
        let length = match head[1] {
            126 => u16::from_be_bytes(self.bytes()).into(),
            127 => u64::from_be_bytes(self.bytes()),
            length => length.into(),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut payload).unwrap();
        match head[0] {
            0x81 => Got::Text(String::from_utf8(payload).unwrap()),
            0x88 => Got::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
            0x89 => Got::Ping,
            0x8A => Got::Pong(payload),
            other => panic!("a server sends no {other:#x}"),
        }
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    pub(super) fn text(&mut self) -> String {
        match self.next() {
            Got::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    /// All texts up to and including this one.
    pub(super) fn texts_until(&mut self, last: &str) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.last().is_none_or(|text| text != last) {
            texts.push(self.text());
        }
        texts
    }

    /// Asks and reads the answer: whatever the hub was given before has been seen to then.
    pub(super) fn round_trip(&mut self) {
        self.send("probe done");
        assert_eq!(self.text(), "done");
    }

    /// Asserts that nothing is on its way but the answer to this.
    pub(super) fn is_owed_nothing(&mut self) {
        self.round_trip();
    }
}
