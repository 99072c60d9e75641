//! Any sequence of comments, edits, removals, retries, likes and suspensions, in any batches and with any kills in
//! between, is answered and told exactly as the model says, and whoever was away for any time catches up.
//!
//! Nothing here is left to chance but the plan. A wave is submitted while the writer is held, so it is one batch in a
//! known order, and every answer, event, count and tail can be predicted.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use plaudit::domain::{
    Comment, CommentChange, CommentId, Counts, Error, Event, Limit, Order, PostId, Result, UserId,
};
use plaudit::store::{ConnectionRef, Created, Done, NewComment};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::comment_model::{Act, Answer, Held, Model, Told};
use super::world::{Fixture, NOW, Settled, World, commenting};

const USERS: usize = 3;
const POSTS: usize = 2;

/// What is submitted together, and whether the process is killed once it is answered.
#[derive(Debug, Clone)]
struct Wave {
    acts: Vec<Act>,
    kill: bool,
}

fn waves() -> impl Strategy<Value = Vec<Wave>> {
    let (post, user, comment) = (|| 0..POSTS, || 0..USERS, || 0..12_usize);
    let write = (
        (post(), user(), proptest::option::weighted(0.3, comment())),
        (proptest::option::weighted(0.7, 0..3_u8), 0..2_u8, any::<bool>()),
    );
    let act = prop_oneof![
        12 => write.prop_map(|((post, user, answer), (key, text, by_socket))| {
            Act::Write { post, user, answer, key, text, by_socket }
        }),
        6 => (comment(), 0..3_u8).prop_map(|(comment, text)| Act::Edit { comment, text }),
        4 => comment().prop_map(|comment| Act::Remove { comment }),
        4 => (post(), user(), any::<bool>()).prop_map(|(post, user, on)| Act::Like { post, user, on }),
        2 => (user(), any::<bool>()).prop_map(|(user, on)| Act::Suspend { user, on }),
        1 => post().prop_map(|post| Act::RemovePost { post }),
    ];
    let acts = proptest::collection::vec(act, 1..12);
    let wave = (acts, proptest::bool::weighted(0.25)).prop_map(|(acts, kill)| Wave { acts, kill });
    proptest::collection::vec(wave, 1..8)
}

pub(super) async fn any_conversation_is_as_the_model_says(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let runtime = tokio::runtime::Handle::current();
    let count = AtomicUsize::new(0);
    // Proptest is not async: it runs beside the runtime and each case goes back into it.
    tokio::task::block_in_place(|| {
        let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&waves(), |waves| {
                let case = count.fetch_add(1, Ordering::Relaxed);
                runtime.block_on(converse(fixture, &world, case, &waves));
                Ok(())
            })
            .unwrap();
    });
}

/// Who and what the numbers of the model are in the store.
struct Names {
    users: Vec<UserId>,
    posts: Vec<PostId>,
    comments: Vec<CommentId>,
}

async fn converse(fixture: &dyn Fixture, world: &World, case: usize, waves: &[Wave]) {
    let mut names = Names { users: Vec::new(), posts: Vec::new(), comments: Vec::new() };
    for number in 0..USERS {
        names.users.push(world.member(&format!("case_{case}_{number}")).await);
    }
    for _ in 0..POSTS {
        names.posts.push(world.post(names.users[0], "A new one for each case").await.id);
    }
    let mut model = Model::new(POSTS);
    // What is left after the last kill: its data, and the process that was started on it.
    let mut found: Option<(Box<dyn Fixture>, World)> = None;
    for wave in waves {
        let world = found.as_ref().map_or(world, |(_, world)| world);
        play(world, &mut model, &mut names, &wave.acts).await;
        judge(world, &model, &names).await;
        if wave.kill {
            let left = found.as_ref().map_or(fixture, |(left, _)| left.as_ref()).killed().await;
            let restarted = left.open().await;
            judge(&restarted, &model, &names).await;
            found = Some((left, restarted));
        }
    }
}

/// What the store answers.
#[derive(Debug)]
enum Heard {
    Written(Created<Comment>),
    Edited(Comment),
    Liked(bool, u64, u64),
    Done,
    /// The answer comes from the sink, under this number.
    BySocket(u64),
}

type Answering<'a> = Pin<Box<dyn Future<Output = Result<Heard>> + 'a>>;

