//! A post's comments in pages, and the tail of their stream: enough for a first visit and a short absence.

use plaudit::domain::{Comment, CommentId, Error, Limit, Order, PostId, UserId};
use tokio::task::JoinSet;

use super::world::{Fixture, NOW, World, commenting};

async fn one(fixture: &dyn Fixture) -> (World, PostId, UserId) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let post = world.post(ana, "Hello").await.id;
    (world, post, ana)
}

/// Writes many at once.
async fn write(world: &World, post: PostId, author: UserId, count: usize) {
    let mut coming = JoinSet::new();
    for _ in 0..count {
        let store = world.store.clone();
        coming.spawn(async move { store.create_comment(commenting(post, author, "Filler")).await.unwrap() });
    }
    coming.join_all().await;
}

pub(super) async fn comments_come_in_both_orders_page_by_page(fixture: &dyn Fixture) {
    let (world, post, ana) = one(fixture).await;
    write(&world, post, ana, 7).await;
    write(&world, world.welcome().await, ana, 3).await;
    let removed = world.comments(post).await[3].id;
    world.store.remove_comment(removed, NOW).await.unwrap();
    for (order, expected) in [(Order::Oldest, [1, 2, 3, 5, 6, 7]), (Order::Newest, [7, 6, 5, 3, 2, 1])] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = world.store.list_comments(post, order, after, Limit::new(2).unwrap()).await.unwrap();
            assert_eq!(page.items.len(), 2);
            seen.extend(page.items.iter().map(|comment| comment.seq));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "{order:?}, and the last page of full ones is the last");
    }
}

pub(super) async fn the_comments_of_a_post_that_is_not_there_are_not_found(fixture: &dyn Fixture) {
    let (world, post, ana) = one(fixture).await;
    assert_eq!(world.comments(post).await, []);
    world.comment(post, ana, "Gone with its post").await;
    world.store.remove_post(post, NOW).await.unwrap();
    for missing in [post, PostId(4711)] {
        let listed = world.store.list_comments(missing, Order::Oldest, None, Limit::default()).await;
        assert_eq!(listed, Err(Error::no_post()));
        assert_eq!(world.store.read_comment_tail(missing).await.unwrap(), None);
    }
}

pub(super) async fn the_tail_of_comments_holds_each_at_its_last_change(fixture: &dyn Fixture) {
    let (world, post, ana) = one(fixture).await;
    let (edited, removed, kept) = (
        world.comment(post, ana, "To be edited").await,
        world.comment(post, ana, "To be removed").await,
        world.comment(post, ana, "Kept").await,
    );
    let before = world.store.snapshot_reads();
    let edited = world.store.edit_comment(edited.id, "Edited".to_owned(), NOW, None).await.unwrap();
    world.store.remove_comment(removed.id, NOW).await.unwrap();
    let tail = world.store.read_comment_tail(post).await.unwrap().unwrap();
    assert_eq!(world.store.snapshot_reads() - before, 1);
    assert_eq!((tail.seq, tail.since, tail.more), (5, 0, false));
    let changed: Vec<(u64, Result<Comment, CommentId>)> = tail
        .changed
        .iter()
        .map(|(seq, change)| (*seq, change.as_ref().map(|it| Comment::clone(it)).map_err(|id| *id)))
        .collect();
    assert_eq!(changed, [(3, Ok(kept.clone())), (4, Ok(edited.clone())), (5, Err(removed.id))]);
    let page: Vec<_> = tail.page.iter().map(|comment| Comment::clone(comment)).collect();
    assert_eq!(page, [edited, kept], "oldest first, each at its creation's place");
}

pub(super) async fn the_tail_of_comments_says_from_where_on_it_is_complete(fixture: &dyn Fixture) {
    let (world, post, ana) = one(fixture).await;
    write(&world, post, ana, 200).await;
    let tail = world.store.read_comment_tail(post).await.unwrap().unwrap();
    assert_eq!((tail.seq, tail.since, tail.changed.len()), (200, 0, 200), "exactly 200 are all there");
    assert_eq!((tail.page.len(), tail.more), (50, true));

    let oldest = world.comments(post).await[0].id;
    world.store.edit_comment(oldest, "Edited".to_owned(), NOW, None).await.unwrap();
    let tail = world.store.read_comment_tail(post).await.unwrap().unwrap();
    assert_eq!((tail.seq, tail.since), (201, 0), "still 200 rows");
    write(&world, post, ana, 9).await;
    let tail = world.store.read_comment_tail(post).await.unwrap().unwrap();
    let seqs: Vec<_> = tail.changed.iter().map(|(seq, _)| *seq).collect();
    // 210 seqs, the first of them replaced by its comment's edit: 209 rows, the last 200 from the 11th on.
    assert_eq!((tail.seq, tail.since, seqs.len()), (210, 10, 200));
    assert!(seqs.is_sorted_by(|older, newer| older < newer));
    assert_eq!((seqs[0], seqs[199]), (11, 210));
}

pub(super) async fn the_page_shows_the_newest_comments_that_are_there(fixture: &dyn Fixture) {
    let (world, post, ana) = one(fixture).await;
    write(&world, post, ana, 51).await;
    let newest = world.comments(post).await.pop().unwrap();
    world.store.remove_comment(newest.id, NOW).await.unwrap();
    let tail = world.store.read_comment_tail(post).await.unwrap().unwrap();
    let seqs: Vec<_> = tail.page.iter().map(|comment| comment.seq).collect();
    assert_eq!((seqs, tail.more), ((1..=50).collect(), false));
    world.comment(post, ana, "One more").await;
    let tail = world.store.read_comment_tail(post).await.unwrap().unwrap();
    assert_eq!((tail.page[0].seq, tail.page[49].seq, tail.more), (2, 53, true));
}
