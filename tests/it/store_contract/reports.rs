//! Reports wait in a queue, each subject once, until somebody decides.

use plaudit::domain::{CommentId, Complaint, Error, Limit, PostId, Reported, Subject, Timestamp, UserId};
use plaudit::store::NewReport;

use super::world::{Fixture, NOW, World, report};

const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

async fn cases(world: &World) -> Vec<Complaint> {
    let page = world.store.list_complaints(None, Limit::default()).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

/// What is reported, by how many, and what was said last.
fn read(case: &Complaint) -> (Subject, u64, UserId, &str) {
    let subject = match &case.reported {
        Reported::Post(post) => Subject::Post(post.id),
        Reported::Comment(comment) => Subject::Comment(comment.id),
        Reported::Message(message) => Subject::Message(message.id),
    };
    (subject, case.reports, case.latest.0.id, &case.latest.2)
}

pub(super) async fn the_queue_shows_each_subject_once_the_latest_report_first(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let (post, other) = (world.post(ana, "Rude").await.id, world.post(ana, "Dull").await.id);
    let comment = world.comment(post, ana, "Ruder").await.id;
    let (post, comment, other) = (Subject::Post(post), Subject::Comment(comment), Subject::Post(other));
    for (subject, reporter, reason) in [
        (post, ana, "one"),
        (comment, ben, "two"),
        (post, ben, ""),
        (other, ben, "four"),
        (comment, ana, "five"),
    ] {
        world.store.create_report(report(subject, reporter, reason)).await.unwrap();
    }
    let queue = cases(&world).await;
    let expected = [(comment, 2, ana, "five"), (other, 1, ben, "four"), (post, 2, ben, "")];
    assert_eq!(queue.iter().map(read).collect::<Vec<_>>(), expected);

    let earlier: Vec<Vec<_>> = queue
        .iter()
        .map(|case| case.earlier.iter().map(|(by, _, why)| (by.id, why.as_str())).collect())
        .collect();
    assert_eq!(earlier, [vec![(ben, "two")], vec![], vec![(ana, "one")]]);
    assert!(queue.iter().all(|case| !case.suspended && !case.reported.author().moderator));
    world.store.set_suspended(ana, true, NOW).await.unwrap();
    assert!(cases(&world).await.iter().all(|case| case.suspended), "each is by ana");

    let mut after = None;
    for expected in expected {
        let page = world.store.list_complaints(after, Limit::new(1).unwrap()).await.unwrap();
        assert_eq!(page.items.iter().map(read).collect::<Vec<_>>(), [expected]);
        after = page.next;
    }
    assert_eq!(after, None);
}

pub(super) async fn a_report_is_open_once_and_a_second_one_replaces_its_reason(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let (one, two) = (world.post(ana, "One").await.id, world.post(ana, "Two").await.id);
    let (one, two) = (Subject::Post(one), Subject::Post(two));
    for (subject, reason) in [(one, "First"), (two, "First"), (one, "Second"), (two, "First")] {
        world.store.create_report(NewReport { at: LATER, ..report(subject, ben, reason) }).await.unwrap();
    }
    let queue = cases(&world).await;
    let expected = [(one, 1, ben, "Second"), (two, 1, ben, "First")];
    assert_eq!(queue.iter().map(read).collect::<Vec<_>>(), expected);
    assert_eq!(queue[0].latest.1, LATER);
}

pub(super) async fn a_decided_case_is_closed(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let post = world.post(ana, "Rude").await.id;
    let (stays, goes) =
        (world.comment(post, ana, "Stays").await.id, world.comment(post, ana, "Goes").await.id);
    let subjects = [Subject::Post(post), Subject::Comment(stays), Subject::Comment(goes)];
    for subject in subjects {
        for reporter in [ana, ben] {
            world.store.create_report(report(subject, reporter, "")).await.unwrap();
        }
    }
    world.store.close_reports(Subject::Comment(stays)).await.unwrap();
    world.store.remove_comment(goes, NOW).await.unwrap();
    let queue = cases(&world).await;
    assert_eq!(queue.iter().map(read).collect::<Vec<_>>(), [(Subject::Post(post), 2, ben, "")]);
    let first = world.store.list_complaints(None, Limit::new(1).unwrap()).await.unwrap();
    assert_eq!(first.items, queue, "nothing that is closed takes up a place");
    for closed in [Subject::Comment(stays), Subject::Comment(goes), Subject::Post(world.welcome().await)] {
        let refused = world.store.close_reports(closed).await;
        assert!(matches!(refused, Err(Error::NotFound(_))), "{closed:?}: {refused:?}");
    }
    world.store.remove_post(post, NOW).await.unwrap();
    assert_eq!(cases(&world).await, []);
    let gone = [Subject::Post(post), Subject::Comment(stays), Subject::Comment(goes)];
    let never = [Subject::Post(PostId(4711)), Subject::Comment(CommentId(4711))];
    for missing in gone.into_iter().chain(never) {
        let refused = world.store.create_report(report(missing, ben, "")).await;
        assert!(matches!(refused, Err(Error::NotFound(_))), "{missing:?}: {refused:?}");
    }
    let nobody =
        world.store.create_report(report(Subject::Post(world.welcome().await), UserId(4711), "")).await;
    assert_eq!(nobody, Err(Error::NoSession));
}
