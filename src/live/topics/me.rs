//! `me`, soft: what its user likes, for that user's other tabs. Nothing is kept of it.

use async_trait::async_trait;
use plaudit_hub::Delivery;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind};
use crate::domain::{Access, Event, Result, UserId};
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::value::Keeps;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct Me;

const NAME: &str = "me";

#[async_trait]
impl TopicKind for Me {
    fn number(&self) -> u8 {
        4
    }

    fn order(&self) -> Order {
        Order::Soft
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
        if let Event::LikeSet { user: UserId(id), post, liked, version } = event
            && touch.is_wanted(*id)
        {
            // Each post is a slot of its own: the last like of a post wins, and a like of another post does not push
            // it out.
            let delivery = Delivery::State { slot: post.0, version: *version };
            let (liked, version) = (*liked, *version);
            let push = protocol::Push::Liked { topic: NAME.into(), post: post.0, liked, version };
            touch.push(*id, delivery, &push);
        }
    }

    async fn read(
        &self,
        _: &Relay,
        asked: &[Asked],
        _: Viewer,
        _: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        let standing = || Standing::whole(0, protocol::TopicSnapshot::Me { topic: NAME.into() });
        Ok(asked.iter().map(|_| Some(standing())).collect())
    }
}