/// Submits an act as it is known so far: comments of the same wave have no id yet.
fn submit<'a>(world: &'a World, names: &Names, number: usize, act: &Act) -> Answering<'a> {
    let comment = |number: usize| names.comments.get(number).copied().unwrap_or(CommentId(1 << 50));
    let store = &world.store;
    match *act {
        Act::Write { post, user, answer, key, text, by_socket } => {
            let new = NewComment {
                parent: answer.map(comment),
                key: key.map(|key| format!("key-{key}")),
                ..commenting(names.posts[post], names.users[user], &written(text))
            };
            if by_socket {
                let reference = number as u64;
                store.queue_comment(new, ConnectionRef { connection: 9, reference }).unwrap();
                Box::pin(async move { Ok(Heard::BySocket(reference)) })
            } else {
                Box::pin(async move { store.create_comment(new).await.map(Heard::Written) })
            }
        }
        Act::Edit { comment: number, text } => {
            let id = comment(number);
            Box::pin(async move { store.edit_comment(id, written(text), NOW, None).await.map(Heard::Edited) })
        }
        Act::Remove { comment: number } => {
            let id = comment(number);
            Box::pin(async move { store.remove_comment(id, NOW).await.map(|()| Heard::Done) })
        }
        Act::Like { post, user, on } => {
            let outcome = world.submit(names.users[user], names.posts[post], on);
            let heard =
                async { outcome.await.unwrap().map(|it| Heard::Liked(it.changed, it.likes, it.version)) };
            Box::pin(heard)
        }
        Act::Suspend { user, on } => {
            let user = names.users[user];
            Box::pin(async move { store.set_suspended(user, on, NOW).await.map(|()| Heard::Done) })
        }
        Act::RemovePost { post } => {
            let post = names.posts[post];
            Box::pin(async move { store.remove_post(post, NOW).await.map(|()| Heard::Done) })
        }
    }
}

fn written(text: u8) -> String {
    format!("Text {text}")
}

/// Plays one wave as one batch and holds every answer and every event against the model.
async fn play(world: &World, model: &mut Model, names: &mut Names, acts: &[Act]) {
    world.hold();
    let (known, versions) =
        (names.comments.len(), model.posts.iter().map(|it| it.version).collect::<Vec<_>>());
    let mut answering = Vec::new();
    let mut expected = Vec::new();
    for (number, act) in acts.iter().enumerate() {
        // A comment that has no id yet is for the model, too, one that is not there.
        let act = match act.clone() {
            Act::Edit { comment, .. } | Act::Remove { comment } if comment >= known => continue,
            Act::Write { answer: Some(answer), .. } if answer >= known => continue,
            act => act,
        };
        let mut answer = submit(world, names, number, &act);
        // Polled once: now it is queued.
        let polled = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending() || matches!(polled, std::task::Poll::Ready(Ok(Heard::BySocket(_)))));
        answering.push((polled, answer));
        expected.push((act.clone(), model.act(&act)));
    }
    world.seen.take();
    world.seen.release();
    let mut heard = Vec::new();
    for (polled, answer) in answering {
        heard.push(match polled {
            std::task::Poll::Ready(heard) => heard,
            std::task::Poll::Pending => answer.await,
        });
    }
    // A write that is answered comes behind all others: then they have been settled.
    world.store.check().await.unwrap();
    let batches = world.seen.take();
    let replies: Vec<_> = batches.iter().flat_map(|batch| &batch.connections).collect();
    for (heard, (act, expected)) in heard.into_iter().zip(expected) {
        check_answer(heard, &replies, &expected, names).unwrap_or_else(|why| panic!("{act:?}: {why}"));
    }
    check_events(&batches, model, names, &versions);
    model.told.clear();
}

fn check_answer(
    heard: Result<Heard>,
    replies: &[&(ConnectionRef, Result<Done>)],
    expected: &Answer,
    names: &mut Names,
) -> Result<(), String> {
    let (heard, is_fresh) = match heard {
        Ok(Heard::BySocket(reference)) => {
            let (_, reply) = replies.iter().find(|(to, _)| to.reference == reference).ok_or("no reply")?;
            match reply.clone() {
                Ok(Done::Commented(item)) => {
                    (Ok(Heard::Written(Created { item: *item, fresh: false })), None)
                }
                Ok(other) => return Err(format!("{other:?}")),
                Err(error) => (Err(error), None),
            }
        }
        Ok(Heard::Written(created)) => {
            let fresh = created.fresh;
            (Ok(Heard::Written(created)), Some(fresh))
        }
        other => (other, None),
    };
    let right = match (&heard, expected) {
        (Ok(Heard::Written(Created { item, .. })), Answer::Written { comment, fresh, text }) => {
            if *comment == names.comments.len() {
                names.comments.push(item.id);
            }
            item.id == names.comments[*comment]
                && item.text == written(*text)
                && is_fresh.is_none_or(|heard| heard == *fresh)
        }
        (Ok(Heard::Edited(item)), Answer::Edited { comment, text }) => {
            item.id == names.comments[*comment] && item.text == written(*text)
        }
        (Ok(Heard::Liked(changed, likes, version)), answer) => {
            *answer == Answer::Liked { changed: *changed, likes: *likes, version: *version }
        }
        (Ok(Heard::Done), Answer::Done) => true,
        (Err(error), Answer::Refused(code)) => error.code() == *code,
        _ => false,
    };
    if right { Ok(()) } else { Err(format!("expected {expected:?}, heard {heard:?}")) }
}

