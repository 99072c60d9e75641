//! Notifications: who is told of what, once; groups that grow until they are read; and that nothing sticks.

use plaudit::domain::{
    Comment, Limit, Notification, NotificationKind, Notify, PostId, Subject, Timestamp, UserId,
};
use plaudit::store::{NewComment, ProfileChange, SettingsChange};

use super::world::{Fixture, NOW, World, commenting};

use NotificationKind::{Answer, Comment as Commented, Like, Mention, Removal};

/// One day later, and a moment.
const NEXT_DAY: Timestamp = Timestamp(NOW.0 + 24 * 60 * 60 * 1000 + 1);

impl World {
    /// Newest first.
    pub(super) async fn notifications(&self, user: UserId) -> Vec<Notification> {
        let limit = Limit::new(100).unwrap();
        self.store.list_notifications(user, None, limit).await.unwrap().page.items
    }

    pub(super) async fn unread_notifications(&self, user: UserId) -> u64 {
        self.store.get_unread(user).await.unwrap().notifications
    }

    pub(super) async fn read_all(&self, user: UserId) {
        self.store.read_notifications(user, u64::MAX >> 12).await.unwrap();
    }

    async fn tell(&self) {
        self.store.tell_likes(NOW).await.unwrap();
    }

    async fn comment_at(&self, post: PostId, author: UserId, text: &str, at: Timestamp) -> Comment {
        let new = NewComment { at, ..commenting(post, author, text) };
        self.store.create_comment(new).await.unwrap().item
    }

    async fn wants(&self, user: UserId, notify: Notify) {
        let settings = SettingsChange {
            notify_like: Some(notify.like),
            notify_comment: Some(notify.comment),
            notify_answer: Some(notify.answer),
            notify_mention: Some(notify.mention),
            ..SettingsChange::default()
        };
        let change = ProfileChange { settings, ..ProfileChange::default() };
        self.store.update_profile(user, change).await.unwrap();
    }
}

fn names(notification: &Notification) -> Vec<UserId> {
    notification.actors.iter().map(|actor| actor.id).collect()
}

pub(super) async fn one_act_is_told_once_by_the_first_kind_that_fits(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben, cem, dan] = world.members(4).await.try_into().unwrap();
    let post = world.post(ana, "Hello @member_2, @MEMBER_2 and @nobody_here").await;
    let told = world.notifications(cem).await;
    assert_eq!((told.len(), told[0].kind, &told[0].comment), (1, Mention, &None));
    assert_eq!(told[0].post, Some((post.id, post.text.clone())));
    assert_eq!((names(&told[0]), told[0].count), (vec![ana], 1));

    let first = world.comment(post.id, ben, "To @member_0 and @member_3").await;
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].kind, names(&told[0])), (1, Commented, vec![ben]));
    assert_eq!(told[0].comment, Some((first.id, first.text.clone())), "the newest comment");
    let told = world.notifications(dan).await;
    assert_eq!((told[0].kind, told[0].comment.clone()), (Mention, Some((first.id, first.text.clone()))));

    world.answer(post.id, ana, first.id).await.unwrap();
    let told = world.notifications(ben).await;
    assert_eq!((told.len(), told[0].kind, names(&told[0])), (1, Answer, vec![ana]));
    assert_eq!(told[0].comment, Some((first.id, first.text)));
    assert_eq!(world.notifications(ana).await.len(), 1, "nobody is told of own acts");

    // Who wants no answers is told of the comment on the post, which fits too.
    let own = world.comment(post.id, ana, "Mine").await;
    world.wants(ana, Notify { answer: false, comment: true, like: true, mention: true }).await;
    world.answer(post.id, cem, own.id).await.unwrap();
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].kind, names(&told[0])), (1, Commented, vec![cem, ben]));
    world.wants(ana, Notify { answer: false, comment: false, like: true, mention: true }).await;
    world.comment(post.id, dan, "Nothing for @member_1?").await;
    assert_eq!(world.notifications(ana).await.len(), 1);
}

