//! Snapshots: how topics stand, for a connection that has just been registered for them.
//!
//! Only from a read that started after the registration, or from an entry of the relay: so ten thousand that
//! reconnect read the database once per topic. Whoever has a session needs a read of its own for `liked` anyway, and
//! takes the counts from the same transaction, so that the two always belong together.

use std::collections::{HashMap, HashSet};

use plaudit_hub::{Frame, Position, TopicKey};
use plaudit_protocol as protocol;

use super::encode;
use super::presence::{Look, Viewer};
use super::relay::Relay;
use super::tail::Answer;
use crate::domain::{Comment, Counts, Post, PostId, Result, Topic, UserId};

/// One topic that was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// As the client wrote it.
    pub name: String,
    /// The topic, or the code of why there is none.
    pub topic: std::result::Result<Topic, &'static str>,
    /// The position up to which the client knows it.
    pub since: Option<u64>,
}

/// A snapshot as it goes to the hub.
pub struct Snapshot {
    /// The reply.
    pub frame: Frame,
    /// Where it stands in each topic.
    pub positions: Vec<(TopicKey, Position)>,
}

/// What stands in the store for one subscribe.
struct Read {
    /// Those posts that are there, and whether the reader likes them.
    posts: HashMap<PostId, (Counts, bool)>,
    /// Those streams that are there.
    streams: HashMap<Topic, Answer>,
    /// How those posts look, and up to which version.
    looks: HashMap<PostId, (Look, u64)>,
}

/// The streams of one reply have at most so many bytes in all, so that a reply stays below 256 KiB,
const STREAM_BYTES: usize = 248 * 1024;
/// of which each that is still to come is left this: more than the longest entry has.
const LEAST_BYTES: usize = 8 * 1024;

impl Relay {
    /// The snapshot for these topics, which the connection is registered for. It has joined the posts among them whose
    /// presence it asks for; where that fails it is as if it had left.
    pub async fn snapshot(&self, reference: u64, asked: &[Asked], viewer: Viewer) -> Result<Snapshot> {
        let topics: Vec<(Topic, Option<u64>)> =
            asked.iter().filter_map(|asked| Some((asked.topic.ok()?, asked.since))).collect();
        let read = match self.read(&topics, viewer).await {
            Ok(read) => read,
            Err(error) => {
                self.leave(&viewed(&topics), viewer);
                return Err(error);
            }
        };
        let mut topics = Vec::with_capacity(asked.len());
        let mut positions = Vec::with_capacity(asked.len());
        for Asked { name, topic, .. } in asked {
            let (snapshot, position) = match topic {
                Ok(topic) => read.describe(*topic),
                Err(code) => (refused(name, code), None),
            };
            topics.push(snapshot);
            if let Ok(topic) = topic {
                positions.push((TopicKey(topic.key()), position.map_or(Position::Refused, Position::At)));
            }
        }
        let epoch = self.store.epoch().into();
        let reply = protocol::Reply::Snapshot { reference, epoch, topics };
        Ok(Snapshot { frame: Frame::text(protocol::encode(&reply)), positions })
    }

    async fn read(&self, topics: &[(Topic, Option<u64>)], viewer: Viewer) -> Result<Read> {
        let posts = self.read_seen(topics, viewer.user()).await?;
        let streams = self.read_streams(topics).await?;
        let (there, missing): (Vec<PostId>, Vec<PostId>) =
            viewed(topics).into_iter().partition(|post| posts.contains_key(post));
        self.presence.forget(&missing, viewer);
        if let Some(user) = viewer.user() {
            self.look_up(user, &self.presence.find_nameless(&there, user)).await;
        }
        let looks = there.into_iter().map(|post| (post, self.presence.look(post, viewer))).collect();
        Ok(Read { posts, streams, looks })
    }

    /// Those posts that are there, with what a reader may want to know of them.
    async fn read_seen(
        &self,
        topics: &[(Topic, Option<u64>)],
        reader: Option<UserId>,
    ) -> Result<HashMap<PostId, (Counts, bool)>> {
        // Who asks for a post and for who looks at it asks one thing of the store.
        let counted: HashSet<PostId> = topics
            .iter()
            .filter_map(|(topic, _)| if let Topic::Post(id) = topic { Some(*id) } else { None })
            .collect();
        let wanted = topics.iter().filter_map(|(topic, _)| match topic {
            Topic::Post(id) => Some((*id, *topic)),
            Topic::Presence(id) if !counted.contains(id) => Some((*id, *topic)),
            _ => None,
        });
        let (posts, topics): (Vec<PostId>, Vec<Topic>) = wanted.unzip();
        let Some(reader) = reader.filter(|_| !posts.is_empty()) else {
            let found = self.read_posts(&topics).await?;
            return Ok(found.into_iter().map(|(id, counts)| (id, (counts, false))).collect());
        };
        let seen = self.store.find_seen(&posts, reader).await?;
        Ok(posts.into_iter().zip(seen).filter_map(|(id, seen)| Some((id, seen?))).collect())
    }

    /// Those streams that are there.
    async fn read_streams(&self, topics: &[(Topic, Option<u64>)]) -> Result<HashMap<Topic, Answer>> {
        let streams: Vec<_> = topics.iter().copied().filter(|(topic, _)| topic.is_stream()).collect();
        let mut found = HashMap::with_capacity(streams.len());
        let mut room = STREAM_BYTES;
        for (after, (topic, since)) in (0..streams.len()).rev().zip(streams) {
            let allowed = room.saturating_sub(after * LEAST_BYTES);
            let answer = match topic {
                Topic::Latest => self.read_stream::<Post>(topic, since, allowed).await?,
                _ => self.read_stream::<Comment>(topic, since, allowed).await?,
            };
            if let Some(answer) = answer {
                room = room.saturating_sub(answer.changes.get().len());
                found.insert(topic, answer);
            }
        }
        Ok(found)
    }
}

impl Read {
    fn describe(&self, topic: Topic) -> (protocol::TopicSnapshot<'_>, Option<u64>) {
        let name = topic.to_string();
        match topic {
            Topic::Post(id) => match self.posts.get(&id) {
                Some(&(Counts { likes, comments, version }, liked)) => {
                    let topic = name.into();
                    (protocol::TopicSnapshot::Post { topic, version, likes, comments, liked }, Some(version))
                }
                None => (refused(&name, "not_found"), None),
            },
            Topic::Latest | Topic::Comments(_) => match self.streams.get(&topic) {
                Some(answer) => (answer.to_snapshot(name), Some(answer.seq)),
                None => (refused(&name, "not_found"), None),
            },
            Topic::Me(_) => (protocol::TopicSnapshot::Me { topic: name.into() }, Some(0)),
            Topic::Presence(id) => match self.looks.get(&id) {
                Some((look, version)) => (encode::presence(name, look), Some(*version)),
                None => (refused(&name, "not_found"), None),
            },
            Topic::Session(_) => (refused(&name, "not_found"), None),
        }
    }
}

/// Those posts whose presence is asked for.
fn viewed(topics: &[(Topic, Option<u64>)]) -> Vec<PostId> {
    let viewed = topics.iter().filter_map(|(topic, _)| match topic {
        Topic::Presence(id) => Some(*id),
        _ => None,
    });
    viewed.collect()
}

fn refused<'a>(name: &str, code: &'a str) -> protocol::TopicSnapshot<'a> {
    protocol::TopicSnapshot::Refused { topic: name.to_owned().into(), error: code.into() }
}
