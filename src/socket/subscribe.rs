//! `subscribe`: registered at once, on the shard's thread; rights and snapshot are found by a task.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use plaudit_hub::{Position, Reply, TopicKey, Turn};
use plaudit_protocol::Subscribe;

use super::commands::check_names;
use super::replies::error_frame;
use super::{Commands, Connection};
use crate::app::{Actor, App};
use crate::domain::{Access, Error, Result};
use crate::live::snapshot::{Snapshot, Wanted};
use crate::live::topics::viewed;
use crate::live::{Relay, Topic, Viewer};

/// A subscribe names at most so many topics,
const TOPICS: usize = 50;
/// of which so many may be streams.
const STREAMS: usize = 8;

impl Commands {
    pub(super) fn subscribe(
        &self,
        connection: &mut Connection,
        reference: u64,
        epoch: Option<&str>,
        topics: Vec<Subscribe>,
        turn: &mut Turn<'_>,
    ) -> Result<()> {
        let wanted = self.read_names(connection, epoch, topics)?;
        let topics: Vec<Topic> = wanted.iter().filter_map(|wanted| wanted.topic.ok()).collect();
        if topics.iter().filter(|topic| self.relay.kinds().is_stream(**topic)).count() > STREAMS {
            return Err(Error::bad(format!("topics: at most {STREAMS} streams in one subscribe.")));
        }
        let keys: Vec<TopicKey> = topics.iter().map(|topic| topic.key()).collect();
        let new = keys.iter().filter(|key| !turn.is_subscribed(**key)).count();
        let limit = self.app.limits().subscriptions as usize;
        if turn.subscriptions() + new > limit {
            return Err(Error::bad(format!("topics: at most {limit} subscriptions a connection.")));
        }
        // In this order: registered, noted, read. The rights are looked at behind the registration: one that ends from
        // now on ends the subscription.
        turn.subscribe(&keys);
        self.relay.hold(&topics, self.shard);
        let viewing = viewed(&topics);
        if !viewing.is_empty() {
            self.start_viewing(connection, &viewing, turn);
        }
        turn.await_reply();
        let (id, viewer) = (turn.connection(), connection.viewer(turn.connection()));
        let reading =
            Reading { app: self.app.clone(), relay: self.relay.clone(), actor: connection.actor, viewer };
        let (relay, hub) = (self.relay.clone(), self.hub.clone());
        self.runtime.spawn(async move {
            // Whoever waits is answered, also when this panics: nothing more of a connection is read before.
            let read = AssertUnwindSafe(reading.read(reference, wanted)).catch_unwind().await;
            let reply = match read.unwrap_or(Err(Error::Internal)) {
                Ok(Snapshot { frame, positions }) => Reply { connection: id, frame, positions },
                Err(error) => {
                    relay.leave(&viewing, viewer);
                    let positions = keys.into_iter().map(|key| (key, Position::Refused)).collect();
                    Reply { connection: id, frame: error_frame(Some(reference), &error), positions }
                }
            };
            hub.reply(reply);
        });
        Ok(())
    }

    fn read_names(
        &self,
        connection: &Connection,
        epoch: Option<&str>,
        topics: Vec<Subscribe>,
    ) -> Result<Vec<Wanted>> {
        check_names(topics.iter().map(|asked| asked.topic.as_str()), TOPICS)?;
        let (kinds, me) = (self.relay.kinds(), connection.actor.map(|actor| actor.user));
        let known_epoch = epoch.is_none_or(|epoch| epoch == self.app.epoch());
        let mut wanted = Vec::with_capacity(topics.len());
        for Subscribe { topic: name, since } in topics {
            let topic = kinds.parse(&name, me);
            if since.is_some() && topic.is_ok_and(|topic| !kinds.is_stream(topic)) {
                return Err(Error::bad(format!(
                    "{name}: `since` is for streams; a state is always sent whole."
                )));
            }
            wanted.push(Wanted { name, topic, since: since.filter(|_| known_epoch), granted: false });
        }
        Ok(wanted)
    }
}

/// What a subscribe's task needs.
struct Reading {
    app: Arc<App>,
    relay: Arc<Relay>,
    actor: Option<Actor>,
    viewer: Viewer,
}

impl Reading {
    /// The snapshot of what may be seen. A right may end while it is read: what was read meanwhile is thrown away then,
    /// and read without it.
    async fn read(&self, reference: u64, mut wanted: Vec<Wanted>) -> Result<Snapshot> {
        self.grant(&mut wanted).await?;
        loop {
            let snapshot = self.relay.snapshot(reference, &wanted, self.viewer).await?;
            if !self.grant(&mut wanted).await? {
                return Ok(snapshot);
            }
        }
    }

    /// Looks at each right. True if one is other than before.
    async fn grant(&self, wanted: &mut [Wanted]) -> Result<bool> {
        let mut changed = false;
        for wanted in wanted {
            let Ok(topic) = wanted.topic else { continue };
            let access = self.relay.kinds().access(topic);
            let granted = access == Access::Anyone || self.app.may_see(self.actor, access).await?;
            changed |= granted != std::mem::replace(&mut wanted.granted, granted);
        }
        Ok(changed)
    }
}