pub(super) async fn a_group_grows_until_it_is_read_or_a_day_old(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben, cem, dan] = world.members(4).await.try_into().unwrap();
    let post = world.post(ana, "A post").await.id;
    for author in [ben, cem, dan, cem] {
        world.comment(post, author, "Bravo").await;
    }
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].count, names(&told[0])), (1, 3, vec![cem, dan, ben]));
    assert_eq!((told[0].seq, world.unread_notifications(ana).await), (4, 1));

    world.seen.take();
    world.read_all(ana).await;
    assert_eq!(world.unread_notifications(ana).await, 0);
    assert_eq!(world.store.find_notifications_read(ana).await.unwrap(), 4);
    world.store.read_notifications(ana, 2).await.unwrap();
    assert_eq!(world.store.find_notifications_read(ana).await.unwrap(), 4, "never back");

    world.comment(post, ben, "Encore").await;
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].count, told[1].count), (2, 1, 3), "what was seen does not grow");
    assert_eq!(world.unread_notifications(ana).await, 1);

    world.comment_at(post, cem, "The next day", NEXT_DAY).await;
    assert_eq!(world.notifications(ana).await.len(), 3);
    assert_eq!(world.unread_notifications(ana).await, 2);
}

pub(super) async fn what_is_undone_leaves_a_group_that_nobody_has_read(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben, cem] = world.members(3).await.try_into().unwrap();
    let post = world.post(ana, "A post").await.id;
    let one = world.comment(post, ben, "One").await;
    let two = world.comment(post, ben, "Two").await;
    let other = world.comment(post, cem, "Three").await;
    world.store.remove_comment(two.id, NOW).await.unwrap();
    assert_eq!(world.notifications(ana).await[0].count, 2, "another comment of Ben's is there");
    world.store.remove_comment(one.id, NOW).await.unwrap();
    let told = world.notifications(ana).await;
    assert_eq!((told[0].count, names(&told[0])), (1, vec![cem]));
    world.store.remove_comment(other.id, NOW).await.unwrap();
    assert_eq!(world.notifications(ana).await, []);
    assert_eq!(world.unread_notifications(ana).await, 0);

    let read = world.comment(post, ben, "Read").await;
    world.read_all(ana).await;
    world.store.remove_comment(read.id, NOW).await.unwrap();
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].count, told[0].comment.clone()), (1, 1, None), "what was read stays");

    let post = world.post(ana, "A third").await.id;
    world.comment(post, ben, "Said under it").await;
    world.read_all(ana).await;
    world.store.remove_post(post, NOW).await.unwrap();
    let told = world.notifications(ana).await.swap_remove(0);
    assert_eq!((told.post, told.comment), (None, None), "nor what was said under a post that is gone");

    let post = world.post(ana, "Another").await.id;
    world.comment(post, ben, "Gone with the post").await;
    world.like(cem, post).await.unwrap();
    world.tell().await;
    assert_eq!(world.unread_notifications(ana).await, 2);
    world.store.remove_post(post, NOW).await.unwrap();
    assert_eq!((world.unread_notifications(ana).await, world.notifications(ana).await.len()), (0, 2));
}

