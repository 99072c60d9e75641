//! `post:ID/likes`, soft: who has liked a post lately, at most once a second. A post that is liked ten thousand times in
//! a second costs one read of eight rows.

use std::sync::Arc;

use async_trait::async_trait;
use plaudit_hub::Delivery;
use plaudit_protocol as protocol;

use super::{Asked, Id, Order, Room, Standing, TopicKind, parse_post};
use crate::domain::{Access, Event, FeedChange, Liker, Limit, PostId, Result};
use crate::live::encode;
use crate::live::entries::Touch;
use crate::live::presence::Viewer;
use crate::live::relay::Relay;
use crate::live::state::{State, StateSource, Versioned};
use crate::live::value::Keeps;
use crate::store::Store;

/// So many are told, the newest first.
const MOST: u32 = 8;

/// See the module.
#[derive(Debug)]
pub(super) struct PostLikers;

/// The latest likers of a post, at least as new as this version of its counts.
#[derive(Debug, Clone)]
pub(super) struct Likers {
    version: u64,
    newest: Arc<[Liker]>,
}

impl Versioned for Likers {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Likers {
    fn encode(&self) -> Vec<protocol::Liker> {
        self.newest.iter().map(encode::liker).collect()
    }
}

#[async_trait]
impl StateSource for PostLikers {
    type Value = Likers;

    async fn read(&self, store: &dyn Store, ids: &[u64]) -> Result<Vec<Option<Likers>>> {
        let posts: Vec<PostId> = ids.iter().map(|id| PostId(*id)).collect();
        let counts = store.find_counts(&posts).await?;
        let mut found = Vec::with_capacity(posts.len());
        for (post, counts) in posts.into_iter().zip(counts) {
            let Some(counts) = counts else {
                found.push(None);
                continue;
            };
            // The list is read after the version: it may be newer than that, but not older.
            let newest = match store.list_likers(post, None, Limit::at_most(MOST)).await {
                Ok(page) => page.items.into(),
                // Removed in between.
                Err(_) => Arc::default(),
            };
            found.push(Some(Likers { version: counts.version, newest }));
        }
        Ok(found)
    }
}

#[async_trait]
impl TopicKind for PostLikers {
    fn number(&self) -> u8 {
        7
    }

    fn order(&self) -> Order {
        Order::Soft
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_post(name, "/likes")
    }

    fn name(&self, id: u64) -> String {
        format!("post:{id}/likes")
    }

    fn access(&self, _: u64) -> Access {
        Access::Anyone
    }

    fn open(&self) -> Keeps {
        Keeps::value(State::<Likers>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::CountsChanged { post: PostId(id), .. } if touch.is_wanted(*id) => touch.tell_later(*id),
            Event::UserChanged { user, .. } => {
                let named = |likers: &Likers| likers.newest.iter().any(|liker| liker.user.id == user.id);
                touch.tell_later_where(named);
            }
            Event::FeedChanged(FeedChange::Removed { id, .. }) => touch.end_state::<Likers>(id.0),
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
        let standings = asked.iter().zip(found).map(|(asked, likers)| {
            let likers = likers?.encode().into();
            let topic = self.name(asked.topic.id).into();
            Some(Standing::whole(0, protocol::TopicSnapshot::Likers { topic, likers }))
        });
        Ok(standings.collect())
    }

    async fn tell(&self, relay: &Relay, id: u64) -> Result<()> {
        let Some(Some(likers)) = StateSource::read(self, &*relay.store, &[id]).await?.pop() else {
            return Ok(());
        };
        let push = protocol::Push::Likers { topic: self.name(id).into(), likers: likers.encode().into() };
        // Counts that moved with a comment, say, change nothing here.
        let is_news = |known: &Likers| known.newest != likers.newest;
        if relay.replace(self.topic(id), likers.clone(), is_news) {
            relay.push(self.topic(id), Delivery::State { slot: 0, version: 0 }, &push);
        }
        Ok(())
    }
}
