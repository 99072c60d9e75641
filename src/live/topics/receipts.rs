//! `conversation:ID/presence`, soft: who writes in a conversation, and how far each side has read, at most once a second.

use std::sync::Arc;

use async_trait::async_trait;
use plaudit_hub::Delivery;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, Topic, TopicKind};
use crate::domain::{
    Access, ConversationChange, ConversationId, Event, MessageChange, Result, User, UserId, parse_id,
};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::state::{State, Versioned};
use crate::live::typing::Typing;
use crate::live::value::Keeps;

/// See the module.
#[derive(Debug)]
pub(super) struct ConversationPresence;

/// How it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    sides: Vec<UserId>,
    typing: Vec<Arc<User>>,
    seen: Vec<(UserId, u64)>,
}

impl Versioned for Look {
    fn version(&self) -> u64 {
        0
    }
}

#[async_trait]
impl TopicKind for ConversationPresence {
    fn number(&self) -> u8 {
        11
    }

    fn order(&self) -> Order {
        Order::Soft
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_id(name.strip_prefix("conversation:")?.strip_suffix("/presence")?).map(Id::Is)
    }

    fn name(&self, id: u64) -> String {
        format!("conversation:{id}/presence")
    }

    fn access(&self, id: u64) -> Access {
        Access::Conversation(ConversationId(id))
    }

    fn open(&self) -> Keeps {
        Keeps::value(State::<Look>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::ConversationChanged {
                change: ConversationChange::Edited { item: conversation, .. },
                ..
            } if touch.is_wanted(conversation.id.0) => {
                touch.tell_later(conversation.id.0);
            }
            Event::CaseRead { conversation } if touch.is_wanted(conversation.0) => {
                touch.tell_later(conversation.0);
            }
            Event::AgentRemoved { user, conversations, .. } => {
                conversations.iter().for_each(|conversation| touch.evict(conversation.0, *user));
            }
            Event::UserChanged { user, .. } => {
                touch.tell_later_where(|look: &Look| look.sides.contains(&user.id));
            }
            Event::BlockSet { user, blocked } => {
                touch.tell_later_where(|look: &Look| {
                    look.sides.contains(user) && look.sides.contains(blocked)
                });
            }
            _ => {}
        }
    }

    async fn read(
        &self,
        relay: &Relay,
        asked: &[Asked],
        _: Viewer,
        _: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        let mut standings = Vec::with_capacity(asked.len());
        for Asked { topic, .. } in asked {
            let look = look(relay, topic.id).await?;
            standings.push(look.map(|look| {
                // Only where nothing is known: what others have not been told yet must stay news.
                relay.learn(std::iter::once((*topic, look.clone())));
                let (typing, seen) = (encode::users(&look.typing).into(), encode::seen(&look.seen).into());
                let topic = self.name(topic.id).into();
                Standing::whole(0, protocol::TopicSnapshot::Typing { topic, typing, seen })
            }));
        }
        Ok(standings)
    }

    async fn tell(&self, relay: &Relay, id: u64) -> Result<()> {
        let Some(look) = look(relay, id).await? else { return Ok(()) };
        if !look.typing.is_empty() {
            // It ends by itself, and nobody says when.
            relay.tell_later(self.topic(id));
        }
        let push = protocol::Push::Presence(protocol::Presence::Conversation {
            topic: self.name(id).into(),
            typing: encode::users(&look.typing).into(),
            seen: encode::seen(&look.seen).into(),
        });
        if relay.replace(self.topic(id), look.clone(), |known: &Look| *known != look) {
            relay.push(self.topic(id), Delivery::State { slot: 0, version: 0 }, &push);
        }
        Ok(())
    }
}

async fn look(relay: &Relay, id: u64) -> Result<Option<Look>> {
    let conversation = ConversationId(id);
    let Some(receipts) = relay.store.find_receipts(conversation).await? else { return Ok(None) };
    let sides: Vec<UserId> = receipts.read.iter().map(|(user, _)| *user).collect();
    let mut typing: Vec<Arc<User>> = Vec::new();
    for user in relay.typing.now(conversation).into_iter().chain(relay.agents.answering(conversation)) {
        // Whoever is no side answers for one: an inbox appears as itself, never as its agents.
        let side = if sides.contains(&user) { Some(user) } else { sides.last().copied() };
        let Some(side) = side.filter(|_| receipts.is_open) else { continue };
        if !typing.iter().any(|known| known.id == side)
            && let Some((user, _)) = relay.store.find_person(side).await?
        {
            typing.push(Arc::new(user));
        }
    }
    let seen = if receipts.has_receipts { receipts.read } else { Vec::new() };
    Ok(Some(Look { sides, typing, seen }))
}

/// The conversation whose presence this topic is.
pub fn conversation_of(topic: Topic) -> Option<ConversationId> {
    (topic.kind == ConversationPresence.number()).then_some(ConversationId(topic.id))
}

/// The topic of a conversation's presence.
pub(in crate::live) fn topic(conversation: ConversationId) -> Topic {
    ConversationPresence.topic(conversation.0)
}

/// What an event says about who writes.
pub(in crate::live) fn note(typing: &Typing, event: &Event) {
    if let Event::MessagesChanged { conversation, change: MessageChange::Added { item: message, .. } } = event
    {
        typing.end(*conversation, message.writer);
    }
}
