//! What the site is to the hub ([`Service`]), and what it may do when it is called ([`Turn`]). Driven
//! by the shard's thread. There is no `send` to another connection here. Whatever others shall see goes
//! through the store and comes back as a push.

use crate::gather::Kind;
use crate::table::Table;
use crate::{ConnectionId, Frame, TopicKey};

/// The site, one value per shard. Everything is called on the shard's thread and must not block: all
/// the shard's connections wait meanwhile. A panic is caught, counted, and closes the connection that
/// it happened for with 1011.
pub trait Service: Send + 'static {
    /// What the site keeps per connection.
    type Peer: Send + 'static;

    /// The connection is registered and its hidden topics are live. First call for a connection.
    fn opened(&mut self, peer: &mut Self::Peer, turn: &mut Turn<'_>);

    /// A complete text message came, in the order of sending, never while a reply to this connection
    /// waits for its socket or too many are in flight.
    fn message(&mut self, peer: &mut Self::Peer, text: &str, turn: &mut Turn<'_>);

    /// A complete binary message came, likewise; only where [`Config::binary`](crate::Config::binary) allows them.
    fn binary(&mut self, peer: &mut Self::Peer, bytes: &[u8], turn: &mut Turn<'_>) {
        let _ = (peer, bytes);
        turn.close(1003, "text only");
    }

    /// The connection has ended: last call for it, exactly once. Its socket may still drain a close
    /// frame.
    fn closed(&mut self, peer: Self::Peer, connection: ConnectionId);

    /// Who is at the other end, for [`Delivery::Evict`](crate::Delivery::Evict); 0 for nobody. It never changes while
    /// the connection is open.
    fn owner(&self, peer: &Self::Peer) -> u64;

    /// The topic's last subscriber on this shard has gone (hidden topics too).
    fn idle(&mut self, topic: TopicKey);

    /// The frame that tells a reader which was too slow for `topic` to subscribe again.
    fn resync(&mut self, topic: TopicKey) -> Frame;

    /// The text ping that is sent beside a WebSocket ping, in one send (scripts cannot see the latter).
    fn ping(&mut self) -> Frame;
}

/// One call of the service: what it may do for the connection that it is called for. When the
/// connection ends in the middle, everything does nothing.
pub struct Turn<'a> {
    table: &'a mut Table,
    id: ConnectionId,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(table: &'a mut Table, id: ConnectionId) -> Self {
        Self { table, id }
    }

    /// Which connection it is.
    pub fn connection(&self) -> ConnectionId {
        self.id
    }

    /// Sends a frame now, before anything else that is owed.
    pub fn reply(&mut self, frame: Frame) {
        self.table.send_one(self.id, Kind::Reply, frame);
    }

    /// A [`Handle::reply`](crate::Handle::reply) will come for this command. Exactly one for each.
    pub fn expect_reply(&mut self) {
        if let Some(connection) = self.table.get_mut(self.id) {
            connection.in_flight = connection.in_flight.saturating_add(1);
        }
    }

    /// Like [`expect_reply`](Self::expect_reply), for a reply that may be large: no further command of
    /// this connection is read before it (and all others that are in flight) has come. So who asks for
    /// many snapshots and reads none holds one.
    pub fn await_reply(&mut self) {
        self.expect_reply();
        if let Some(connection) = self.table.get_mut(self.id) {
            connection.awaits = true;
        }
    }

    /// Subscribes, and holds live frames back until a [`Reply`](crate::Reply) names each topic's
    /// position: exactly one for each topic of each call. On a topic that is subscribed already, what
    /// is pending of it is dropped and it is held anew; where several snapshots are awaited, the last
    /// to come counts. A hidden topic is left as it is.
    pub fn subscribe(&mut self, topics: &[TopicKey]) {
        for &topic in topics {
            self.table.subscribe(self.id, topic);
        }
    }

    /// Ends subscriptions, and drops what is pending of them.
    pub fn unsubscribe(&mut self, topics: &[TopicKey]) {
        for &topic in topics {
            self.table.unsubscribe(self.id, topic);
        }
    }

    /// How many topics are subscribed, hidden ones aside.
    pub fn subscriptions(&self) -> usize {
        self.table.get(self.id).map_or(0, |connection| connection.visible as usize)
    }

    /// Whether this topic is subscribed (held or live, and not hidden).
    pub fn is_subscribed(&self, topic: TopicKey) -> bool {
        self.table.is_subscribed(self.id, topic)
    }

    /// Closes the connection, behind the replies that it is owed.
    pub fn close(&mut self, code: u16, reason: &'static str) {
        self.table.close(self.id, Some(code), reason);
    }
}
