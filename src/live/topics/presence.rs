//! `post:ID/presence`, soft: who looks at a post and who writes under it. To subscribe is to look. What is told stands in
//! [`Presence`]; of the store only one thing is asked: whether the post is there.

use async_trait::async_trait;
use plaudit_hub::{Delivery, Frame, Push};
use plaudit_protocol as protocol;

use super::post::counts_of;
use super::{Asked, Id, Order, PostCounts, Room, Standing, Topic, TopicKind, parse_post};
use crate::domain::{Access, CommentChange, Counts, Event, FeedChange, PostId, Result};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::{Look, Presence, Viewer};
use crate::live::relay::Relay;
use crate::live::state::State;
use crate::live::value::Keeps;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct PostPresence;

#[async_trait]
impl TopicKind for PostPresence {
    fn number(&self) -> u8 {
        6
    }

    fn order(&self) -> Order {
        Order::Soft
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_post(name, "/presence")
    }

    fn name(&self, id: u64) -> String {
        format!("post:{id}/presence")
    }

    fn access(&self, _: u64) -> Access {
        Access::Anyone
    }

    fn open(&self) -> Keeps {
        Keeps::value(State::<Counts>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::FeedChanged(FeedChange::Added { item: post, .. }) => {
                if let Some(state) = touch.state(post.id.0) {
                    state.begin(counts_of(post));
                }
            }
            Event::FeedChanged(FeedChange::Removed { id, .. }) => touch.end_state::<Counts>(id.0),
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
        // Who asks for a post and for who looks at it asks one thing of the store: the post was read first.
        let known: Vec<bool> =
            asked.iter().map(|asked| relay.knows::<Counts>(PostCounts.topic(asked.topic.id))).collect();
        let open: Vec<Asked> =
            asked.iter().zip(&known).filter(|(_, known)| !**known).map(|(asked, _)| *asked).collect();
        let mut read = relay.read_states(&PostCounts, &open).await?.into_iter();
        let there: Vec<bool> = known.iter().map(|known| *known || read.next().flatten().is_some()).collect();
        let of = |wanted: bool| {
            let posts = asked.iter().zip(&there).filter(move |(_, there)| **there == wanted);
            posts.map(|(asked, _)| PostId(asked.topic.id)).collect::<Vec<_>>()
        };
        relay.presence.forget(&of(false), viewer);
        if let Some(user) = viewer.user() {
            relay.look_up(user, &relay.presence.find_nameless(&of(true), user)).await;
        }
        let standings = asked.iter().zip(&there).map(|(asked, there)| {
            let id = asked.topic.id;
            let (look, version) = there.then(|| relay.presence.look(PostId(id), viewer))?;
            let Look { viewers, faces, typing } = look;
            let (faces, typing) = (encode::users(&faces).into(), encode::users(&typing).into());
            let topic = self.name(id).into();
            Some(Standing::whole(
                version,
                protocol::TopicSnapshot::Presence { topic, viewers, faces, typing },
            ))
        });
        Ok(standings.collect())
    }
}

/// Those posts whose presence is among these topics.
pub(in crate::live) fn viewed(topics: &[Topic]) -> Vec<PostId> {
    topics.iter().copied().filter_map(post_of).collect()
}

/// The post whose presence this topic is.
pub fn post_of(topic: Topic) -> Option<PostId> {
    (topic.kind == PostPresence.number()).then_some(PostId(topic.id))
}

/// The topic of a post's presence.
fn topic(post: PostId) -> Topic {
    PostPresence.topic(post.0)
}

/// The push of how a post's presence looks.
pub(in crate::live) fn push(post: PostId, look: &Look, version: u64) -> Push {
    let topic = topic(post);
    let Look { viewers, faces, typing } = look;
    let message = protocol::Push::Presence(protocol::Presence::Post {
        topic: PostPresence.name(post.0).into(),
        viewers: *viewers,
        faces: encode::users(faces).into(),
        typing: encode::users(typing).into(),
    });
    let delivery = Delivery::State { slot: 0, version };
    Push { topic: topic.key(), frame: Frame::text(protocol::encode(&message)), delivery }
}

/// What an event says about who looks and who writes.
pub(in crate::live) fn note(presence: &Presence, event: &Event) {
    match event {
        Event::CommentsChanged { post, change: CommentChange::Added { item: comment, .. } } => {
            presence.end_comment(*post, comment.author.id);
        }
        Event::UserChanged { user, settings } => presence.rename(user, *settings),
        Event::FeedChanged(FeedChange::Removed { id, .. }) => presence.remove(*id),
        _ => {}
    }
}
