//! Comments are written once per key, and every change of them has its own place in their post's stream.

use std::sync::Arc;

use plaudit::domain::{
    Comment, CommentChange, CommentId, Counts, Error, Event, PostId, Result, Timestamp, UserId,
};
use plaudit::store::{ConnectionRef, Created, Done, NewComment};

use super::world::{Fixture, NOW, World, commenting, public};

const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

async fn two(fixture: &dyn Fixture) -> (World, PostId, UserId, UserId) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let post = world.post(ana, "Hello").await.id;
    world.seen.take();
    (world, post, ana, ben)
}

fn keyed(post: PostId, author: UserId, text: &str) -> NewComment {
    NewComment { key: Some("k1".to_owned()), ..commenting(post, author, text) }
}

fn told(post: PostId, change: CommentChange) -> Event {
    Event::CommentsChanged { post, change }
}

fn counted(post: PostId, comments: u64, version: u64) -> Event {
    Event::CountsChanged { post, counts: Counts { likes: 0, comments, version } }
}

pub(super) async fn a_comment_counts_and_has_its_place(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    let first = world.comment(post, ana, "One").await;
    let second = world.comment(post, ben, "Two").await;
    assert_eq!((first.seq, second.seq), (1, 2));
    assert_eq!((first.post, first.parent, first.text.as_str()), (post, None, "One"));
    assert_eq!((first.author.handle.as_deref(), first.created_at, first.edited_at), (Some("ana"), NOW, None));
    let found = world.store.find_post(post, None).await.unwrap().unwrap();
    assert_eq!((found.comments, found.version, found.comments_seq), (2, 3, 2));
    assert_eq!(world.store.find_comment(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(
        world.seen.take_public_events(),
        [
            told(post, CommentChange::Added { seq: 1, item: Arc::new(first) }),
            counted(post, 1, 2),
            told(post, CommentChange::Added { seq: 2, item: Arc::new(second) }),
            counted(post, 2, 3),
        ]
    );
}

pub(super) async fn an_edit_has_a_place_of_its_own_and_counts_nothing(fixture: &dyn Fixture) {
    let (world, post, ana, _) = two(fixture).await;
    let written = world.comment(post, ana, "Helo").await;
    world.seen.take();
    let edited = world.store.edit_comment(written.id, "Hello".to_owned(), LATER, None).await.unwrap();
    assert_eq!(edited, Comment { text: "Hello".to_owned(), edited_at: Some(LATER), ..written.clone() });
    let change = CommentChange::Edited { seq: 2, item: Arc::new(edited.clone()) };
    assert_eq!(world.seen.take_events(), [told(post, change)]);

    let again = world.store.edit_comment(written.id, "Hello".to_owned(), NOW, None).await.unwrap();
    assert_eq!(again, edited, "the same text again changes nothing");
    assert!(world.seen.take_events().is_empty());
    let found = world.store.find_post(post, None).await.unwrap().unwrap();
    assert_eq!((found.comments, found.version, found.comments_seq), (1, 2, 2));
}

pub(super) async fn a_removed_comment_is_gone_for_everybody(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    let gone = world.comment(post, ana, "Soon gone").await.id;
    let answer = world.answer(post, ben, gone).await.unwrap();
    world.seen.take();
    world.store.remove_comment(gone, LATER).await.unwrap();
    assert_eq!(
        world.seen.take_public_events(),
        [told(post, CommentChange::Removed { seq: 3, id: gone }), counted(post, 1, 4)]
    );
    assert_eq!(world.store.find_comment(gone).await.unwrap(), None);
    let found = world.store.find_comments(&[gone, answer.id, CommentId(4711)]).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&answer));
    assert_eq!(world.comments(post).await, std::slice::from_ref(&answer), "answers stay");
    for missing in [gone, CommentId(4711)] {
        assert_eq!(world.store.remove_comment(missing, NOW).await, Err(Error::no_comment()));
        let edited = world.store.edit_comment(missing, "Again".to_owned(), NOW, None).await;
        assert_eq!(edited, Err(Error::no_comment()));
        assert_eq!(world.answer(post, ben, missing).await, Err(Error::no_comment()));
    }
    assert!(world.seen.take_events().is_empty());
    assert_eq!(world.comment(post, ana, "Next").await.seq, 4, "what was refused took no seq");
}

