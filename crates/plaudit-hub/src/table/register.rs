//! Sockets in and out of the table. A poll's token names slot and generation, so that an event of a
//! socket that is gone names nobody.

use mio::{Interest, Token};

use super::Table;
use crate::connection::{Connection, Input};
use crate::gather::index;
use crate::handle::Counted;
use crate::{ConnectionId, TopicKey};

impl Table {
    /// Registers a socket. `None`: it is gone already.
    pub(crate) fn register(
        &mut self,
        stream: std::net::TcpStream,
        early: &[u8],
        hidden: &[TopicKey],
        counted: Counted,
    ) -> Option<ConnectionId> {
        stream.set_nonblocking(true).ok()?;
        // Frames are gathered here; the kernel shall not wait for more.
        stream.set_nodelay(true).ok()?;
        if let Some(bytes) = self.config.send_buffer {
            socket2::SockRef::from(&stream).set_send_buffer_size(bytes).ok()?;
        }
        let mut stream = mio::net::TcpStream::from_std(stream);
        self.generation = self.generation.wrapping_add(1);
        let slot = index(self.connections.vacant_key());
        let id = ConnectionId { shard: self.shard, slot, generation: self.generation };
        self.registry.register(&mut stream, token(id), Interest::READABLE | Interest::WRITABLE).ok()?;
        let input = Input { raw: early.to_vec(), unparsed: true, ..Input::default() };
        let connection = Connection {
            stream,
            generation: self.generation,
            subscriptions: Vec::new(),
            visible: 0,
            in_flight: 0,
            awaits: false,
            outbox: None,
            input: (!early.is_empty()).then(|| Box::new(input)),
            orphans: Vec::new(),
            heard: self.wheel.now(),
            ping_at: self.next_ping(),
            check_at: u32::MAX,
            closing: None,
            readable: false,
            read_closed: false,
            queued: false,
            _counted: counted,
        };
        let silent_at = self.wheel.now() + self.wheel.grains(self.config.silent_after);
        let first = connection.ping_at.min(silent_at);
        self.connections.insert(connection);
        self.check_by(slot, first);
        for &topic in hidden {
            self.subscribe_hidden(id, topic);
        }
        if !early.is_empty() {
            self.read_later(id);
        }
        Some(id)
    }

    pub(super) fn deregister(&self, connection: &mut Connection) {
        // Dropping the socket would do, but mio wants to be asked; a failure leaves nothing behind.
        let _ = self.registry.deregister(&mut connection.stream);
    }

    /// The connection of an event of the poll.
    pub(crate) fn id_of_token(&self, token: Token) -> ConnectionId {
        id_of_token(token, self.shard)
    }
}

/// Slot and generation in one.
fn token(id: ConnectionId) -> Token {
    Token((id.slot as usize) << 32 | id.generation as usize)
}

/// The inverse of [`token`], on a shard.
#[allow(clippy::cast_possible_truncation)] // each half is cut to its bits on purpose
fn id_of_token(token: Token, shard: u8) -> ConnectionId {
    ConnectionId { shard, slot: (token.0 >> 32) as u32, generation: token.0 as u32 }
}
