//! Who looks at a post and who writes under it, as commands say it. On the shard's thread, in the order of the
//! connection's commands and of its end.

use plaudit_hub::Turn;

use super::{Commands, Connection};
use crate::app::comments::Draft;
use crate::app::{ConnectionRef, rights};
use crate::domain::{Error, PostId, Result};
use crate::live::topics::{presence, receipts};

impl Commands {
    /// There is no reply; a refusal has no `ref` to name.
    pub(super) fn typing(&self, connection: &Connection, topic: &str, turn: &Turn<'_>) -> Result<()> {
        let topic = self.relay.kinds().parse(topic, None).ok();
        let post = topic.and_then(presence::post_of);
        let conversation = topic.and_then(|topic| Some((topic, receipts::conversation_of(topic)?)));
        if post.is_none() && conversation.is_none() {
            return Err(Error::bad(
                "topic: post:ID/presence or conversation:ID/presence, of where it is written.",
            ));
        }
        let user = rights::typist(connection.actor)?;
        if let Some(post) = post {
            self.relay.type_at(post, turn.connection().to_u64(), user);
        } else if let Some((topic, conversation)) = conversation
            // Whoever is subscribed may see it.
            && turn.is_subscribed(topic.key())
        {
            self.relay.type_in(conversation, user);
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

    /// To subscribe to a post's presence is to look at it.
    pub(super) fn start_viewing(&self, connection: &mut Connection, posts: &[PostId], turn: &Turn<'_>) {
        self.relay.join(posts, connection.viewer(turn.connection()));
        let new: Vec<PostId> =
            posts.iter().copied().filter(|post| !connection.viewing.contains(post)).collect();
        connection.viewing.extend(new);
        if connection.viewing.len() > self.app.limits().subscriptions as usize {
            // The hub has ended some: of posts that are not there, or because they were read too slowly.
            let ended = |post: &PostId| !turn.is_subscribed(presence::topic(*post).key());
            let ended: Vec<PostId> = connection.viewing.iter().copied().filter(ended).collect();
            self.stop_viewing(connection, &ended, turn);
        }
    }

    pub(super) fn stop_viewing(&self, connection: &mut Connection, posts: &[PostId], turn: &Turn<'_>) {
        if !posts.is_empty() {
            connection.viewing.retain(|post| !posts.contains(post));
            self.relay.leave(posts, connection.viewer(turn.connection()));
        }
    }
}
