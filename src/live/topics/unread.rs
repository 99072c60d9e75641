//! `unread`, a state: how much of what concerns its user is unread, for all of that user's tabs.

use async_trait::async_trait;
use plaudit_hub::Delivery;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind};
use crate::domain::{Access, Event, Result, Unread, UserId};
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::state::{StateSource, Versioned};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct UnreadNumbers;

const NAME: &str = "unread";

impl Versioned for Unread {
    fn version(&self) -> u64 {
        self.version
    }
}

#[async_trait]
impl StateSource for UnreadNumbers {
    type Value = Unread;

    async fn read(&self, store: &dyn Store, ids: &[u64]) -> Result<Vec<Option<Unread>>> {
        let users: Vec<UserId> = ids.iter().map(|id| UserId(*id)).collect();
        Ok(store.find_unread(&users).await?.into_iter().map(Some).collect())
    }
}

#[async_trait]
impl TopicKind for UnreadNumbers {
    fn number(&self) -> u8 {
        8
    }

    fn order(&self) -> Order {
        Order::State
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
        if let Event::UnreadChanged { user: UserId(id), unread } = event
            && touch.is_wanted(*id)
        {
            let Unread { version, conversations, requests, notifications } = *unread;
            let push = protocol::Push::Unread {
                topic: NAME.into(),
                version,
                conversations,
                requests,
                notifications,
            };
            touch.push(*id, Delivery::State { slot: 0, version }, &push);
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
        let standings = found.into_iter().map(|unread| {
            let Unread { version, conversations, requests, notifications } = unread?;
            let topic = NAME.into();
            let snapshot =
                protocol::TopicSnapshot::Unread { topic, version, conversations, requests, notifications };
            Some(Standing::whole(version, snapshot))
        });
        Ok(standings.collect())
    }
}
