//! Commands: what each text frame asks for. Called by the hub on a shard's thread, so nothing here waits: a like goes
//! into the writer's queue, a subscribe is registered at once and its snapshot read by a task.

use std::collections::HashSet;
use std::sync::Arc;

use plaudit_hub::{ConnectionId, Frame, Handle, Service, TopicKey, Turn};
use plaudit_protocol::{self as protocol, Command, close};
use tokio::runtime;

use super::Connection;
use super::replies::{error_frame, ok_frame};
use crate::app::comments::Draft;
use crate::app::conversations::MessageDraft;
use crate::app::{App, ConnectionRef};
use crate::domain::{CommentId, ConversationId, Error, Online, PostId, Result, UserId, Vital, json};
use crate::live::topics::{NAME_LIMIT, messages, notifications, viewed};
use crate::live::{Relay, Topic};

/// The service of one shard.
pub struct Commands {
    /// Which shard.
    pub shard: u32,
    /// The use cases.
    pub app: Arc<App>,
    /// Snapshots.
    pub relay: Arc<Relay>,
    /// Where snapshots go.
    pub hub: Handle,
    /// Where snapshots are read.
    pub runtime: runtime::Handle,
    /// Who has an open socket.
    pub online: Online,
    /// The service is the shard's: it goes when the shard's thread ends.
    pub vital: Vital,
}

impl Service for Commands {
    type Peer = Connection;

    fn opened(&mut self, connection: &mut Connection, _: &mut Turn<'_>) {
        if let Some(actor) = connection.actor {
            self.online.enter(actor.user);
        }
    }

    fn message(&mut self, connection: &mut Connection, text: &str, turn: &mut Turn<'_>) {
        let parsed = if json::is_too_deep(text.as_bytes()) {
            let message = "JSON may nest 16 levels deep here.".into();
            Err(protocol::Refusal { reference: None, message, is_text: false })
        } else {
            Command::parse(text)
        };
        let command = match parsed {
            Ok(command) => command,
            // Only what is no command at all is a strike: a text that is too long is somebody's mistake in good faith.
            Err(refusal) => {
                turn.reply(error_frame(refusal.reference, &Error::bad(refusal.message)));
                if !refusal.is_text && connection.note_malformed() {
                    turn.close(close::BAD_FRAMES, "too many malformed commands");
                }
                return;
            }
        };
        let reference = reference(&command);
        let result = self.admit(connection).and_then(|()| self.execute(connection, command, turn));
        if let Err(error) = result {
            turn.reply(error_frame(reference, &error));
            if matches!(error, Error::RateLimited { .. }) && connection.note_refused() {
                turn.close(close::RATE, "too many commands");
            }
        }
    }

    fn closed(&mut self, connection: Connection, id: ConnectionId) {
        if let Some(actor) = connection.actor {
            self.online.leave(actor.user);
        }
        if !connection.viewing.is_empty() {
            let viewing: Vec<Topic> = connection.viewing.iter().copied().map(Topic::from_key).collect();
            self.relay.leave(&viewing, connection.viewer(id));
        }
    }

    fn owner(&self, connection: &Connection) -> u64 {
        connection.actor.map_or(0, |actor| actor.user.0)
    }

    fn idle(&mut self, topic: TopicKey) {
        self.relay.release(Topic::from_key(topic), self.shard);
    }

    fn resync(&mut self, topic: TopicKey) -> Frame {
        let topic = self.relay.kinds().name(Topic::from_key(topic));
        Frame::text(protocol::encode(&protocol::Push::Resync { topic: topic.into() }))
    }

    fn ping(&mut self) -> Frame {
        Frame::text(protocol::encode(&protocol::Push::Ping {}))
    }
}

impl Commands {
    /// Counts a command against the rates: the connection's, its user's, its address's.
    fn admit(&self, connection: &Connection) -> Result<()> {
        connection.command(self.app.limits().commands_per_second)?;
        self.app.rates().command(connection.actor.map(|actor| actor.user), connection.address)
    }

