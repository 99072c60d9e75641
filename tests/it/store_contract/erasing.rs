//! An erased account leaves nothing of itself, and a removed post takes along what hung on it, however much it was and
//! whenever the process is killed.

use std::collections::BTreeSet;

use plaudit::domain::user::HANDLE_KEPT_SECONDS;
use plaudit::domain::{
    CommentChange, CommentId, EndReason, Error, Event, FeedChange, Limit, PostId, Settings, Subject,
    Timestamp, UserId,
};
use plaudit::store::{NewComment, NewMember, NewSession};
use tokio::task::JoinSet;

use super::moderation::many_posts;
use super::world::{Fixture, NOW, World, commenting, report, sign_up, writing};

const LATER: Timestamp = Timestamp(NOW.0 + 60_000);
const DAY: i64 = 24 * 3600;

/// Comments of everybody under a post, all at once.
async fn many_comments(world: &World, post: PostId, authors: &[UserId]) -> Vec<CommentId> {
    let mut coming = JoinSet::new();
    for author in authors {
        let (store, comment) = (world.store.clone(), commenting(post, *author, "One of many"));
        coming.spawn(async move { store.create_comment(comment).await.unwrap().item.id });
    }
    coming.join_all().await
}

/// A member who did a little of everything among others who did too.
struct Life {
    world: World,
    ana: UserId,
    ben: UserId,
    session: NewSession,
    /// Ben's; Ana likes it and comments on it.
    kept: PostId,
    /// Ana's; Ben likes it and comments on it.
    gone: PostId,
    /// Ana's, under `kept`; Ben answers it.
    comment: CommentId,
}

async fn live(fixture: &dyn Fixture) -> Life {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let session = world.session_at(NOW);
    world.store.create_session(ana, session.clone(), None, None).await.unwrap();
    let (kept, gone) = (world.post(ben, "Kept").await.id, world.post(ana, "Gone").await.id);
    for (user, post) in [(ana, kept), (ben, kept), (ben, gone), (ana, gone)] {
        world.like(user, post).await.unwrap();
    }
    let comment = world.comment(kept, ana, "Gone").await.id;
    world.answer(kept, ben, comment).await.unwrap();
    world.comment(gone, ben, "Gone with its post").await;
    world.store.create_report(report(Subject::Post(kept), ana, "Rude")).await.unwrap();
    world.store.create_report(report(Subject::Comment(comment), ben, "Rude")).await.unwrap();
    world.seen.take();
    Life { world, ana, ben, session, kept, gone, comment }
}

pub(super) async fn an_erased_account_leaves_nothing_of_itself(fixture: &dyn Fixture) {
    let Life { world, ana, ben, session, kept, gone, comment } = live(fixture).await;
    let old = world.store.find_session(session.token, NOW).await.unwrap().unwrap();
    world.store.erase_user(ana, LATER, None).await.unwrap();

    let store = &world.store;
    assert_eq!(store.find_user("ana").await.unwrap(), None);
    assert_eq!(store.find_credentials("ana").await.unwrap(), None);
    assert_eq!(store.find_person(ana).await.unwrap(), None);
    assert_eq!(store.find_session(session.token, NOW).await.unwrap(), None);
    assert_eq!(store.find_post(gone, None).await.unwrap(), None);
    assert_eq!(store.find_comment(comment).await.unwrap(), None);
    assert_eq!(world.comments(kept).await.iter().map(|it| it.author.id).collect::<Vec<_>>(), [ben]);
    assert_eq!((world.likers(kept).await, world.liked(ana).await), (vec![ben], vec![]));
    let post = store.find_post(kept, None).await.unwrap().unwrap();
    assert_eq!((post.likes, post.comments, post.version, post.comments_seq), (1, 1, 7, 3));
    assert_eq!(store.list_complaints(None, Limit::default()).await.unwrap().items, []);

    let events = world.seen.take_public_events();
    let told = |wanted: &dyn Fn(&Event) -> bool| events.iter().any(wanted);
    assert!(told(
        &|event| matches!(event, Event::SessionsEnded { sessions, why: EndReason::Ended } if *sessions == [old.id])
    ));
    assert!(told(
        &|event| matches!(event, Event::FeedChanged(FeedChange::Removed { id, .. }) if *id == gone)
    ));
    let removed = CommentChange::Removed { seq: 3, id: comment };
    assert!(told(&|event| *event == Event::CommentsChanged { post: kept, change: removed.clone() }));
    assert!(told(
        &|event| matches!(event, Event::CountsChanged { post, counts } if *post == kept && counts.version == 7)
    ));
    let hidden = Settings { shows_viewing: false, ..Settings::DEFAULT };
    assert!(told(&|event| matches!(event, Event::UserChanged { user, settings }
        if user.id == ana && user.handle.is_none() && user.name == "Guest" && *settings == hidden)));
    assert_eq!(events.len(), 5, "{events:?}");

    world.store.erase_user(ana, LATER, None).await.unwrap();
    world.store.erase_user(UserId(4711), LATER, None).await.unwrap();
    assert!(world.seen.take_events().is_empty(), "again changes nothing");
}

