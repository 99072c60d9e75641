//! Ending a connection, in two steps: `close` says goodbye and drains, `remove` drops the socket.
//! Driven by whoever finds a reason. The service hears of the end at the first step, because nothing
//! more will be read or sent. The rest is between the hub and the socket, within `close_drain`.

use super::send::From;
use super::{Errand, Table};
use crate::gather::Kind;
use crate::{ConnectionId, Frame};

impl Table {
    /// Sends what replies are owed and the close frame, then hangs up and waits for the peer to do so.
    /// Without a code the close frame is empty (the echo of an empty one).
    pub(crate) fn close(&mut self, id: ConnectionId, code: Option<u16>, reason: &str) {
        if self.open_mut(id).is_none() {
            return;
        }
        self.deliver(id.slot, From::Turn);
        self.detach_all(id.slot);
        self.pass.forget(id.slot);
        let deadline = self.wheel.now() + self.wheel.grains(self.config.close_drain);
        let Some(connection) = self.open_mut(id) else { return };
        connection.closing = Some(deadline);
        connection.input = None;
        connection.orphans = Vec::new();
        if connection.outbox.is_some() {
            self.change_outbox(id.slot, |outbox, _| outbox.purge_pushes());
        }
        self.errands.push_back(Errand::Closed(id));
        self.check_by(id.slot, deadline);
        self.send_one(id, Kind::Close, Frame::close(code, reason));
        // An outbox hangs up when it has drained.
        if self.get(id).is_some_and(|connection| connection.outbox.is_none()) {
            self.hang_up(id.slot);
        }
        self.read_later(id);
    }

    /// Drops a socket and all that is known of it. Its slot is free for the next.
    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(id) = self.id_of(slot) else { return };
        self.detach_all(slot);
        self.pass.forget(slot);
        self.owed.forget(slot);
        let mut connection = self.connections.remove(slot as usize);
        self.deregister(&mut connection);
        self.stats.outbox(connection.outbox.as_ref().map(|outbox| outbox.bytes()), None);
        if connection.closing.is_none() {
            self.errands.push_back(Errand::Closed(id));
        }
    }

    fn detach_all(&mut self, slot: u32) {
        while let Some(place) =
            self.connections.get(slot as usize).and_then(|c| c.subscriptions.len().checked_sub(1))
        {
            self.detach(slot, place);
        }
        if let Some(connection) = self.connections.get_mut(slot as usize) {
            // The list is empty now; a connection that drains keeps no memory for it.
            connection.subscriptions = Vec::new();
        }
    }
}
