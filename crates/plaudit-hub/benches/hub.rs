//! The hub over loopback sockets: a pass to many, states that overtake each other, readers that do not read, and frames
//! on their way in. `cargo bench -p plaudit-hub`. What is counted is the hub's own counters: a round is over when they say so.

use std::hint::black_box;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mio::{Events, Interest, Token};
use plaudit_hub::{
    Config, ConnectionId, Delivery, Frame, Handle, Hub, Push, Running, Service, Stats, TopicKey, Turn,
};

/// Topics that take turns, so that none of them has to wait for its tick.
const TOPICS: u64 = 64;
/// Nobody is closed for what he does not do.
const LONG: Duration = Duration::from_hours(1);
/// One more, to fill sockets with.
const FILLER: u64 = TOPICS;

/// A site that only counts what it is told.
#[derive(Clone, Default)]
struct Site(Arc<AtomicU64>);

impl Service for Site {
    type Peer = ();
    fn opened(&mut self, (): &mut (), _: &mut Turn<'_>) {}
    fn message(&mut self, (): &mut (), text: &str, _: &mut Turn<'_>) {
        black_box(text);
        self.0.fetch_add(1, Relaxed);
    }
    fn closed(&mut self, (): (), _: ConnectionId) {}
    fn owner(&self, (): &()) -> u64 {
        0
    }
    fn idle(&mut self, _: TopicKey) {}
    fn resync(&mut self, _: TopicKey) -> Frame {
        Frame::text("resync")
    }
    fn ping(&mut self) -> Frame {
        Frame::text("ping")
    }
}

/// A running hub with clients that are subscribed to every topic, and a count of what was pushed.
struct Stage {
    handle: Handle,
    running: Option<Running>,
    heard: Arc<AtomicU64>,
    clients: Vec<TcpStream>,
    version: u64,
}

impl Stage {
    fn new(clients: usize, tick: Duration) -> Self {
        let config = Config { tick, blocked_for: LONG, silent_after: LONG, ..Config::default() };
        let hub = Hub::new(config, 1).expect("epoll");
        let (handle, site) = (hub.handle(), Site::default());
        let heard = Arc::clone(&site.0);
        let running = Some(hub.run(|_| site.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let connect = |_| {
            let client = TcpStream::connect(address).expect("a connection");
            let (socket, _) = listener.accept().expect("its other end");
            handle.accept(socket, Bytes::new(), (), (0..=FILLER).map(TopicKey).collect());
            client
        };
        let clients = (0..clients).map(connect).collect();
        Self { handle, running, heard, clients, version: 0 }
    }

    /// Reads and drops all that comes, on a thread that ends with the sockets.
    fn drain(&self) {
        let mut poll = mio::Poll::new().expect("epoll");
        let mut clients: Vec<_> = self.clients.iter().map(listening).collect();
        for (at, client) in clients.iter_mut().enumerate() {
            poll.registry().register(client, Token(at), Interest::READABLE).expect("a socket");
        }
        std::thread::spawn(move || {
            let (mut bytes, mut events, mut open) = ([0; 4096], Events::with_capacity(1024), clients.len());
            while open > 0 && poll.poll(&mut events, None).is_ok() {
                for Token(at) in events.iter().map(mio::event::Event::token) {
                    let end = loop {
                        match clients[at].read(&mut bytes) {
                            Ok(0) => break true,
                            Ok(_) => {}
                            Err(error) => break error.kind() != ErrorKind::WouldBlock,
                        }
                    };
                    open -= usize::from(end && poll.registry().deregister(&mut clients[at]).is_ok());
                }
            }
        });
    }

    fn push(&mut self, topic: u64, text: &str) {
        self.version += 1;
        let delivery = Delivery::State { slot: 0, version: self.version };
        self.handle.flush(&[Push { topic: TopicKey(topic), frame: Frame::text(text), delivery }]);
    }

    /// Waits until a counter says so.
    fn wait(&self, done: impl Fn(Stats) -> bool) {
        while !done(self.handle.stats()) {
            std::hint::spin_loop();
            std::thread::yield_now();
        }
    }
}

fn listening(client: &TcpStream) -> mio::net::TcpStream {
    let client = client.try_clone().expect("a descriptor");
    client.set_nonblocking(true).expect("a socket");
    mio::net::TcpStream::from_std(client)
}

impl Drop for Stage {
    fn drop(&mut self) {
        for client in &self.clients {
            let _ = client.shutdown(std::net::Shutdown::Both);
        }
        self.handle.shutdown(1001, "done", Duration::ZERO);
        if let Some(running) = self.running.take() {
            running.join();
        }
    }
}

const COUNTS: &str = r#"{"type":"counts","topic":"post:42","version":1234,"likes":1200,"comments":34}"#;

/// One frame to each of so many readers.
fn pass(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pass");
    for readers in [100_usize, 1000] {
        let mut stage = Stage::new(readers, Duration::from_millis(1));
        stage.drain();
        group.throughput(Throughput::Elements(readers as u64));
        let mut topic = 0;
        group.bench_function(format!("one frame to {readers}"), |bencher| {
            bencher.iter(|| {
                let before = stage.handle.stats().frames;
                stage.push(topic, COUNTS);
                topic = (topic + 1) % TOPICS;
                stage.wait(|stats| stats.frames >= before + readers as u64);
            });
        });
    }
}

/// States of one topic that come faster than its tick.
fn conflation(criterion: &mut Criterion) {
    const BURST: u64 = 1000;
    let mut group = criterion.benchmark_group("conflation");
    group.throughput(Throughput::Elements(BURST));
    let mut stage = Stage::new(1, LONG);
    // The first leaves at once; from the second on they wait for a tick that does not come.
    stage.push(0, COUNTS);
    stage.wait(|stats| stats.frames > 0);
    stage.push(0, COUNTS);
    group.bench_function(format!("{BURST} states of a busy topic"), |bencher| {
        bencher.iter(|| {
            let before = stage.handle.stats().conflated;
            (0..BURST).for_each(|_| stage.push(0, COUNTS));
            stage.wait(|stats| stats.conflated >= before + BURST);
        });
    });
}

/// A frame for readers whose sockets are full.
fn outbox(criterion: &mut Criterion) {
    const READERS: u64 = 64;
    let mut group = criterion.benchmark_group("outbox");
    group.throughput(Throughput::Elements(READERS));
    let mut stage = Stage::new(64, Duration::from_millis(1));
    // More than the kernel takes at both ends: this frame has begun to leave and never ends.
    stage.push(FILLER, &"x".repeat(16 * 1024 * 1024));
    stage.wait(|stats| stats.blocked == READERS);
    // Every topic waits in every outbox once: each further state takes the place of one.
    for topic in 0..TOPICS {
        let before = stage.handle.stats().conflated;
        while stage.handle.stats().conflated < before + READERS {
            stage.push(topic, COUNTS);
            std::thread::yield_now();
        }
    }
    let mut topic = 0;
    group.bench_function(format!("a state to {READERS} that do not read"), |bencher| {
        bencher.iter(|| {
            let before = stage.handle.stats().conflated;
            stage.push(topic, COUNTS);
            topic = (topic + 1) % TOPICS;
            stage.wait(|stats| stats.conflated >= before + READERS);
        });
    });
}

/// RFC 6455, out and in: a header in front of a text, and masked frames that come in one read.
fn framing(criterion: &mut Criterion) {
    const FRAMES: usize = 256;
    let mut group = criterion.benchmark_group("framing");
    group.bench_function("out", |bencher| bencher.iter(|| Frame::text(black_box(COUNTS))));

    let text = br#"{"type":"like","ref":7,"post":42,"on":true}"#;
    let mask = [0x1f_u8, 0x2e, 0x3d, 0x4c];
    let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).expect("a short text")];
    frame.extend_from_slice(&mask);
    frame.extend(text.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    let frames = frame.repeat(FRAMES);
    let mut stage = Stage::new(1, Duration::from_millis(100));
    group.throughput(Throughput::Elements(FRAMES as u64));
    group.bench_function(format!("in, {FRAMES} at once"), |bencher| {
        bencher.iter(|| {
            let before = stage.heard.load(Relaxed);
            stage.clients[0].write_all(&frames).expect("a socket with room");
            while stage.heard.load(Relaxed) < before + FRAMES as u64 {
                std::thread::yield_now();
            }
        });
    });
}

criterion_group!(benches, pass, conflation, outbox, framing);
criterion_main!(benches);
