//! `conversation:ID`, a stream: what is said between two.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind};
use crate::domain::{Access, ConversationId, Event, Message, MessageId, Result, UserId, parse_id};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::stream::{Change, Fix, Item, Name, Stream, StreamSource, Tail, bytes_of, mend_author};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(super) struct Messages;

#[async_trait]
impl StreamSource for Messages {
    type Item = Message;

    async fn read(&self, store: &dyn Store, id: u64) -> Result<Option<Tail<Message>>> {
        let tail = store.read_message_tail(ConversationId(id)).await?;
        Ok(tail.map(|tail| Tail::of(tail, |MessageId(id)| id)))
    }
}

#[async_trait]
impl TopicKind for Messages {
    fn number(&self) -> u8 {
        10
    }

    fn order(&self) -> Order {
        Order::Stream
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_id(name.strip_prefix("conversation:")?).map(Id::Is)
    }

    fn name(&self, id: u64) -> String {
        format!("conversation:{id}")
    }

    fn access(&self, id: u64) -> Access {
        Access::Conversation(ConversationId(id))
    }

    fn open(&self) -> Keeps {
        Keeps::value(Stream::<Message>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::MessagesChanged { conversation: ConversationId(id), change } => {
                touch.change(*id, &Change::of(change, |MessageId(id)| id));
            }
            Event::AgentRemoved { user, conversations, .. } => {
                conversations.iter().for_each(|ConversationId(id)| touch.evict(*id, *user));
            }
            _ => {}
        }
    }

    async fn read(
        &self,
        relay: &Relay,
        asked: &[Asked],
        _: Viewer,
        room: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        relay.read_streams(self, asked, room).await
    }
}

/// The conversation whose messages this topic is.
pub fn conversation_of(topic: super::Topic) -> Option<ConversationId> {
    (topic.kind == Messages.number()).then_some(ConversationId(topic.id))
}

impl Item for Message {
    fn id(&self) -> u64 {
        self.id.0
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn cursor(&self) -> u64 {
        self.seq
    }

    fn authors(&self) -> impl Iterator<Item = UserId> {
        std::iter::once(self.author.id)
    }

    fn bytes(&self) -> usize {
        self.text.len() + bytes_of(&self.author)
    }

    fn added<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a> {
        let message = Cow::Owned(encode::message(self));
        protocol::Push::MessageAdded { topic, seq: self.seq, message }
    }

    fn edited<'a>(&'a self, topic: Name<'a>, seq: u64) -> protocol::Push<'a> {
        // Nobody edits what goes to a telephone: only its way changes.
        if let Some(delivery) = encode::delivery(self) {
            return protocol::Push::MessageDelivery { topic, seq, id: self.id.0, delivery };
        }
        let message = Cow::Owned(encode::message(self));
        protocol::Push::MessageEdited { topic, seq, message }
    }

    fn removed(topic: Name<'_>, seq: u64, id: u64) -> protocol::Push<'_> {
        protocol::Push::MessageRemoved { topic, seq, id }
    }

    fn mend(message: &mut Arc<Self>, fix: &Fix) -> bool {
        match fix {
            Fix::Author(user) => mend_author(message, user, |item| &item.author, |item| &mut item.author),
            // These are a post's.
            Fix::Counts(..) | Fix::CommentsSeq(..) => false,
        }
    }
}