pub(super) async fn an_answer_answers_a_comment_of_the_same_post(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    let other = world.post(ben, "Another").await.id;
    let first = world.comment(post, ana, "First").await;
    let answer = world.answer(post, ben, first.id).await.unwrap();
    assert_eq!(answer.parent, Some(first.id));
    assert_eq!(world.counts(post).await.unwrap().comments, 2, "an answer counts too");
    assert_eq!(world.answer(other, ben, first.id).await, Err(Error::no_comment()));
    let refused = world.answer(post, ana, answer.id).await;
    assert!(matches!(refused, Err(Error::BadRequest(_))), "{refused:?}");
    assert_eq!(world.store.find_post(other, None).await.unwrap().unwrap().comments_seq, 0);
}

pub(super) async fn a_comment_needs_its_post_and_its_author(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    let of_gone = world.comment(post, ben, "Under a post that goes").await.id;
    world.store.remove_post(post, NOW).await.unwrap();
    world.seen.take();
    for missing in [post, PostId(4711)] {
        let refused = world.store.create_comment(commenting(missing, ana, "Boo")).await;
        assert_eq!(refused.map(|_| ()), Err(Error::no_post()));
    }
    assert_eq!(world.store.find_comment(of_gone).await.unwrap(), None, "it went with its post");
    assert_eq!(world.store.find_comments(&[of_gone]).await.unwrap(), []);
    assert_eq!(world.store.remove_comment(of_gone, NOW).await, Err(Error::no_comment()));
    let edited = world.store.edit_comment(of_gone, "Again".to_owned(), NOW, None).await;
    assert_eq!(edited, Err(Error::no_comment()));
    let nobody = world.store.create_comment(commenting(world.welcome().await, UserId(4711), "Boo")).await;
    assert_eq!(nobody.map(|_| ()), Err(Error::NoSession));
    assert!(world.seen.take_events().is_empty());
}

pub(super) async fn a_key_makes_one_comment(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    let first = world.store.create_comment(keyed(post, ana, "Hello")).await.unwrap();
    assert!(first.fresh);
    world.seen.take();
    let again = world.store.create_comment(keyed(post, ana, "Hello")).await.unwrap();
    assert_eq!(again, Created { fresh: false, ..first.clone() });
    assert!(world.seen.take_events().is_empty());
    let of_ben = world.store.create_comment(keyed(post, ben, "Hello")).await.unwrap();
    assert!(of_ben.fresh, "a key belongs to its author");

    let other = world.post(ana, "Another").await.id;
    let answer = NewComment { parent: Some(of_ben.item.id), ..keyed(post, ana, "Hello") };
    for reused in [keyed(post, ana, "Hello!"), keyed(other, ana, "Hello"), answer] {
        let refused = world.store.create_comment(reused).await;
        assert_eq!(refused.map(|_| ()), Err(Error::KeyReused));
    }
    assert_eq!(world.counts(post).await.unwrap().comments, 2);
}

pub(super) async fn a_retry_is_known_after_an_edit(fixture: &dyn Fixture) {
    let (world, post, ana, _) = two(fixture).await;
    let first = world.store.create_comment(keyed(post, ana, "Helo")).await.unwrap().item;
    let mut edited = first.clone();
    for text in ["Hello", "Hello!"] {
        edited = world.store.edit_comment(first.id, text.to_owned(), LATER, None).await.unwrap();
    }
    let again = world.store.create_comment(keyed(post, ana, "Helo")).await.unwrap();
    assert_eq!(again, Created { item: edited, fresh: false }, "as it is now");
    for other in ["Hello!", "Something else"] {
        let refused = world.store.create_comment(keyed(post, ana, other)).await;
        assert_eq!(refused.map(|_| ()), Err(Error::KeyReused), "{other}");
    }
}

