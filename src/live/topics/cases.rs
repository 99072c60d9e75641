//! `inbox:ID`, a stream: every case of an inbox that changed, whole, the same for all of its agents.

use std::borrow::Cow;

use async_trait::async_trait;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind};
use crate::domain::inbox::Case;
use crate::domain::{Access, ConversationId, Event, Result, UserId, parse_id};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::stream::{Change, Item, Name, StreamSource, Tail, bytes_of};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct Cases;

#[async_trait]
impl StreamSource for Cases {
    type Item = Case;

    async fn read(&self, store: &dyn Store, id: u64) -> Result<Option<Tail<Case>>> {
        let tail = store.read_case_tail(UserId(id)).await?;
        Ok(tail.map(|tail| Tail::of(tail, |ConversationId(id)| id)))
    }
}

#[async_trait]
impl TopicKind for Cases {
    fn number(&self) -> u8 {
        15
    }

    fn order(&self) -> Order {
        Order::Stream
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_id(name.strip_prefix("inbox:")?).map(Id::Is)
    }

    fn name(&self, id: u64) -> String {
        format!("inbox:{id}")
    }

    fn access(&self, id: u64) -> Access {
        Access::Inbox(UserId(id))
    }

    fn open(&self) -> Keeps {
        Keeps::Listeners
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::CaseChanged { inbox: UserId(id), change } => {
                touch.tell(*id, &Change::of(change, |ConversationId(id)| id));
            }
            Event::AgentRemoved { inbox: UserId(id), user, .. } => touch.evict(*id, *user),
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

impl Item for Case {
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
        let last = self.last.as_ref().map_or(0, |last| last.text.len() + bytes_of(&last.author));
        bytes_of(&self.customer) + self.assignee.as_ref().map_or(0, bytes_of) + last
    }

    fn added<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a> {
        protocol::Push::CaseChanged { topic, seq: self.place, case: Cow::Owned(encode::case(self)) }
    }

    fn edited<'a>(&'a self, topic: Name<'a>, _: u64) -> protocol::Push<'a> {
        self.added(topic)
    }

    /// No case is ever removed; a client would read it anew.
    fn removed(topic: Name<'_>, _: u64, _: u64) -> protocol::Push<'_> {
        protocol::Push::Resync { topic: topic.unwrap_or_default() }
    }
}