pub(super) async fn likes_are_told_together_and_each_person_once_a_day(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let users = world.members(7).await;
    let (ana, fans) = (users[0], &users[1..]);
    let post = world.post(ana, "A post").await.id;
    world.like(ana, post).await.unwrap();
    for fan in fans {
        world.like(*fan, post).await.unwrap();
    }
    assert_eq!(world.notifications(ana).await, [], "not with each like");
    world.seen.take();
    world.tell().await;
    world.tell().await;
    let events = world.seen.take_events();
    assert_eq!(events.len(), 2, "one change and one number: {events:?}");
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].kind, told[0].count), (1, Like, 6));
    assert_eq!((names(&told[0]), told[0].comment.clone()), (vec![fans[5], fans[4], fans[3]], None));

    // One of those who are named, then one of those who are not.
    for (fan, named) in [(4, [5, 3, 2]), (0, [5, 3, 2])] {
        world.unlike(fans[fan], post).await.unwrap();
        world.tell().await;
        let told = world.notifications(ana).await;
        assert_eq!(names(&told[0]), named.map(|fan| fans[fan]));
    }
    assert_eq!(world.notifications(ana).await[0].count, 4);
    world.like(fans[4], post).await.unwrap();
    world.tell().await;
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].count), (1, 4), "once a day");
    world.unlike(fans[4], post).await.unwrap();
    world.tell().await;
    assert_eq!(world.notifications(ana).await[0].count, 4, "who was not counted does not leave");
    for fan in [1, 2, 3, 5] {
        world.unlike(fans[fan], post).await.unwrap();
    }
    world.seen.take();
    world.tell().await;
    assert_eq!(world.seen.take_events().len(), 2, "four have left, and that is told once");
    assert_eq!((world.notifications(ana).await.len(), world.unread_notifications(ana).await), (0, 0));

    world.store.sweep(NEXT_DAY).await.unwrap();
    world.like(fans[4], post).await.unwrap();
    world.store.tell_likes(NEXT_DAY).await.unwrap();
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].count, names(&told[0])), (1, 1, vec![fans[4]]), "a day later it is news");
    world.read_all(ana).await;
    world.unlike(fans[4], post).await.unwrap();
    world.store.tell_likes(NEXT_DAY).await.unwrap();
    assert_eq!(names(&world.notifications(ana).await[0]), [fans[4]], "what was read stays");
}

pub(super) async fn a_group_that_some_leave_while_others_join_is_told_once(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben, cem, dan] = world.members(4).await.try_into().unwrap();
    let post = world.post(ana, "A post").await.id;
    world.like(ben, post).await.unwrap();
    world.like(cem, post).await.unwrap();
    world.tell().await;
    let before = world.notifications(ana).await;
    for leaving in [[ben].as_slice(), &[cem, dan]] {
        for user in leaving {
            world.unlike(*user, post).await.unwrap();
        }
        let joining = if leaving.len() == 1 { dan } else { world.member("late").await };
        world.like(joining, post).await.unwrap();
        world.seen.take();
        world.tell().await;
        let events = world.seen.take_events();
        assert_eq!(events.len(), 1, "{events:?}");
        let told = world.notifications(ana).await;
        assert_eq!((told.len(), told[0].id), (1, before[0].id), "it is the same, even where all have left");
        assert_eq!((told[0].count, names(&told[0])[0]), (3 - leaving.len() as u64, joining));
        assert_eq!(world.unread_notifications(ana).await, 1);
    }
}

pub(super) async fn likes_that_came_before_a_crash_are_told_after_it_and_once(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben, cem] = world.members(3).await.try_into().unwrap();
    let post = world.post(ana, "A post").await.id;
    world.like(ben, post).await.unwrap();
    let after = fixture.killed().await;
    let world = after.open().await;
    world.tell().await;
    world.like(cem, post).await.unwrap();
    let after = after.killed().await;
    let world = after.open().await;
    world.tell().await;
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].count, names(&told[0])), (1, 2, vec![cem, ben]));
}

pub(super) async fn who_is_blocked_or_muted_or_unwanted_is_not_told(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben, cem] = world.members(3).await.try_into().unwrap();
    let post = world.post(ana, "A post").await.id;
    world.store.set_block(ana, ben, true).await.unwrap();
    world.comment(post, ben, "Hello @member_0").await;
    world.like(ben, post).await.unwrap();
    world.like(cem, post).await.unwrap();
    world.tell().await;
    let told = world.notifications(ana).await;
    assert_eq!((told.len(), told[0].count, names(&told[0])), (1, 1, vec![cem]));
    world.unlike(ben, post).await.unwrap();
    world.tell().await;
    assert_eq!(world.notifications(ana).await[0].count, 1);

    world.store.set_mute(ana, post, true).await.unwrap();
    world.store.set_mute(ana, post, true).await.unwrap();
    world.comment(post, cem, "Not heard, @member_0").await;
    assert_eq!(world.notifications(ana).await.len(), 1);
    world.store.set_mute(ana, post, false).await.unwrap();
    world.comment(post, cem, "Heard").await;
    assert_eq!(world.notifications(ana).await.len(), 2);

    world.read_all(ana).await;
    world.wants(ana, Notify { like: false, comment: true, answer: true, mention: true }).await;
    world.unlike(cem, post).await.unwrap();
    world.like(cem, post).await.unwrap();
    world.tell().await;
    assert_eq!((world.notifications(ana).await.len(), world.unread_notifications(ana).await), (2, 0));
}

