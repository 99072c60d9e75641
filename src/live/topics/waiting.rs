//! `inbox:ID/waiting`, a state: how many open cases wait, and how many of them nobody has. The badge of all agents.

use async_trait::async_trait;
use plaudit_hub::Delivery;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind};
use crate::domain::inbox::Waiting;
use crate::domain::{Access, Event, Result, UserId, parse_id};
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::state::{StateSource, Versioned};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct WaitingNumbers;

impl Versioned for Waiting {
    fn version(&self) -> u64 {
        self.version
    }
}

#[async_trait]
impl StateSource for WaitingNumbers {
    type Value = Waiting;

    async fn read(&self, store: &dyn Store, ids: &[u64]) -> Result<Vec<Option<Waiting>>> {
        let inboxes: Vec<UserId> = ids.iter().map(|id| UserId(*id)).collect();
        store.find_waiting(&inboxes).await
    }
}

#[async_trait]
impl TopicKind for WaitingNumbers {
    fn number(&self) -> u8 {
        13
    }

    fn order(&self) -> Order {
        Order::State
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_id(name.strip_prefix("inbox:")?.strip_suffix("/waiting")?).map(Id::Is)
    }

    fn name(&self, id: u64) -> String {
        format!("inbox:{id}/waiting")
    }

    fn access(&self, id: u64) -> Access {
        Access::Inbox(UserId(id))
    }

    fn open(&self) -> Keeps {
        Keeps::Listeners
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::WaitingChanged { inbox: UserId(id), waiting } if touch.is_wanted(*id) => {
                let Waiting { version, waiting, unassigned } = *waiting;
                let push =
                    protocol::Push::Waiting { topic: self.name(*id).into(), version, waiting, unassigned };
                touch.push(*id, Delivery::State { slot: 0, version }, &push);
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
        _: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        let found = relay.read_states(self, asked).await?;
        let standings = asked.iter().zip(found).map(|(asked, found)| {
            let Waiting { version, waiting, unassigned } = found?;
            let topic = self.name(asked.topic.id).into();
            let snapshot = protocol::TopicSnapshot::Waiting { topic, version, waiting, unassigned };
            Some(Standing::whole(version, snapshot))
        });
        Ok(standings.collect())
    }
}
