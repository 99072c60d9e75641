//! `conversation:ID/agents`, soft: which agents look at a case, and what they write there, at most once a second. For
//! agents only: a customer learns from `conversation:ID/presence` that the inbox answers, and nothing of a note.

use std::sync::Arc;

use async_trait::async_trait;
use plaudit_hub::Delivery;
use plaudit_protocol::{self as protocol, Mode};

use super::{Asked, Id, Order, Room, Standing, Topic, TopicKind, receipts};
use crate::domain::inbox::{NoteChange, NoteKind};
use crate::domain::{Access, ConversationId, Event, MessageChange, Result, User, parse_id};
use crate::live::agents::{Agents, Present};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::state::{State, Versioned};
use crate::live::value::Keeps;

/// So many are named: a frame goes to each of them.
const NAMED: usize = 20;

/// See the module.
#[derive(Debug)]
pub(super) struct CaseAgents;

/// How it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    viewers: Vec<Arc<User>>,
    typing: Vec<(Arc<User>, Mode)>,
}

impl Versioned for Look {
    fn version(&self) -> u64 {
        0
    }
}

#[async_trait]
impl TopicKind for CaseAgents {
    fn number(&self) -> u8 {
        16
    }

    fn order(&self) -> Order {
        Order::Soft
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_id(name.strip_prefix("conversation:")?.strip_suffix("/agents")?).map(Id::Is)
    }

    fn name(&self, id: u64) -> String {
        format!("conversation:{id}/agents")
    }

    fn access(&self, id: u64) -> Access {
        Access::Case(ConversationId(id))
    }

    fn open(&self) -> Keeps {
        Keeps::value(State::<Look>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::MessagesChanged { conversation: ConversationId(id), .. }
            | Event::NotesChanged { conversation: ConversationId(id), .. }
                if touch.is_wanted(*id) =>
            {
                touch.tell_later(*id);
            }
            Event::AgentRemoved { user, conversations, .. } => {
                for ConversationId(id) in conversations.iter() {
                    if touch.is_wanted(*id) {
                        touch.evict(*id, *user);
                        touch.tell_later(*id);
                    }
                }
            }
            Event::UserChanged { user, .. } => {
                touch.tell_later_where(|look: &Look| look.viewers.iter().any(|known| known.id == user.id));
            }
            _ => {}
        }
    }

    async fn read(
        &self,
        relay: &Relay,
        asked: &[Asked],
        viewer: Viewer,
        _: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        let mut standings = Vec::with_capacity(asked.len());
        for Asked { topic, .. } in asked {
            relay.agents.admit(ConversationId(topic.id), viewer.connection);
            let look = look(relay, topic.id).await?;
            // Only where nothing is known: what others have not been told yet must stay news.
            relay.learn(std::iter::once((*topic, look.clone())));
            relay.tell_later(*topic);
            let (viewers, typing) =
                (encode::users(&look.viewers).into(), encode::agents(&look.typing).into());
            let topic = self.name(topic.id).into();
            standings
                .push(Some(Standing::whole(0, protocol::TopicSnapshot::Agents { topic, viewers, typing })));
        }
        Ok(standings)
    }

    async fn tell(&self, relay: &Relay, id: u64) -> Result<()> {
        let look = look(relay, id).await?;
        if !look.typing.is_empty() {
            // It ends by itself, and nobody says when.
            relay.tell_later(self.topic(id));
        }
        let push = protocol::Push::Presence(protocol::Presence::Agents {
            topic: self.name(id).into(),
            viewers: encode::users(&look.viewers).into(),
            typing: encode::agents(&look.typing).into(),
        });
        if relay.replace(self.topic(id), look.clone(), |known: &Look| *known != look) {
            relay.push(self.topic(id), Delivery::State { slot: 0, version: 0 }, &push);
        }
        Ok(())
    }
}

async fn look(relay: &Relay, id: u64) -> Result<Look> {
    let Present { viewers, typing } = relay.agents.now(ConversationId(id));
    let mut look = Look { viewers: Vec::new(), typing: Vec::new() };
    for user in viewers.into_iter().take(NAMED) {
        let Some((person, _)) = relay.store.find_person(user).await? else { continue };
        let person = Arc::new(person);
        let modes = typing.iter().filter(|(writer, _)| *writer == user);
        look.typing.extend(modes.map(|(_, mode)| (person.clone(), *mode)));
        look.viewers.push(person);
    }
    Ok(look)
}

/// The case whose agents this topic tells.
pub fn case_of(topic: Topic) -> Option<ConversationId> {
    (topic.kind == CaseAgents.number()).then_some(ConversationId(topic.id))
}

/// Tells what changed at a case: its agents, and its customer, who may see that the inbox answers.
pub(in crate::live) fn tell(relay: &Relay, case: ConversationId) {
    relay.tell_later(CaseAgents.topic(case.0));
    relay.tell_later(receipts::topic(case));
}

/// What an event says about who is at a case and who writes there.
pub(in crate::live) fn note(agents: &Agents, event: &Event) {
    match event {
        Event::MessagesChanged { conversation, change: MessageChange::Added { item: message, .. } } => {
            agents.end(*conversation, message.writer, Mode::Reply);
        }
        Event::NotesChanged { conversation, change: NoteChange::Added { item: note, .. } }
            if note.kind == NoteKind::Note =>
        {
            if let Some(author) = &note.author {
                agents.end(*conversation, author.id, Mode::Note);
            }
        }
        Event::AgentRemoved { user, conversations, .. } => agents.evict(*user, conversations),
        _ => {}
    }
}
