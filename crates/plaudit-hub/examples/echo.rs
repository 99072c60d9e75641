//! Echoes texts and binary messages on the hub's own framing layer, with its limits raised, for conformance suites such
//! as Autobahn:
//!
//! ```sh
//! cargo run --release -p plaudit-hub --example echo -- --listen 127.0.0.1:9001
//! ```

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use plaudit_hub::{Config, ConnectionId, Frame, Handle, Hub, Service, TopicKey, Turn};
use tungstenite::handshake::derive_accept_key;

/// What suites send at most.
const MESSAGE: usize = 16 * 1024 * 1024;
const FRAGMENTS: usize = 65_536;

/// The head of an upgrade is no longer than this.
const HEAD: usize = 16 * 1024;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (flag, address, more) = (arguments.next(), arguments.next(), arguments.next());
    let (Some("--listen"), Some(address), None) = (flag.as_deref(), address, more) else {
        return Err(io::Error::other("use: echo --listen ADDRESS:PORT"));
    };
    let listener = TcpListener::bind(address)?;
    println!("echo at ws://{}", listener.local_addr()?);
    serve(&listener)
}

/// Serves until accepting fails.
pub fn serve(listener: &TcpListener) -> io::Result<()> {
    let hub = Hub::new(config(), 1)?;
    let handle = hub.handle();
    let _running = hub.run(|_| Echo);
    loop {
        let (stream, _) = listener.accept()?;
        let handle = handle.clone();
        // One that upgrades slowly holds nobody else up.
        std::thread::spawn(move || {
            if let Err(error) = upgrade(stream, &handle) {
                eprintln!("no upgrade: {error}");
            }
        });
    }
}

fn config() -> Config {
    let long = Duration::from_hours(1);
    Config {
        max_message: MESSAGE,
        max_fragments: FRAGMENTS,
        binary: true,
        // An echo waits whole, with its header.
        max_reply_bytes: 2 * MESSAGE,
        // Suites send slowly on purpose, and expect nothing that they did not ask for.
        message_within: long,
        ping_every: long,
        silent_after: long,
        blocked_for: Duration::from_mins(1),
        ..Config::default()
    }
}

/// Answers the request for an upgrade (RFC 6455, section 4.2) and gives the socket to the hub.
fn upgrade(mut stream: TcpStream, handle: &Handle) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut head = Vec::new();
    let end = loop {
        let mut part = [0; 1024];
        let count = stream.read(&mut part)?;
        head.extend_from_slice(&part[..count]);
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if count == 0 || head.len() > HEAD {
            return Err(io::Error::other("this is no whole head"));
        }
    };
    let early = Bytes::from(head.split_off(end));
    let head = String::from_utf8_lossy(&head);
    let headers = head.lines().filter_map(|line| line.split_once(':'));
    let mut keys = headers.filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    let Some((_, key)) = keys.next() else {
        stream
            .write_all(b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n")?;
        return Err(io::Error::other("there is no Sec-WebSocket-Key"));
    };
    let accept = derive_accept_key(key.trim().as_bytes());
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    handle.accept(stream, early, (), Vec::new());
    Ok(())
}

struct Echo;

impl Service for Echo {
    type Peer = ();

    fn opened(&mut self, (): &mut (), _: &mut Turn<'_>) {}

    fn message(&mut self, (): &mut (), text: &str, turn: &mut Turn<'_>) {
        turn.reply(Frame::text(text));
    }

    fn binary(&mut self, (): &mut (), bytes: &[u8], turn: &mut Turn<'_>) {
        turn.reply(Frame::binary(bytes));
    }

    fn closed(&mut self, (): (), _: ConnectionId) {}

    fn owner(&self, (): &()) -> u64 {
        0
    }

    fn idle(&mut self, _: TopicKey) {}

    // There are no topics.
    fn resync(&mut self, _: TopicKey) -> Frame {
        Frame::text("")
    }

    fn ping(&mut self) -> Frame {
        Frame::text("ping")
    }
}
