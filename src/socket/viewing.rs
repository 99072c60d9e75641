//! Who looks at a post and who writes under it, as commands say it. On the shard's thread, in the order of the
//! connection's commands and of its end.

use plaudit_hub::{TopicKey, Turn};
use plaudit_protocol::Mode;

use super::{Commands, Connection};
use crate::app::comments::Draft;
use crate::app::{ConnectionRef, rights};
use crate::domain::{Error, Result};
use crate::live::Topic;
use crate::live::topics::{agents, presence, receipts};

impl Commands {
    /// There is no reply; a refusal has no `ref` to name.
    pub(super) fn typing(
        &self,
        connection: &Connection,
        topic: &str,
        mode: Option<Mode>,
        turn: &Turn<'_>,
    ) -> Result<()> {
        let topic = self.relay.kinds().parse(topic, None).ok();
        let post = topic.and_then(presence::post_of);
        let conversation = topic.and_then(receipts::conversation_of);
        let case = topic.and_then(agents::case_of);
        if post.is_none() && conversation.is_none() && case.is_none() {
            return Err(Error::bad(
                "topic: post:ID/presence, conversation:ID/presence or conversation:ID/agents, of where it is written.",
            ));
        }
        if case.is_some() != mode.is_some() {
            return Err(Error::bad("mode: with conversation:ID/agents reply or note, and nowhere else."));
        }
        // A guest may write in conversations, and under posts it is never named.
        let user = match conversation {
            Some(_) => self.app.correspondent_of(connection.actor)?,
            None => rights::member(connection.actor)?,
        };
        let id = turn.connection().to_u64();
        // Whoever is subscribed may see it.
        let is_here = topic.is_some_and(|topic| turn.is_subscribed(topic.key()));
        match (post, conversation, case, mode) {
            (Some(post), ..) => self.relay.type_at(post, id, user),
            (_, Some(conversation), ..) if is_here => self.relay.type_in(conversation, user),
            (.., Some(case), Some(mode)) if is_here => self.relay.type_as_agent(case, id, mode),
            _ => {}
        }
        Ok(())
    }

    /// Queues a comment. Presence hears of it here, in the order of the connection's commands: what is typed behind it
    /// is another comment, and must not end when this one is there.
    pub(super) fn comment(&self, connection: &Connection, draft: Draft, waiter: ConnectionRef) -> Result<()> {
        let (post, writer) = (draft.post, connection.actor.map(|actor| actor.user));
        // Before it is queued: once it is, it may be there at any moment.
        if let Some(user) = writer {
            self.relay.send_comment(post, user);
        }
        let queued = self.app.comment_from_connection(connection.actor, draft, waiter);
        if let (Err(_), Some(user)) = (&queued, writer) {
            self.relay.take_comment_back(post, user);
        }
        queued
    }

    /// To subscribe to a presence is to be seen there.
    pub(super) fn start_viewing(&self, connection: &mut Connection, topics: &[Topic], turn: &Turn<'_>) {
        self.relay.join(topics, connection.viewer(turn.connection()));
        let keys = topics.iter().map(|topic| topic.key());
        let new: Vec<TopicKey> = keys.filter(|key| !connection.viewing.contains(key)).collect();
        connection.viewing.extend(new);
        if connection.viewing.len() > self.app.limits().subscriptions as usize {
            // The hub has ended some: of what is not there, or because they were read too slowly.
            let ended = connection.viewing.iter().copied().filter(|key| !turn.is_subscribed(*key));
            let ended: Vec<Topic> = ended.map(Topic::from_key).collect();
            self.stop_viewing(connection, &ended, turn);
        }
    }

    pub(super) fn stop_viewing(&self, connection: &mut Connection, topics: &[Topic], turn: &Turn<'_>) {
        if !topics.is_empty() {
            connection.viewing.retain(|key| topics.iter().all(|topic| topic.key() != *key));
            self.relay.leave(topics, connection.viewer(turn.connection()));
        }
    }
}
