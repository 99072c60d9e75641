//! Topics: what one can subscribe to. A file here describes one kind of topic: its name, its order, who may subscribe,
//! how it is read from the store, which events change it, and how it is encoded. The engines do the rest: `stream` for
//! what is ordered, `state` for what is absolute. Nothing outside of this folder knows one kind from another, but for
//! presence, which sockets join.
//!
//! A new kind is a new file and a line in [`KINDS`]. The list is one of trait objects and not an enum: so the tests can
//! add a kind of their own ([`Kinds::with`]), and no `match` over topics has to grow.

pub mod agents;
mod cases;
mod comments;
mod conversations;
mod latest;
mod likers;
mod me;
pub mod messages;
mod notes;
pub mod notifications;
mod post;
pub mod presence;
pub mod receipts;
pub mod session;
#[cfg(test)]
mod tests;
mod unread;
mod waiting;

use async_trait::async_trait;
use plaudit_hub::TopicKey;
use plaudit_protocol as protocol;

use super::entries::Touch;
use super::presence::Viewer;
use super::relay::Relay;
use super::stream::Answer;
use super::value::Keeps;
use crate::domain::{Access, Event, PostId, Result, UserId, parse_id};

use self::post::PostCounts;

/// All kinds that the site has. Each is read in this order: a post before who looks at it.
const KINDS: [&dyn TopicKind; 16] = [
    &post::PostCounts,
    &comments::PostComments,
    &presence::PostPresence,
    &likers::PostLikers,
    &latest::Latest,
    &me::Me,
    &unread::UnreadNumbers,
    &notifications::Notifications,
    &conversations::Conversations,
    &messages::Messages,
    &receipts::ConversationPresence,
    &cases::Cases,
    &waiting::WaitingNumbers,
    &notes::CaseNotes,
    &agents::CaseAgents,
    &session::SessionEnd,
];

/// A topic's name is at most this long, in bytes.
pub const NAME_LIMIT: usize = 128;

/// One topic: its kind's number, and its id, which is below 2^53. What the id means is the kind's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic {
    kind: u8,
    id: u64,
}

/// What the id of a topic is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Id {
    /// This one.
    Is(u64),
    /// That of the user who subscribes. Without a session there is no such topic.
    Mine,
}

/// How a topic's pushes follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The latest wins, by its version.
    State,
    /// Every entry arrives, by its `seq`. Can be resumed.
    Stream,
    /// The last frame wins; there is no version.
    Soft,
    /// Never subscribed by name: it only exists so that an event reaches connections.
    Hidden,
}

/// A topic that a snapshot is read for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Which.
    pub topic: Topic,
    /// The position up to which the client knows it.
    pub since: Option<u64>,
}

/// How a topic stands.
#[derive(Debug)]
pub struct Standing {
    /// Up to where: pushes that are not newer are not sent. 0 where there is no order.
    pub position: u64,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Stream(Answer),
    Whole(protocol::TopicSnapshot<'static>),
}

impl Standing {
    /// A topic that is sent whole.
    pub fn whole(position: u64, snapshot: protocol::TopicSnapshot<'static>) -> Self {
        Self { position, body: Body::Whole(snapshot) }
    }

    pub(super) fn stream(answer: Answer) -> Self {
        Self { position: answer.seq, body: Body::Stream(answer) }
    }
}

/// How many bytes the streams of one reply may still have.
#[derive(Debug)]
pub struct Room {
    left: usize,
    streams: usize,
}

/// The streams of one reply have at most so many bytes in all, so that a reply stays below 256 KiB,
const STREAM_BYTES: usize = 248 * 1024;
/// of which each that is still to come is left this: more than the longest entry has.
const LEAST_BYTES: usize = 8 * 1024;

impl Room {
    pub(super) fn new(streams: usize) -> Self {
        Self { left: STREAM_BYTES, streams }
    }

    /// What the next stream may have.
    pub(super) fn allowed(&mut self) -> usize {
        self.streams = self.streams.saturating_sub(1);
        self.left.saturating_sub(self.streams * LEAST_BYTES)
    }

    pub(super) fn take(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}

/// One kind of topic. The relay drives it.
#[async_trait]
pub trait TopicKind: Send + Sync {
    /// A number of its own, from 1 to 255.
    fn number(&self) -> u8;

    /// How its pushes follow each other.
    fn order(&self) -> Order;

