//! `notifications`, a stream: every notification of its user that changed, whole; and how far the user has read.

use std::borrow::Cow;

use async_trait::async_trait;
use plaudit_hub::Delivery;
use plaudit_protocol as protocol;

use super::{Asked, Body, Id, Order, Room, Standing, Topic, TopicKind};
use crate::domain::{Access, Event, Notification, NotificationId, Result, UserId};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::stream::{Change, Item, Name, StreamSource, Tail, bytes_of};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(super) struct Notifications;

const NAME: &str = "notifications";

/// Whether this topic is its user's notifications.
pub fn is_notifications(topic: Topic) -> bool {
    topic.kind == Notifications.number()
}

#[async_trait]
impl StreamSource for Notifications {
    type Item = Notification;

    async fn read(&self, store: &dyn Store, id: u64) -> Result<Option<Tail<Notification>>> {
        Ok(Some(Tail::of(store.read_notification_tail(UserId(id)).await?, |NotificationId(id)| id)))
    }
}

#[async_trait]
impl TopicKind for Notifications {
    fn number(&self) -> u8 {
        12
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
        match event {
            Event::NotificationChanged { user: UserId(id), change } => {
                touch.tell(*id, &Change::of(change, |NotificationId(id)| id));
            }
            Event::NotificationsRead { user: UserId(id), read } if touch.is_wanted(*id) => {
                let push = protocol::Push::Read { topic: NAME.into(), read: *read };
                // It has no place in the stream: the latest position counts.
                touch.push(*id, Delivery::State { slot: 0, version: 0 }, &push);
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
        let mut standings = relay.read_streams(self, asked, room).await?;
        for (asked, standing) in asked.iter().zip(&mut standings) {
            if let Some(Standing { body: Body::Stream(answer), .. }) = standing {
                answer.read = Some(relay.store.find_notifications_read(UserId(asked.topic.id)).await?);
            }
        }
        Ok(standings)
    }
}

impl Item for Notification {
    fn id(&self) -> u64 {
        self.id.0
    }

    /// With each act it comes anew.
    fn seq(&self) -> u64 {
        self.seq
    }

    fn cursor(&self) -> u64 {
        self.seq
    }

    fn bytes(&self) -> usize {
        let text = |text: &str| text.len();
        self.actors.iter().map(bytes_of).sum::<usize>()
            + self.post.as_ref().map_or(0, |(_, post)| text(post))
            + self.comment.as_ref().map_or(0, |(_, comment)| text(comment))
    }

    fn added<'a>(&'a self, topic: Name<'a>) -> protocol::Push<'a> {
        self.edited(topic, self.seq)
    }

    fn edited<'a>(&'a self, topic: Name<'a>, seq: u64) -> protocol::Push<'a> {
        let notification = Cow::Owned(encode::notification(self));
        protocol::Push::NotificationChanged { topic, seq, notification }
    }

    fn removed(topic: Name<'_>, seq: u64, id: u64) -> protocol::Push<'_> {
        protocol::Push::NotificationRemoved { topic, seq, id }
    }
}
