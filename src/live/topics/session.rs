//! The connections of one session: a hidden topic, whose only event is that the session has ended.

use async_trait::async_trait;
use plaudit_hub::Push;
use plaudit_protocol::close;

use super::{Asked, Id, Order, Room, Standing, Topic, TopicKind};
use crate::domain::{Access, EndReason, Event, Result, SessionId};
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::value::Keeps;

/// See the module.
#[derive(Debug)]
pub(super) struct SessionEnd;

#[async_trait]
impl TopicKind for SessionEnd {
    fn number(&self) -> u8 {
        5
    }

    fn order(&self) -> Order {
        Order::Hidden
    }

    fn parse(&self, _: &str) -> Option<Id> {
        None
    }

    fn name(&self, id: u64) -> String {
        format!("session:{id}")
    }

    fn access(&self, _: u64) -> Access {
        Access::Nobody
    }

    fn open(&self) -> Keeps {
        // The hub knows who is there.
        Keeps::Nothing
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        if let Event::SessionsEnded { sessions, why } = event {
            for session in sessions {
                touch.close(close(*session, *why));
            }
        }
    }

    async fn read(
        &self,
        _: &Relay,
        asked: &[Asked],
        _: Viewer,
        _: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        Ok(asked.iter().map(|_| None).collect())
    }
}

/// The topic of a session's connections.
pub fn topic(session: SessionId) -> Topic {
    SessionEnd.topic(session.0)
}

/// Closes the connections of a session that is over.
pub(in crate::live) fn close(session: SessionId, why: EndReason) -> Push {
    let (code, reason) = match why {
        EndReason::Ended => (close::SESSION_ENDED, "the session has ended"),
        EndReason::Suspended => (close::SUSPENDED, "suspended"),
    };
    Push::close(topic(session).key(), code, reason)
}
