//! Random acts of four people around each other's posts. After every act each member's number is that of its groups behind
//! its position, whoever follows the events holds what the store lists, and no group is empty or names its own member.

use std::collections::BTreeMap;

use plaudit::domain::{
    Comment, Event, Notification, NotificationChange, NotificationId, NotificationKind, PostId, Subject,
    UserId,
};
use plaudit::store::NewComment;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::sqlite::SqliteFixture;
use super::world::{Fixture, NOW, World, commenting, writing};

#[derive(Debug, Clone)]
enum Act {
    Post { author: usize, mentions: usize },
    Like { user: usize, post: usize, on: bool },
    Tell,
    Comment { author: usize, post: usize, mentions: usize },
    Answer { author: usize, comment: usize },
    RemoveComment { comment: usize, moderated: bool },
    RemovePost { post: usize, moderated: bool },
    Read { user: usize, back: u64 },
    Block { user: usize, other: usize, on: bool },
    Mute { user: usize, post: usize, on: bool },
    Erase { user: usize },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (user, which) = (0..4_usize, 0..6_usize);
    let act = prop_oneof![
        2 => (user.clone(), user.clone()).prop_map(|(author, mentions)| Act::Post { author, mentions }),
        8 => (user.clone(), which.clone(), any::<bool>()).prop_map(|(user, post, on)| Act::Like { user, post, on }),
        4 => Just(Act::Tell),
        5 => (user.clone(), which.clone(), user.clone())
            .prop_map(|(author, post, mentions)| Act::Comment { author, post, mentions }),
        4 => (user.clone(), which.clone()).prop_map(|(author, comment)| Act::Answer { author, comment }),
        3 => (which.clone(), any::<bool>())
            .prop_map(|(comment, moderated)| Act::RemoveComment { comment, moderated }),
        1 => (which.clone(), any::<bool>()).prop_map(|(post, moderated)| Act::RemovePost { post, moderated }),
        4 => (user.clone(), 0..4_u64).prop_map(|(user, back)| Act::Read { user, back }),
        1 => (user.clone(), user.clone(), any::<bool>())
            .prop_map(|(user, other, on)| Act::Block { user, other, on }),
        1 => (user.clone(), which, any::<bool>()).prop_map(|(user, post, on)| Act::Mute { user, post, on }),
        1 => user.prop_map(|user| Act::Erase { user }),
    ];
    prop::collection::vec(act, 1..60)
}

/// What somebody who follows every event holds.
#[derive(Debug, Default)]
struct Follower {
    held: BTreeMap<(UserId, NotificationId), Notification>,
    places: BTreeMap<UserId, u64>,
    numbers: BTreeMap<UserId, u64>,
    read: BTreeMap<UserId, u64>,
}

impl Follower {
    fn hear(&mut self, event: Event) {
        match event {
            Event::NotificationChanged { user, change } => {
                let seq = change.seq();
                match change {
                    NotificationChange::Added { item, .. } | NotificationChange::Edited { item, .. } => {
                        self.held.insert((user, item.id), (*item).clone());
                    }
                    NotificationChange::Removed { id, .. } => {
                        self.held.remove(&(user, id));
                    }
                }
                let before = self.places.insert(user, seq).unwrap_or(0);
                assert_eq!(seq, before + 1, "places have no gap");
            }
            Event::NotificationsRead { user, read } => {
                assert!(self.read.insert(user, read).is_none_or(|before| before < read));
            }
            Event::UnreadChanged { user, unread } => {
                self.numbers.insert(user, unread.notifications);
            }
            // Whoever is renamed or erased is so wherever it is named.
            Event::UserChanged { user, .. } => {
                for notification in self.held.values_mut() {
                    for actor in notification.actors.iter_mut().filter(|actor| actor.id == user.id) {
                        actor.clone_from(&user);
                    }
                }
            }
            _ => {}
        }
    }
}

struct Site {
    world: World,
    users: [UserId; 4],
    erased: [bool; 4],
    posts: Vec<PostId>,
    comments: Vec<Comment>,
}