    fn execute(&self, connection: &mut Connection, command: Command, turn: &mut Turn<'_>) -> Result<()> {
        match command {
            Command::Subscribe { reference, epoch, topics } => {
                self.subscribe(connection, reference, epoch.as_deref(), topics, turn)
            }
            Command::Unsubscribe { reference, topics } => {
                check_names(topics.iter().map(String::as_str), self.app.limits().subscriptions as usize)?;
                let me = connection.actor.map(|actor| actor.user);
                let kinds = self.relay.kinds();
                let topics: Vec<Topic> =
                    topics.iter().filter_map(|name| kinds.parse(name, me).ok()).collect();
                let keys: Vec<TopicKey> = topics.iter().map(|topic| topic.key()).collect();
                turn.unsubscribe(&keys);
                self.stop_viewing(connection, &viewed(&topics), turn);
                turn.reply(ok_frame(reference));
                Ok(())
            }
            Command::Like { reference, post, on } => {
                let waiter = ConnectionRef { connection: turn.connection().to_u64(), reference };
                let (actor, address) = (connection.actor, connection.address);
                self.app.like_from_connection(actor, address, PostId::new(post)?, on, waiter)?;
                turn.expect_reply();
                Ok(())
            }
            Command::Comment { reference, post, text, key, parent } => {
                let waiter = ConnectionRef { connection: turn.connection().to_u64(), reference };
                let parent = parent.map(CommentId::new).transpose()?;
                let draft = Draft { post: PostId::new(post)?, parent, text, key: Some(key) };
                self.comment(connection, draft, waiter)?;
                turn.expect_reply();
                Ok(())
            }
            Command::Message { reference, conversation, text, key, seen } => {
                let waiter = ConnectionRef { connection: turn.connection().to_u64(), reference };
                let draft = MessageDraft { conversation: ConversationId(conversation), text, key, seen };
                self.app.message_from_connection(connection.actor, draft, waiter)?;
                turn.expect_reply();
                Ok(())
            }
            Command::Read { reference, topic, read } => {
                let waiter = ConnectionRef { connection: turn.connection().to_u64(), reference };
                let me = connection.actor.map(|actor| actor.user);
                let topic = self.relay.kinds().parse(&topic, me.or(Some(UserId(0)))).ok();
                match (topic.map(notifications::is_notifications), topic.and_then(messages::conversation_of))
                {
                    (Some(true), _) => {
                        self.app.read_notifications_from_connection(connection.actor, read, waiter)?;
                    }
                    (_, Some(conversation)) => {
                        self.app.read_from_connection(connection.actor, conversation, read, waiter)?;
                    }
                    _ => {
                        return Err(Error::bad("topic: conversation:ID or notifications, of what was read."));
                    }
                }
                turn.expect_reply();
                Ok(())
            }
            Command::Typing { topic, mode } => self.typing(connection, &topic, mode, turn),
            Command::Pong {} => Ok(()),
        }
    }
}

fn reference(command: &Command) -> Option<u64> {
    match command {
        Command::Subscribe { reference, .. }
        | Command::Unsubscribe { reference, .. }
        | Command::Like { reference, .. }
        | Command::Comment { reference, .. }
        | Command::Message { reference, .. }
        | Command::Read { reference, .. } => Some(*reference),
        Command::Typing { .. } | Command::Pong {} => None,
    }
}

pub(super) fn check_names<'a>(names: impl ExactSizeIterator<Item = &'a str>, most: usize) -> Result<()> {
    if !(1..=most).contains(&names.len()) {
        return Err(Error::bad(format!("topics: 1 to {most}, this has {}.", names.len())));
    }
    let mut seen = HashSet::with_capacity(names.len());
    for name in names {
        if name.len() > NAME_LIMIT {
            return Err(Error::bad(format!("topics: a name has at most {NAME_LIMIT} bytes.")));
        }
        if !seen.insert(name) {
            return Err(Error::bad(format!("topics: {name} is named twice.")));
        }
    }
    Ok(())
}