pub(super) async fn nobody_acts_with_an_erased_account(fixture: &dyn Fixture) {
    let Life { world, ana, kept, .. } = live(fixture).await;
    world.hold();
    let erased = world.store.erase_user(ana, LATER, None);
    let (erased, like, written, commented, ()) = tokio::join!(
        biased;
        erased,
        world.like(ana, kept),
        world.store.create_post(writing(ana, "Boo", None)),
        world.store.create_comment(commenting(kept, ana, "Boo")),
        async { world.seen.release() }
    );
    erased.unwrap();
    assert_eq!(like, Err(Error::NoSession));
    assert_eq!(written.map(|_| ()), Err(Error::NoSession));
    assert_eq!(commented.map(|_| ()), Err(Error::NoSession));
    let store = &world.store;
    assert_eq!(store.create_report(report(Subject::Post(kept), ana, "Rude")).await, Err(Error::NoSession));
    let refused = store.create_session(ana, world.session_at(NOW), None, None).await.map(|_| ());
    assert_eq!(refused, Err(Error::no_user()));
    assert_eq!(store.change_password(ana, "new".to_owned(), None, None).await, Err(Error::no_user()));
    assert_eq!(store.set_suspended(ana, true, NOW).await, Err(Error::no_user()));
    assert_eq!(store.set_moderator(ana, true).await, Err(Error::no_user()));
    // When its handle is free, its row becomes nobody else's.
    let later = NewMember { at: LATER.plus_seconds(HANDLE_KEPT_SECONDS), ..sign_up("ana", Some(ana)) };
    let (next, _) = store.create_member(later, None).await.unwrap();
    assert_ne!(next.id, ana);
    assert!(world.liked(next.id).await.is_empty());
}

pub(super) async fn the_handle_of_an_erased_account_is_kept_back_for_30_days(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    world.store.erase_user(ana, NOW, None).await.unwrap();
    let free_from = NOW.plus_seconds(HANDLE_KEPT_SECONDS);
    let last_moment = Timestamp(free_from.0 - 1);
    for (at, taken) in [(NOW, true), (last_moment, true), (free_from, false)] {
        assert_eq!(world.store.is_handle_taken("ana", at).await, Ok(taken));
    }
    let at_last = NewMember { at: last_moment, ..sign_up("ana", None) };
    assert_eq!(world.store.create_member(at_last, None).await.map(|_| ()), Err(Error::HandleTaken));
    // A sweep forgets what is free, and nothing else.
    world.store.sweep(last_moment).await.unwrap();
    assert_eq!(world.store.is_handle_taken("ana", last_moment).await, Ok(true));
    world.store.sweep(free_from).await.unwrap();
    assert_eq!(world.store.is_handle_taken("ana", NOW).await, Ok(false));
    world.member("ana").await;
    assert_eq!(world.store.is_handle_taken("ana", free_from).await, Ok(true), "another's by now");
}