pub(super) async fn a_key_of_a_removed_comment_is_gone(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    let made = world.store.create_comment(keyed(post, ana, "Hello")).await.unwrap().item;
    world.store.edit_comment(made.id, "Hello!".to_owned(), LATER, None).await.unwrap();
    world.store.create_comment(keyed(post, ben, "Hello")).await.unwrap();
    world.store.remove_comment(made.id, LATER).await.unwrap();
    for text in ["Hello", "Something else", ""] {
        let refused = world.store.create_comment(keyed(post, ana, text)).await;
        assert_eq!(refused.map(|_| ()), Err(Error::Gone), "{text:?}");
    }
    world.store.remove_post(post, LATER).await.unwrap();
    let refused = world.store.create_comment(keyed(post, ben, "Hello")).await;
    assert_eq!(refused.map(|_| ()), Err(Error::Gone), "it went with its post");
}

pub(super) async fn a_connection_hears_of_its_comment_from_the_sink(fixture: &dyn Fixture) {
    let (world, post, ana, _) = two(fixture).await;
    world.hold();
    world.seen.take();
    let asked = [keyed(post, ana, "Hello"), keyed(post, ana, "Hello"), commenting(PostId(4711), ana, "Boo")];
    for (reference, comment) in (1..).zip(asked) {
        world.store.queue_comment(comment, ConnectionRef { connection: 9, reference }).unwrap();
    }
    world.seen.release();
    // A write that is answered comes behind them: then they have been settled.
    world.store.check().await.unwrap();
    let replies: Vec<_> = world.seen.take().into_iter().flat_map(|batch| batch.connections).collect();
    let heard = |outcome: Result<Done>| match outcome? {
        Done::Commented(comment) => Ok(comment.id),
        other => panic!("{other:?}"),
    };
    let read: Vec<_> = replies.into_iter().map(|(to, outcome)| (to.reference, heard(outcome))).collect();
    let id = world.comments(post).await[0].id;
    assert_eq!(read, [(1, Ok(id)), (2, Ok(id)), (3, Err(Error::no_post()))]);
}

pub(super) async fn comments_of_one_batch_are_told_in_order_with_one_count(fixture: &dyn Fixture) {
    let (world, post, ana, ben) = two(fixture).await;
    world.hold();
    let (store, write) =
        (&world.store, |author, text| world.store.create_comment(commenting(post, author, text)));
    let (one, nobody, two, edited, removed, ()) = tokio::join!(
        biased;
        write(ana, "One"),
        write(UserId(4711), "Nobody's"),
        write(ben, "Two"),
        store.edit_comment(CommentId(1), "Uno".to_owned(), LATER, None),
        store.remove_comment(CommentId(2), LATER),
        async { world.seen.release() }
    );
    assert_eq!(nobody.map(|_| ()), Err(Error::NoSession));
    let (one, two) = (one.unwrap().item, two.unwrap().item);
    removed.unwrap();
    assert_eq!(
        public(world.seen.take().pop().unwrap().events),
        [
            told(post, CommentChange::Added { seq: 1, item: Arc::new(one) }),
            told(post, CommentChange::Added { seq: 2, item: Arc::new(two) }),
            told(post, CommentChange::Edited { seq: 3, item: Arc::new(edited.unwrap()) }),
            told(post, CommentChange::Removed { seq: 4, id: CommentId(2) }),
            counted(post, 1, 4),
        ]
    );
}

pub(super) async fn of_a_removed_post_no_comment_is_told(fixture: &dyn Fixture) {
    let (world, post, ana, _) = two(fixture).await;
    world.hold();
    let (written, removed, ()) = tokio::join!(
        biased;
        world.store.create_comment(commenting(post, ana, "Too late")),
        world.store.remove_post(post, NOW),
        async { world.seen.release() }
    );
    written.unwrap();
    removed.unwrap();
    let events: Vec<_> = world.seen.take().into_iter().flat_map(|batch| batch.events).collect();
    assert!(matches!(events[..], [Event::FeedChanged(_)]), "{events:?}");
}