/// Every change of comments in the order of its seq, and behind them the last counts of each post that moved.
fn check_events(batches: &[Settled], model: &Model, names: &Names, versions: &[u64]) {
    let (mut told, mut counted) = (Vec::new(), Vec::new());
    for event in batches.iter().flat_map(|batch| &batch.events) {
        match event {
            Event::CommentsChanged { post, change } => {
                assert!(counted.is_empty(), "counts come last");
                let of = |comment: &Comment| (comment.id, Some(comment.text.clone()));
                let (kind, (id, text)) = match change {
                    CommentChange::Added { seq, item: comment } => {
                        assert_eq!(*seq, comment.seq);
                        ("added", of(comment))
                    }
                    CommentChange::Edited { item: comment, .. } => ("edited", of(comment)),
                    CommentChange::Removed { id, .. } => ("removed", (*id, None)),
                };
                told.push((*post, change.seq(), kind, id, text));
            }
            Event::CountsChanged { post, counts } => counted.push((*post, *counts)),
            Event::FeedChanged(_)
            | Event::LikeSet { .. }
            | Event::SessionsEnded { .. }
            | Event::NotificationChanged { .. }
            | Event::UnreadChanged { .. } => {}
            Event::UserChanged { .. }
            | Event::MessagesChanged { .. }
            | Event::ConversationChanged { .. }
            | Event::BlockSet { .. }
            | Event::CaseChanged { .. }
            | Event::WaitingChanged { .. }
            | Event::NotesChanged { .. }
            | Event::CaseRead { .. }
            | Event::AgentRemoved { .. }
            | Event::SmsQueued
            | Event::NotificationsRead { .. } => panic!("{event:?}"),
        }
    }
    let expected = model.told.iter().map(|(post, seq, change)| {
        let (kind, comment, text) = match change {
            Told::Added { comment, text } => ("added", comment, Some(written(*text))),
            Told::Edited { comment, text } => ("edited", comment, Some(written(*text))),
            Told::Removed { comment } => ("removed", comment, None),
        };
        (names.posts[*post], *seq, kind, names.comments[*comment], text)
    });
    assert_eq!(told, expected.collect::<Vec<_>>());
    counted.sort_by_key(|(post, _)| *post);
    let moved = model.posts.iter().zip(versions).enumerate();
    let moved = moved.filter(|(_, (post, before))| !post.removed && post.version != **before);
    let expected: Vec<_> = moved.map(|(number, _)| (names.posts[number], counts(model, number))).collect();
    assert_eq!(counted, expected);
}

fn counts(model: &Model, post: usize) -> Counts {
    let post = &model.posts[post];
    Counts { likes: post.likes.len() as u64, comments: post.held().len() as u64, version: post.version }
}

/// Holds all that can be read against the model.
async fn judge(world: &World, model: &Model, names: &Names) {
    for (number, post) in model.posts.iter().enumerate() {
        let id = names.posts[number];
        let tail = world.store.read_comment_tail(id).await.unwrap();
        if post.removed {
            assert_eq!((tail, world.counts(id).await), (None, None));
            let listed = world.store.list_comments(id, Order::Newest, None, Limit::default()).await;
            assert_eq!(listed, Err(Error::no_post()));
            continue;
        }
        assert_eq!(world.counts(id).await, Some(counts(model, number)));
        assert_eq!(world.likers(id).await.len(), post.likes.len());

        let listed = world.comments(id).await;
        check_comments(&listed, model, names, post.held());
        let tail = tail.unwrap();
        assert_eq!((tail.seq, tail.since, tail.more), (post.seq(), 0, false));
        assert!(tail.page.iter().map(|comment| &**comment).eq(&listed), "{:?} is not {listed:?}", tail.page);

        // Whoever was there at any seq and missed what came after holds what is there now.
        assert!(tail.changed.is_sorted_by(|(older, _), (newer, _)| older < newer));
        for (since, held) in post.history.iter().enumerate() {
            let mut held: std::collections::BTreeMap<_, _> =
                held.iter().map(|(comment, text)| (names.comments[*comment], written(*text))).collect();
            for (seq, change) in &tail.changed {
                if *seq > since as u64 {
                    match change {
                        Ok(comment) => held.insert(comment.id, comment.text.clone()),
                        Err(id) => held.remove(id),
                    };
                }
            }
            assert!(
                held.iter().eq(listed.iter().map(|comment| (&comment.id, &comment.text))),
                "since {since}: {held:?} is not {listed:?}"
            );
        }
    }
    for (comment, id) in model.comments.iter().zip(&names.comments) {
        let there = !comment.removed && !model.posts[comment.post].removed;
        assert_eq!(world.store.find_comment(*id).await.unwrap().is_some(), there);
    }
}

/// These are the comments that are there, by seq, each as it stands.
fn check_comments(listed: &[Comment], model: &Model, names: &Names, held: &Held) {
    assert_eq!(listed.len(), held.len());
    for (item, number) in listed.iter().zip(held.keys()) {
        let comment = &model.comments[*number];
        let parent = comment.parent.map(|number| names.comments[number]);
        assert_eq!(
            (item.id, item.post, item.author.id, item.parent, item.seq, item.edited_at.is_some()),
            (
                names.comments[*number],
                names.posts[comment.post],
                names.users[comment.author],
                parent,
                comment.seq,
                comment.edited
            )
        );
        assert_eq!(item.text, written(comment.text));
    }
}
