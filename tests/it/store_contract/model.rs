//! Any interleaving of likes, unlikes, retries and two tabs must read as one order of changes of a plain set.
//!
//! The test does not predict the order of two tabs, it takes it from the events and then holds every single answer
//! against it. So it is exact although the threads run as they like.

use std::collections::{BTreeSet, HashMap};

use plaudit::domain::{Event, Liked, PostId, Result, UserId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::sync::oneshot;

use super::world::{Fixture, Settled, World};

const USERS: usize = 4;

/// One act of a tab: who, on or off, and how often it is sent (a retry is the same intention again).
#[derive(Debug, Clone)]
struct Act {
    user: usize,
    on: bool,
    times: usize,
}

/// What two tabs submit at the same time; the next wave waits for all answers.
type Wave = [Vec<Act>; 2];

fn waves() -> impl Strategy<Value = Vec<Wave>> {
    let act = (0..USERS, any::<bool>(), 1..=3_usize).prop_map(|(user, on, times)| Act { user, on, times });
    let tab = || proptest::collection::vec(act.clone(), 0..6);
    proptest::collection::vec((tab(), tab()).prop_map(|(one, two)| [one, two]), 1..6)
}

pub(super) async fn any_interleaving_of_likes_ends_as_a_set(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let users = world.members(USERS).await;
    let runtime = tokio::runtime::Handle::current();
    // Proptest is not async: it runs beside the runtime and each case goes back into it.
    tokio::task::block_in_place(|| {
        let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&waves(), |waves| {
                runtime.block_on(async {
                    let post = world.post(users[0], "A new one for each case").await.id;
                    world.seen.take();
                    let answers = play(&world, &users, post, &waves);
                    let batches = world.seen.take();
                    judge(&world, post, &answers, &batches).await;
                });
                Ok(())
            })
            .unwrap();
    });
}

/// The answers of each wave, of each tab, in the order of submission.
fn play(world: &World, users: &[UserId], post: PostId, waves: &[Wave]) -> Vec<[Vec<Liked>; 2]> {
    let tab = |acts: &[Act]| {
        let sent: Vec<_> = acts
            .iter()
            .flat_map(|act| std::iter::repeat_n(act, act.times))
            .map(|act| (act, world.submit(users[act.user], post, act.on)))
            .collect();
        let answer = |(act, outcome): (&Act, oneshot::Receiver<Result<Liked>>)| {
            let liked = outcome.blocking_recv().unwrap().unwrap();
            assert_eq!((liked.post, liked.user, liked.liked), (post, users[act.user], act.on));
            liked
        };
        sent.into_iter().map(answer).collect::<Vec<_>>()
    };
    let wave = |[one, two]: &Wave| {
        std::thread::scope(|scope| {
            let one = scope.spawn(|| tab(one));
            let two = scope.spawn(|| tab(two));
            [one.join().unwrap(), two.join().unwrap()]
        })
    };
    waves.iter().map(wave).collect()
}

async fn judge(world: &World, post: PostId, answers: &[[Vec<Liked>; 2]], batches: &[Settled]) {
    // The set after each version, replayed from the events: each must really change it, each is one version more.
    let mut sets = vec![BTreeSet::new()];
    let mut changes = HashMap::new();
    for event in batches.iter().flat_map(|batch| &batch.events) {
        if let Event::LikeSet { user, liked, version, .. } = event {
            let mut set = sets[sets.len() - 1].clone();
            assert!(
                if *liked { set.insert(*user) } else { set.remove(user) },
                "an event that changed nothing"
            );
            sets.push(set);
            assert_eq!(*version, sets.len() as u64, "versions rise by one");
            changes.insert(*version, (*user, *liked));
        }
    }
    let set_at = |version: u64| &sets[usize::try_from(version).unwrap() - 1];

    // Every answer is true of the set at its version, and the changes that were claimed are those that were told.
    let mut floor = 1;
    for wave in answers {
        for tab in wave {
            assert!(tab.is_sorted_by_key(|answer| answer.version), "a tab's acts take effect in its order");
            for answer in tab {
                let set = set_at(answer.version);
                assert_eq!((set.contains(&answer.user), set.len() as u64), (answer.liked, answer.likes));
                assert!(answer.version >= floor, "what was answered before came before");
                if answer.changed {
                    assert_eq!(changes.remove(&answer.version), Some((answer.user, answer.liked)));
                }
            }
        }
        floor = wave.iter().flatten().map(|answer| answer.version).max().unwrap_or(floor).max(floor);
    }
    assert!(changes.is_empty(), "changes that nobody was told of: {changes:?}");

    // What the store shows now, and the last counts that were published, are the set at its end.
    let end = set_at(sets.len() as u64);
    let counts = world.counts(post).await.unwrap();
    assert_eq!((counts.likes, counts.version), (end.len() as u64, sets.len() as u64));
    assert_eq!(world.likers(post).await.into_iter().collect::<BTreeSet<_>>(), *end);
    let mut told = Vec::new();
    for batch in batches {
        let counts = |event: &Event| {
            if let Event::CountsChanged { counts, .. } = event { Some(*counts) } else { None }
        };
        let of_batch: Vec<_> = batch.events.iter().filter_map(counts).collect();
        assert!(of_batch.len() <= 1, "one count per post and batch");
        told.extend(of_batch);
    }
    assert!(told.is_sorted_by(|older, newer| older.version < newer.version));
    assert_eq!(told.last().copied().unwrap_or(counts), counts);
}
