//! `conversations`, a stream: every conversation of its user that changed, whole, as that user sees it.

use std::borrow::Cow;

use async_trait::async_trait;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind};
use crate::domain::{Access, Conversation, ConversationId, Event, Result, UserId};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::stream::{Change, Item, Name, StreamSource, Tail, bytes_of};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct Conversations;

const NAME: &str = "conversations";

#[async_trait]
impl StreamSource for Conversations {
    type Item = Conversation;

    async fn read(&self, store: &dyn Store, id: u64) -> Result<Option<Tail<Conversation>>> {
        Ok(Some(Tail::of(store.read_conversation_tail(UserId(id)).await?, |ConversationId(id)| id)))
    }
}

#[async_trait]
impl TopicKind for Conversations {
    fn number(&self) -> u8 {
        9
    }

    fn order(&self) -> Order {
        Order::Stream
    }

    fn parse(&self, name: &str) -> Option<Id> {
        (name == NAME).then_some(Id::Mine)
    }

    fn name(&self, _: u64) -> String {
        NAME.to_owned()
    }

    fn access(&self, id: u64) -> Access {
        Access::User(UserId(id))
    }

    fn open(&self) -> Keeps {
        Keeps::Listeners
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        if let Event::ConversationChanged { user: UserId(id), change } = event {
            touch.tell(*id, &Change::of(change, |ConversationId(id)| id));
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

impl Item for Conversation {
    fn id(&self) -> u64 {
        self.id.0
    }

    /// With each change it comes anew.
    #[expect(clippy::misnamed_getters, reason = "its place in this stream; `seq` is the head of another")]
    fn seq(&self) -> u64 {
        self.place
    }

    fn cursor(&self) -> u64 {
        self.activity
    }

    fn bytes(&self) -> usize {
        bytes_of(&self.with) + self.last.as_ref().map_or(0, |last| last.text.len() + bytes_of(&last.author))
    }

    fn added<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a> {
        let conversation = Cow::Owned(encode::conversation(self));
        protocol::Push::ConversationChanged { topic, seq: self.place, conversation }
    }

    fn edited<'a>(&'a self, topic: Name<'a>, _: u64) -> protocol::Push<'a> {
        self.added(topic)
    }

    fn removed(topic: Name<'_>, seq: u64, id: u64) -> protocol::Push<'_> {
        protocol::Push::ConversationRemoved { topic, seq, id }
    }
}