pub(super) async fn whoever_wrote_it_hears_of_a_moderators_removal(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben] = world.members(2).await.try_into().unwrap();
    let post = world.post(ana, "A post").await;
    let comment = world.comment(post.id, ben, "Rude").await;
    world.store.remove_as_moderator(Subject::Comment(comment.id), NOW).await.unwrap();
    let told = world.notifications(ben).await;
    assert_eq!((told.len(), told[0].kind, told[0].count, names(&told[0])), (1, Removal, 0, vec![]));
    assert_eq!(told[0].post, Some((post.id, post.text)));
    assert_eq!(told[0].comment, Some((comment.id, String::new())), "which, and not what it said");
    assert_eq!(world.notifications(ana).await, [], "the comment is gone");

    world.store.remove_as_moderator(Subject::Post(post.id), NOW).await.unwrap();
    let told = world.notifications(ana).await;
    assert_eq!(
        (told.len(), told[0].kind, told[0].post.clone()),
        (1, Removal, Some((post.id, String::new())))
    );
    assert_eq!((world.unread_notifications(ana).await, world.unread_notifications(ben).await), (1, 1));
    world.store.remove_as_moderator(Subject::Post(post.id), NOW).await.unwrap_err();
    assert_eq!(world.notifications(ana).await.len(), 1);
}

pub(super) async fn an_erased_account_leaves_every_group(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben, cem] = world.members(3).await.try_into().unwrap();
    let post = world.post(ana, "A post").await.id;
    for user in [ben, cem] {
        world.comment(post, user, "Bravo").await;
        world.like(user, post).await.unwrap();
    }
    world.tell().await;
    world.read_all(ana).await;
    let by_ben = world.post(ben, "Hello @member_0").await.id;
    world.comment(by_ben, cem, "Hello").await;
    assert_eq!((world.notifications(ana).await.len(), world.unread_notifications(ana).await), (3, 1));

    world.store.erase_user(ben, NOW, None).await.unwrap();
    world.store.finish().await.unwrap();
    let told = world.notifications(ana).await;
    let shown: Vec<_> = told.iter().map(|told| (told.kind, told.count, names(told))).collect();
    assert_eq!(shown, [(Like, 1, vec![cem]), (Commented, 1, vec![cem])], "read or not");
    assert_eq!(world.unread_notifications(ana).await, 0);
    assert_eq!(world.notifications(ben).await, []);

    world.store.erase_user(cem, NOW, None).await.unwrap();
    world.store.finish().await.unwrap();
    assert_eq!(world.notifications(ana).await, []);
}

pub(super) async fn what_a_guest_did_becomes_the_members_in_every_group(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let [ana, ben] = world.members(2).await.try_into().unwrap();
    let post = world.post(ana, "A post").await.id;
    let own = world.post(ben, "Ben's own").await.id;
    let (guest, session) = world.guest(post).await;
    world.like(guest, own).await.unwrap();
    world.like(ben, post).await.unwrap();
    world.comment(post, guest, "As a guest").await;
    world.comment(own, guest, "On Ben's").await;
    world.tell().await;
    assert_eq!(world.notifications(ana).await[0].count, 2);
    assert_eq!((world.notifications(ben).await.len(), world.unread_notifications(ben).await), (2, 2));

    world.store.create_session(ben, world.session_at(NOW), Some(session), None).await.unwrap();
    world.store.finish().await.unwrap();
    let told = world.notifications(ana).await;
    let shown: Vec<_> = told.iter().map(|told| (told.kind, told.count, names(told))).collect();
    assert_eq!(shown, [(Like, 1, vec![ben]), (Commented, 1, vec![ben])], "once, and as the member");
    assert_eq!(world.notifications(ben).await, [], "nobody is told of own acts");
    assert_eq!(world.unread_notifications(ben).await, 0);
}