pub(super) async fn an_erased_account_that_wrote_nothing_goes_at_once(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, post) = (world.member("ana").await, world.welcome().await);
    world.like(ana, post).await.unwrap();
    world.store.create_report(report(Subject::Post(post), ana, "Rude")).await.unwrap();
    world.store.set_suspended(ana, true, NOW).await.unwrap();
    world.store.erase_user(ana, LATER, None).await.unwrap();
    assert_eq!(world.store.find_person(ana).await.unwrap(), None);
    // Withheld likes went too: the sweep of a row that something points to would fail as a whole.
    world.store.set_suspended(ana, false, NOW).await.unwrap_err();
    world.store.sweep(NOW.plus_seconds(2 * DAY)).await.unwrap();
    assert!(world.likers(post).await.is_empty());
}

pub(super) async fn an_erasure_of_hundreds_goes_on_after_a_kill(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let theirs = many_posts(&world, ben, 150).await;
    let own = many_posts(&world, ana, 60).await;
    let comments = many_comments(&world, theirs[0], &[ana; 100]).await;
    let liked: Vec<_> = theirs.iter().map(|post| world.submit(ana, *post, true)).collect();
    for outcome in liked {
        outcome.await.unwrap().unwrap();
    }
    world.comment(theirs[0], ben, "Stays").await;
    many_comments(&world, own[0], &[ben; 300]).await;
    world.store.create_report(report(Subject::Post(theirs[0]), ana, "Rude")).await.unwrap();
    world.seen.take();

    let erasing = {
        let store = world.store.clone();
        world.hold_with(|| tokio::spawn(async move { store.erase_user(ana, LATER, None).await }))
    };
    // Whatever slice it is killed in, the next sweep ends it; and nobody can be that member any more.
    let found = fixture.killed().await;
    let killed = found.open().await;
    assert_eq!(killed.store.find_user("ana").await.unwrap(), None);
    let posts = killed.store.list_posts(Some(ana), None, None, Limit::default()).await.unwrap();
    assert!(!posts.items.is_empty(), "killed in the middle of it");
    killed.store.sweep(NOW).await.unwrap();
    world.seen.release();
    erasing.await.unwrap().unwrap();
    world.store.check().await.unwrap();
    for world in [&world, &killed] {
        let posts = world.store.list_posts(Some(ana), None, None, Limit::default()).await.unwrap();
        assert_eq!(posts.items, []);
        let left: Vec<_> = world.comments(theirs[0]).await.into_iter().map(|it| it.author.id).collect();
        assert_eq!(left, [ben]);
        let counts = world.store.find_counts(&theirs).await.unwrap();
        assert!(counts.iter().all(|counts| counts.unwrap().likes == 0));
        assert_eq!(counts[0].unwrap().comments, 1);
        assert_eq!(world.store.list_complaints(None, Limit::default()).await.unwrap().items, []);
        let tail = world.store.read_comment_tail(theirs[0]).await.unwrap().unwrap();
        assert_eq!(tail.seq, 201, "each removal has its place");
        assert_eq!(world.store.find_person(ana).await.unwrap(), None);
    }
    let (mut seqs, mut posts) = (Vec::new(), BTreeSet::new());
    for event in world.seen.take_public_events() {
        match event {
            Event::CommentsChanged { post, change: CommentChange::Removed { seq, id } } => {
                assert!(post == theirs[0] && comments.contains(&id));
                seqs.push(seq);
            }
            Event::FeedChanged(FeedChange::Removed { id, .. }) => assert!(posts.insert(id)),
            Event::CountsChanged { .. } | Event::UserChanged { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seqs, (102..=201).collect::<Vec<_>>());
    assert_eq!(posts.into_iter().collect::<Vec<_>>(), own);
}

pub(super) async fn a_removed_post_is_cleared_after_a_kill(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let post = world.post(ana, "Soon gone").await.id;
    many_comments(&world, post, &[ana; 300]).await;
    // The last one: no slice has come to it when the process is killed.
    let keyed = NewComment { key: Some("k1".to_owned()), ..commenting(post, ana, "Keyed") };
    world.store.create_comment(keyed.clone()).await.unwrap();
    let mut guests = Vec::new();
    for _ in 0..20 {
        guests.push(world.guest(post).await.0);
    }
    world.store.create_report(report(Subject::Post(post), ana, "Rude")).await.unwrap();
    world.seen.take();
    let removing = {
        let store = world.store.clone();
        world.hold_with(|| tokio::spawn(async move { store.remove_post(post, LATER).await }))
    };
    let found = fixture.killed().await;
    let killed = found.open().await;
    world.seen.release();
    removing.await.unwrap().unwrap();
    for (world, swept) in [(&killed, false), (&killed, true), (&world, true)] {
        if swept {
            world.store.sweep(LATER).await.unwrap();
        }
        assert_eq!(world.store.find_post(post, None).await.unwrap(), None);
        let listed = world.store.list_likers(post, None, Limit::default()).await;
        assert_eq!(listed, Err(Error::no_post()), "from the first moment on");
        assert_eq!(world.store.read_comment_tail(post).await.unwrap(), None);
        assert!(world.liked(guests[0]).await.is_empty());
        assert_eq!(world.store.list_complaints(None, Limit::default()).await.unwrap().items, []);
        let again = world.store.create_comment(keyed.clone()).await.map(|_| ());
        assert_eq!(again, Err(Error::Gone));
    }
    let events = world.seen.take_events();
    assert!(matches!(events[..], [Event::FeedChanged(FeedChange::Removed { .. })]), "{events:?}");
    // No like holds the guests any more: so all of them were cleared.
    for world in [&world, &killed] {
        world.store.sweep(NOW.plus_seconds(100 * DAY)).await.unwrap();
        let welcome = world.welcome().await;
        assert_eq!(world.like(guests[0], welcome).await, Err(Error::NoSession));
    }
}

pub(super) async fn what_hangs_on_a_removed_post_counts_nothing_any_more(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben, other) = (world.member("ana").await, world.member("ben").await, world.welcome().await);
    let post = world.post(ana, "Soon gone").await.id;
    let mut coming = JoinSet::new();
    for _ in 0..260 {
        let (store, new) = (world.store.clone(), world.session_at(NOW));
        coming.spawn(async move { store.like_as_new_guest(post, new).await.unwrap() });
    }
    coming.join_all().await;
    for user in [ana, ben] {
        world.like(user, post).await.unwrap();
    }
    world.store.set_suspended(ben, true, NOW).await.unwrap();
    for subject in [other, post] {
        world.store.create_report(report(Subject::Post(subject), ana, "Rude")).await.unwrap();
    }
    let removing = {
        let store = world.store.clone();
        world.hold_with(|| tokio::spawn(async move { store.remove_post(post, LATER).await }))
    };
    // Killed before these likes and this report were cleared away.
    let found = fixture.killed().await;
    let killed = found.open().await;
    world.seen.release();
    removing.await.unwrap().unwrap();
    let first = killed.store.list_complaints(None, Limit::new(1).unwrap()).await.unwrap();
    assert_eq!(first.items.len(), 1, "what is removed takes up no place in the queue");
    killed.store.set_suspended(ben, false, NOW).await.unwrap();
    killed.store.set_suspended(ana, true, NOW).await.unwrap();
    killed.store.set_suspended(ana, false, NOW).await.unwrap();
    killed.store.erase_user(ben, NOW, None).await.unwrap();
    killed.store.sweep(NOW).await.unwrap();
    let counted = |event: &Event| matches!(event, Event::CountsChanged { .. });
    assert!(!killed.seen.take_events().iter().any(counted));
    assert!(killed.liked(ana).await.is_empty());
}

pub(super) async fn a_guest_who_commented_stays(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let post = world.welcome().await;
    let (writing, _) = world.guest(post).await;
    let (removed, _) = world.guest(post).await;
    world.comment(post, writing, "I was here").await;
    let comment = world.comment(post, removed, "Soon gone").await;
    world.store.remove_comment(comment.id, NOW).await.unwrap();
    for guest in [writing, removed] {
        world.unlike(guest, post).await.unwrap();
    }
    world.store.sweep(NOW.plus_seconds(100 * DAY)).await.unwrap();
    assert_eq!(world.comments(post).await[0].author.id, writing);
    let tail = world.store.read_comment_tail(post).await.unwrap().unwrap();
    assert_eq!(tail.changed.last().unwrap().1, Err(comment.id), "a tombstone keeps its author's row");
}
