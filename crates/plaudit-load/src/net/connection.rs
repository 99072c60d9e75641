//! One connection of the load: what it is waiting for, what of a frame came too early, what could not be sent yet.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

/// How a connection is opened, and what it speaks then.
#[derive(Debug, Clone)]
pub(crate) struct Dial {
    pub(crate) address: SocketAddr,
    pub(crate) speaks: Speaks,
    /// `SO_RCVBUF`, where it is to be small.
    pub(crate) receive_buffer: Option<usize>,
}

/// What a connection speaks.
#[derive(Debug, Clone)]
pub(crate) enum Speaks {
    /// WebSocket, after this request.
    WebSocket(Vec<u8>),
    /// Frames from the first byte on, as `bare` sends them.
    Frames,
    /// HTTP.
    Http,
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Closed,
    Connecting,
    /// The upgrade has been asked for.
    Shaking,
    /// Frames come.
    Open,
    /// Answers come.
    Http,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) dial: Dial,
    pub(crate) state: State,
    stream: Option<TcpStream>,
    /// The beginning of a frame whose rest has not come.
    pub(crate) partial: Vec<u8>,
    /// What is to be sent; `sent` of it has been.
    out: Vec<u8>,
    sent: usize,
    /// What it is sent stays in the kernel.
    pub(crate) paused: bool,
    /// Waits to be flushed.
    pub(crate) dirty: bool,
    /// Counts the times it was opened: what a callback closed is not what it was called for.
    pub(crate) opened: u32,
}

impl Connection {
    pub(crate) fn new(dial: Dial) -> Self {
        Self {
            dial,
            state: State::Closed,
            stream: None,
            partial: Vec::new(),
            out: Vec::new(),
            sent: 0,
            paused: false,
            dirty: false,
            opened: 0,
        }
    }

    /// Begins to connect.
    pub(crate) fn connect(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let address = self.dial.address;
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(size) = self.dial.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        match socket.connect(&address.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {}
            Err(error) => return Err(error),
        }
        let mut stream = TcpStream::from_std(socket.into());
        // Both at once: with edges, an interest that is never used costs nothing.
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        self.stream = Some(stream);
        self.state = State::Connecting;
        self.opened += 1;
        Ok(())
    }

    /// Whether the connecting came to something.
    pub(crate) fn is_connected(&self) -> io::Result<bool> {
        let Some(stream) = &self.stream else { return Ok(false) };
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        match stream.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads what is there.
    #[inline]
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stream) = &mut self.stream else { return Err(io::ErrorKind::NotConnected.into()) };
        stream.read(buffer)
    }

    /// Puts bytes behind what is to be sent.
    pub(crate) fn queue(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// How many bytes the kernel has not taken.
    pub(crate) fn unsent(&self) -> usize {
        self.out.len() - self.sent
    }

    /// Sends as much as the kernel takes.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        while self.sent < self.out.len() {
            match stream.write(&self.out[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.out.clear();
        self.sent = 0;
        Ok(())
    }

    /// Hangs up; what was not sent is forgotten.
    pub(crate) fn close(&mut self, registry: &Registry) {
        if let Some(mut stream) = self.stream.take() {
            let _ = registry.deregister(&mut stream);
        }
        self.state = State::Closed;
        self.partial = Vec::new();
        self.out = Vec::new();
        self.sent = 0;
        self.paused = false;
    }
}
