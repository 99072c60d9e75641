//! `feed:latest` is gapless, and its tail is enough for a first visit and a short absence.

use plaudit::domain::{Event, FeedChange, PostId};
use tokio::task::JoinSet;

use super::world::{Fixture, NOW, writing};

pub(super) async fn the_feed_counts_every_change_without_a_gap(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    world.seen.take();
    let (first, second) = (world.post(ana, "One").await, world.post(ana, "Two").await);
    world.store.remove_post(first.id, NOW).await.unwrap();
    world.store.remove_post(first.id, NOW).await.unwrap_err();
    let third = world.post(ana, "Three").await;
    assert_eq!((first.seq, second.seq, third.seq), (2, 3, 5));

    let told: Vec<_> = world.seen.take_events().into_iter().map(seq_and_id).collect();
    assert_eq!(told, [(2, first.id), (3, second.id), (4, first.id), (5, third.id)]);
    assert_eq!(world.store.read_feed_tail().await.unwrap().seq, 5);
}

fn seq_and_id(event: Event) -> (u64, PostId) {
    match event {
        Event::FeedChanged(FeedChange::Added { seq, item: post }) => {
            assert_eq!((seq, post.liked), (post.seq, false));
            (seq, post.id)
        }
        Event::FeedChanged(FeedChange::Removed { seq, id }) => (seq, id),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn a_removal_has_its_own_place_and_no_text(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let (gone, kept) = (world.post(ana, "Gone").await, world.post(ana, "Kept").await);
    world.store.remove_post(gone.id, NOW).await.unwrap();
    let tail = world.store.read_feed_tail().await.unwrap();
    assert_eq!((tail.seq, tail.since, tail.more), (4, 0, false));
    let [FeedChange::Added { seq: 1, .. }, FeedChange::Added { seq: 3, item: post }, removal] =
        &tail.changes[..]
    else {
        panic!("{:?}", tail.changes)
    };
    assert_eq!(**post, kept);
    assert_eq!(*removal, FeedChange::Removed { seq: 4, id: gone.id });
    let page: Vec<_> = tail.page.iter().map(|post| post.seq).collect();
    assert_eq!(page, [1, 3]);
}

pub(super) async fn the_tail_says_from_where_on_it_is_complete(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    for _ in 0..198 {
        world.post(ana, "Filler").await;
    }
    let last = world.post(ana, "The 200th change").await;
    let tail = world.store.read_feed_tail().await.unwrap();
    assert_eq!((tail.seq, tail.since, tail.changes.len()), (200, 0, 200), "exactly 200 are all there");

    world.store.remove_post(last.id, NOW).await.unwrap();
    let mut coming = JoinSet::new();
    for _ in 0..9 {
        let store = world.store.clone();
        coming.spawn(async move { store.create_post(writing(ana, "More", None)).await.unwrap() });
    }
    coming.join_all().await;
    let tail = world.store.read_feed_tail().await.unwrap();
    let seqs: Vec<_> = tail.changes.iter().map(FeedChange::seq).collect();
    // 210 seqs, one of them (the 200th) replaced by its post's removal: 209 rows, the last 200 from the 10th on.
    assert_eq!((tail.seq, tail.since, seqs.len()), (210, 9, 200));
    assert!(seqs.is_sorted_by(|older, newer| older < newer));
    assert_eq!((seqs[0], seqs[199]), (10, 210));
    assert!(!seqs.contains(&200) && seqs.contains(&201));
}

pub(super) async fn the_page_shows_the_newest_posts_that_are_there(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let mut posts = Vec::new();
    for number in 0..51 {
        posts.push(world.post(ana, &format!("Post {number}")).await.id);
    }
    let newest = posts.pop().unwrap();
    world.store.remove_post(newest, NOW).await.unwrap();
    let tail = world.store.read_feed_tail().await.unwrap();
    let page: Vec<_> = tail.page.iter().map(|post| post.id).collect();
    assert_eq!(page, posts, "50, oldest first, without the removed one");
    assert!(tail.more, "the welcome is older");
}

pub(super) async fn snapshot_reads_are_counted(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let post = world.welcome().await;
    let before = world.store.snapshot_reads();
    world.store.find_counts(&[post]).await.unwrap();
    world.store.read_feed_tail().await.unwrap();
    world.store.find_post(post, None).await.unwrap();
    assert_eq!(world.store.snapshot_reads() - before, 2);
}