    /// The id in a name; none if the name is not one of this kind.
    fn parse(&self, name: &str) -> Option<Id>;

    /// The name of a topic of this kind.
    fn name(&self, id: u64) -> String;

    /// Who may subscribe. Whether the topic is there at all, `read` finds.
    fn access(&self, id: u64) -> Access;

    /// What is kept of a topic while somebody is subscribed.
    fn open(&self) -> Keeps;

    /// Takes an event: changes what is kept, and pushes what subscribers must hear. Called for every event, under the
    /// relay's lock and in commit order: it does nothing that waits.
    fn take(&self, event: &Event, touch: &mut Touch<'_>);

    /// How these topics stand, in the same order; none for those that are not there. From what is kept, or from a read
    /// that starts now.
    async fn read(
        &self,
        relay: &Relay,
        asked: &[Asked],
        viewer: Viewer,
        room: &mut Room,
    ) -> Result<Vec<Option<Standing>>>;

    /// Tells a topic that [`Touch::tell_later`] asked for: at most once a second, from a thread that may wait.
    async fn tell(&self, _relay: &Relay, _id: u64) -> Result<()> {
        Ok(())
    }

    /// The topic of this kind with this id.
    fn topic(&self, id: u64) -> Topic {
        Topic { kind: self.number(), id }
    }
}

impl Topic {
    /// Its id.
    pub fn id(self) -> u64 {
        self.id
    }

    /// One number for each topic, for the hub: the kind in the top byte, the id under it.
    pub fn key(self) -> TopicKey {
        TopicKey(u64::from(self.kind) << 56 | self.id)
    }

    /// The topic of a key that [`key`](Self::key) made.
    pub fn from_key(key: TopicKey) -> Self {
        Self { kind: key.0.to_be_bytes()[0], id: key.0 & ((1 << 56) - 1) }
    }
}

/// The kinds of topics of one site.
#[derive(Clone)]
pub struct Kinds(Vec<&'static dyn TopicKind>);

impl Default for Kinds {
    fn default() -> Self {
        Self(KINDS.to_vec())
    }
}

impl Kinds {
    /// The site's kinds and one more.
    #[must_use]
    pub fn with(mut self, kind: &'static dyn TopicKind) -> Self {
        self.0.push(kind);
        self
    }

    /// Reads a name. The error is a code: there is no such topic, or it needs a session.
    pub fn parse(&self, name: &str, me: Option<UserId>) -> std::result::Result<Topic, &'static str> {
        let found = self.0.iter().find_map(|kind| Some((kind, kind.parse(name)?)));
        let (kind, id) = found.ok_or("not_found")?;
        match (id, me) {
            (Id::Is(id), _) | (Id::Mine, Some(UserId(id))) => Ok(kind.topic(id)),
            (Id::Mine, None) => Err("no_session"),
        }
    }

    /// The name of a topic.
    pub fn name(&self, topic: Topic) -> String {
        self.of(topic).map(|kind| kind.name(topic.id)).unwrap_or_default()
    }

    /// Whether a topic is a stream.
    pub fn is_stream(&self, topic: Topic) -> bool {
        self.of(topic).is_some_and(|kind| kind.order() == Order::Stream)
    }

    /// Who may subscribe to a topic.
    pub fn access(&self, topic: Topic) -> Access {
        self.of(topic).map_or(Access::Nobody, |kind| kind.access(topic.id))
    }

    /// The kind of a topic.
    pub(super) fn of(&self, topic: Topic) -> Option<&'static dyn TopicKind> {
        self.0.iter().copied().find(|kind| kind.number() == topic.kind)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'static dyn TopicKind> {
        self.0.iter().copied()
    }
}

/// Those of these topics that show who is subscribed.
pub fn viewed(topics: &[Topic]) -> Vec<Topic> {
    let shows = |topic: &Topic| presence::post_of(*topic).is_some() || agents::case_of(*topic).is_some();
    topics.iter().copied().filter(shows).collect()
}

/// The post in `post:ID` and `post:ID/part`.
fn parse_post(name: &str, part: &str) -> Option<Id> {
    let id = name.strip_prefix("post:")?.strip_suffix(part)?;
    parse_id(id).map(Id::Is)
}

fn posts(asked: &[Asked]) -> Vec<PostId> {
    asked.iter().map(|asked| PostId(asked.topic.id)).collect()
}
