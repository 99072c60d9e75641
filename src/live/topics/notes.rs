//! `conversation:ID/notes`, a stream: what the agents of an inbox say among themselves of one case. Its entries have no
//! other way out: no topic that a customer may see takes them.

use std::borrow::Cow;

use async_trait::async_trait;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind};
use crate::domain::inbox::{Note, NoteId};
use crate::domain::{Access, ConversationId, Event, Result, parse_id};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::stream::{Change, Item, Name, StreamSource, Tail, bytes_of};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct CaseNotes;

#[async_trait]
impl StreamSource for CaseNotes {
    type Item = Note;

    async fn read(&self, store: &dyn Store, id: u64) -> Result<Option<Tail<Note>>> {
        let tail = store.read_note_tail(ConversationId(id)).await?;
        Ok(tail.map(|tail| Tail::of(tail, |NoteId(id)| id)))
    }
}

#[async_trait]
impl TopicKind for CaseNotes {
    fn number(&self) -> u8 {
        14
    }

    fn order(&self) -> Order {
        Order::Stream
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_id(name.strip_prefix("conversation:")?.strip_suffix("/notes")?).map(Id::Is)
    }

    fn name(&self, id: u64) -> String {
        format!("conversation:{id}/notes")
    }

    fn access(&self, id: u64) -> Access {
        Access::Case(ConversationId(id))
    }

    fn open(&self) -> Keeps {
        Keeps::Listeners
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::NotesChanged { conversation: ConversationId(id), change } => {
                touch.tell(*id, &Change::of(change, |NoteId(id)| id));
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

impl Item for Note {
    fn id(&self) -> u64 {
        self.id.0
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    fn cursor(&self) -> u64 {
        self.seq
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.author.as_ref().map_or(0, bytes_of)
    }

    fn added<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a> {
        protocol::Push::NoteAdded { topic, seq: self.seq, note: Cow::Owned(encode::note(self)) }
    }

    fn edited<'a>(&'a self, topic: Name<'a>, _: u64) -> protocol::Push<'a> {
        self.added(topic)
    }

    /// Notes only grow; a client would read them anew.
    fn removed(topic: Name<'_>, _: u64, _: u64) -> protocol::Push<'_> {
        protocol::Push::Resync { topic: topic.unwrap_or_default() }
    }
}
