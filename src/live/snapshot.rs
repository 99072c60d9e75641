//! Snapshots: how topics stand, for a connection that has just been registered for them.
//!
//! Only from a read that started after the registration, or from an entry of the relay: so ten thousand that
//! reconnect read the database once per topic.

use plaudit_hub::{Frame, Position, TopicKey};
use plaudit_protocol as protocol;

use super::presence::Viewer;
use super::relay::Relay;
use super::topics::{Asked, Body, Room, Standing, Topic};
use crate::domain::Result;

/// One topic that a client asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// As the client wrote it.
    pub name: String,
    /// The topic, or the code of why there is none.
    pub topic: std::result::Result<Topic, &'static str>,
    /// The position up to which the client knows it.
    pub since: Option<u64>,
    /// Whether the client may see it. What it may not see is as if it were not there.
    pub granted: bool,
}

/// A snapshot as it goes to the hub.
pub struct Snapshot {
    /// The reply.
    pub frame: Frame,
    /// Where it stands in each topic.
    pub positions: Vec<(TopicKey, Position)>,
}

/// What is left of a standing whose snapshot was taken out.
const NOTHING: protocol::TopicSnapshot<'static> =
    protocol::TopicSnapshot::Me { topic: std::borrow::Cow::Borrowed("") };

impl Relay {
    /// The snapshot for these topics, which the connection is registered for. It has joined those of them that show
    /// who is subscribed; where that fails it is as if it had left.
    pub async fn snapshot(&self, reference: u64, wanted: &[Wanted], viewer: Viewer) -> Result<Snapshot> {
        let mut standings = match self.read(wanted, viewer).await {
            Ok(standings) => standings,
            Err(error) => {
                let topics: Vec<Topic> = wanted.iter().filter_map(|wanted| wanted.topic.ok()).collect();
                self.leave(&topics, viewer);
                return Err(error);
            }
        };
        let mut topics = Vec::with_capacity(wanted.len());
        let mut positions = Vec::with_capacity(wanted.len());
        for (Wanted { name, topic, .. }, standing) in wanted.iter().zip(&mut standings) {
            let position =
                standing.as_ref().map_or(Position::Refused, |standing| Position::At(standing.position));
            positions.extend(topic.iter().map(|topic| (topic.key(), position)));
            topics.push(match (standing, topic) {
                (Some(Standing { body: Body::Stream(answer), .. }), _) => answer.to_snapshot(name.clone()),
                (Some(Standing { body: Body::Whole(whole), .. }), _) => std::mem::replace(whole, NOTHING),
                (None, Ok(topic)) => {
                    self.leave(&[*topic], viewer);
                    refused(name, "not_found")
                }
                (None, Err(code)) => refused(name, code),
            });
        }
        let epoch = self.store.epoch().into();
        let reply = protocol::Reply::Snapshot { reference, epoch, topics };
        Ok(Snapshot { frame: Frame::text(protocol::encode(&reply)), positions })
    }

    /// How these topics stand, in the same order. Those of one kind are read together.
    async fn read(&self, wanted: &[Wanted], viewer: Viewer) -> Result<Vec<Option<Standing>>> {
        let granted = |wanted: &Wanted| wanted.topic.ok().filter(|_| wanted.granted);
        let streams = wanted.iter().filter_map(granted).filter(|topic| self.kinds.is_stream(*topic));
        let mut room = Room::new(streams.count());
        let mut standings: Vec<Option<Standing>> = wanted.iter().map(|_| None).collect();
        for kind in self.kinds.iter() {
            let of_kind = |at: usize, wanted: &Wanted| {
                let topic = granted(wanted).filter(|topic| kind.topic(topic.id()) == *topic)?;
                Some((at, Asked { topic, since: wanted.since }))
            };
            let of_kind = wanted.iter().enumerate().filter_map(|(at, wanted)| of_kind(at, wanted));
            let (places, asked): (Vec<usize>, Vec<Asked>) = of_kind.unzip();
            if asked.is_empty() {
                continue;
            }
            let read = kind.read(self, &asked, viewer, &mut room).await?;
            for (place, standing) in places.into_iter().zip(read) {
                standings[place] = standing;
            }
        }
        Ok(standings)
    }
}

fn refused<'a>(name: &str, code: &'a str) -> protocol::TopicSnapshot<'a> {
    protocol::TopicSnapshot::Refused { topic: name.to_owned().into(), error: code.into() }
}
