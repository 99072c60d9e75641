//! `post:ID`, a state: how many like a post, how many comments it has, and whether the reader likes it.
//!
//! Who has a session needs a read of its own for `liked`, and takes the counts from the same transaction: so the two
//! always belong together.

use async_trait::async_trait;
use plaudit_hub::Delivery;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind, parse_post, posts};
use crate::domain::{Access, Counts, Event, FeedChange, Post, PostId, Result};
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::state::{State, StateSource, Versioned};
use crate::live::value::Keeps;
use crate::store::Store;

/// See the module.
#[derive(Debug)]
pub(in crate::live) struct PostCounts;

impl Versioned for Counts {
    fn version(&self) -> u64 {
        self.version
    }
}

#[async_trait]
impl StateSource for PostCounts {
    type Value = Counts;

    async fn read(&self, store: &dyn Store, ids: &[u64]) -> Result<Vec<Option<Counts>>> {
        store.find_counts(&ids.iter().map(|id| PostId(*id)).collect::<Vec<_>>()).await
    }
}

#[async_trait]
impl TopicKind for PostCounts {
    fn number(&self) -> u8 {
        1
    }

    fn order(&self) -> Order {
        Order::State
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_post(name, "")
    }

    fn name(&self, id: u64) -> String {
        format!("post:{id}")
    }

    fn access(&self, _: u64) -> Access {
        Access::Anyone
    }

    fn open(&self) -> Keeps {
        Keeps::value(State::<Counts>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::CountsChanged { post: PostId(id), counts }
                if touch.state(*id).is_some_and(|state| state.take(*counts)) =>
            {
                let Counts { likes, comments, version } = *counts;
                let topic = self.name(*id).into();
                let push = protocol::Push::Counts { topic, version, likes, comments };
                touch.push(*id, Delivery::State { slot: 0, version }, &push);
            }
            Event::FeedChanged(FeedChange::Added { item: post, .. }) => {
                // Somebody asked for it in the moment before it was written.
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
        let found = match viewer.user() {
            None => {
                let found = relay.read_states(self, asked).await?;
                found.into_iter().map(|counts| Some((counts?, false))).collect()
            }
            Some(user) => {
                let seen = relay.store.find_seen(&posts(asked), user).await?;
                relay.learn(
                    asked.iter().zip(&seen).filter_map(|(asked, seen)| Some((asked.topic, seen.as_ref()?.0))),
                );
                seen
            }
        };
        let standings = asked.iter().zip(found).map(|(asked, found)| {
            let (Counts { likes, comments, version }, liked) = found?;
            let topic = self.name(asked.topic.id).into();
            let snapshot = protocol::TopicSnapshot::Post { topic, version, likes, comments, liked };
            Some(Standing::whole(version, snapshot))
        });
        Ok(standings.collect())
    }
}

/// What is counted of a post that is at hand.
pub(super) fn counts_of(post: &Post) -> Counts {
    Counts { likes: post.likes, comments: post.comments, version: post.version }
}