impl Site {
    /// What is refused changes nothing, and that is looked at too.
    async fn act(&mut self, act: &Act) {
        let (store, users) = (&self.world.store, self.users);
        match *act {
            Act::Post { author, mentions } => {
                let text = format!("Hello @member_{mentions}");
                if let Ok(made) = store.create_post(writing(users[author], &text, None)).await {
                    self.posts.push(made.item.id);
                }
            }
            Act::Like { user, post, on } => {
                if let Some(post) = self.posts.get(post) {
                    drop(self.world.submit(users[user], *post, on).await.unwrap());
                }
            }
            Act::Tell => store.tell_likes(NOW).await.unwrap(),
            Act::Comment { author, post, mentions } => {
                let Some(post) = self.posts.get(post) else { return };
                let text = format!("Hello @member_{mentions}");
                if let Ok(made) = store.create_comment(commenting(*post, users[author], &text)).await {
                    self.comments.push(made.item);
                }
            }
            Act::Answer { author, comment } => {
                let Some(Comment { id, post, .. }) = self.comments.get(comment) else { return };
                let new = NewComment { parent: Some(*id), ..commenting(*post, users[author], "An answer") };
                if let Ok(made) = store.create_comment(new).await {
                    self.comments.push(made.item);
                }
            }
            Act::RemoveComment { comment, moderated } => {
                let Some(Comment { id, .. }) = self.comments.get(comment) else { return };
                drop(if moderated {
                    store.remove_as_moderator(Subject::Comment(*id), NOW).await
                } else {
                    store.remove_comment(*id, NOW).await
                });
            }
            Act::RemovePost { post, moderated } => {
                let Some(post) = self.posts.get(post) else { return };
                drop(if moderated {
                    store.remove_as_moderator(Subject::Post(*post), NOW).await
                } else {
                    store.remove_post(*post, NOW).await
                });
                store.finish().await.unwrap();
            }
            Act::Read { user, back } => {
                let head = store.read_notification_tail(users[user]).await.unwrap().seq;
                store.read_notifications(users[user], head.saturating_sub(back)).await.unwrap();
            }
            Act::Block { user, other, on } if user != other => {
                drop(store.set_block(users[user], users[other], on).await);
            }
            Act::Block { .. } => {}
            Act::Mute { user, post, on } => {
                if let Some(post) = self.posts.get(post) {
                    drop(store.set_mute(users[user], *post, on).await);
                }
            }
            Act::Erase { user } => {
                store.erase_user(users[user], NOW, None).await.unwrap();
                store.finish().await.unwrap();
                self.erased[user] = true;
            }
        }
    }

    async fn check(&self, follower: &Follower) {
        for (user, _) in self.users.iter().zip(self.erased).filter(|(_, erased)| !erased) {
            let listed = self.world.notifications(*user).await;
            let read = self.world.store.find_notifications_read(*user).await.unwrap();
            let unread = listed.iter().filter(|it| it.seq > read).count() as u64;
            assert_eq!(self.world.unread_notifications(*user).await, unread, "{listed:#?}");
            assert_eq!(follower.numbers.get(user).copied().unwrap_or(0), unread);
            assert_eq!(follower.read.get(user).copied().unwrap_or(0), read);
            let mut held: Vec<_> = follower.held.iter().filter(|((of, _), _)| of == user).collect();
            held.sort_by_key(|(_, it)| std::cmp::Reverse(it.seq));
            assert_eq!(listed, held.into_iter().map(|(_, it)| it.clone()).collect::<Vec<_>>());
            for it in &listed {
                let named = it.actors.len() as u64;
                if it.kind == NotificationKind::Removal {
                    assert_eq!((it.count, named), (0, 0));
                } else {
                    assert!((1..=it.count.min(3)).contains(&named), "{it:#?}");
                }
                assert!(it.actors.iter().all(|actor| actor.id != *user), "{it:#?}");
            }
            let tail = self.world.store.read_notification_tail(*user).await.unwrap();
            assert!(tail.page.iter().rev().map(|it| &**it).eq(&listed), "the tail is the list");
        }
    }
}

#[test]
fn whatever_is_done_the_numbers_are_those_of_the_list() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let config = ProptestConfig { cases: 40, ..ProptestConfig::default() };
    let run = |acts: Vec<Act>| {
        runtime.block_on(async {
            let fixture = SqliteFixture::new();
            let world = fixture.open().await;
            let users: [UserId; 4] = world.members(4).await.try_into().unwrap();
            let mut site = Site { world, users, erased: [false; 4], posts: Vec::new(), comments: Vec::new() };
            let mut follower = Follower::default();
            for act in &acts {
                site.act(act).await;
                site.world.seen.take_events().into_iter().for_each(|event| follower.hear(event));
                site.check(&follower).await;
            }
        });
        Ok(())
    };
    TestRunner::new(config).run(&acts(), run).unwrap();
}
