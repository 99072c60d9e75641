//! Rooms on their own, at times that the test says.

use std::net::IpAddr;

use super::*;
use crate::domain::UserKind;

pub(super) const TIMES: PresenceTimes = PresenceTimes {
    grace: Duration::from_secs(5),
    every: Duration::from_secs(1),
    every_crowded: Duration::from_secs(5),
    typing: Duration::from_secs(5),
};
pub(super) const ON: Settings = Settings::DEFAULT;
pub(super) const OFF: Settings = Settings { shows_viewing: false, ..Settings::DEFAULT };

pub(super) fn user(id: u64) -> Arc<User> {
    let (handle, name, bio) = (Some(format!("u{id}")), format!("U{id}"), String::new());
    Arc::new(User { id: UserId(id), handle, name, bio, kind: UserKind::Member, moderator: false })
}

pub(super) fn address(last: u8) -> Address {
    Address::of(IpAddr::from([192, 0, 2, last]))
}

pub(super) fn member(connection: u64, id: u64) -> Viewer {
    Viewer { connection, address: address(99), who: Who::User { id: UserId(id), member: true } }
}

pub(super) fn anonymous(connection: u64, last: u8) -> Viewer {
    Viewer { connection, address: address(last), who: Who::Anonymous }
}

/// A room with a clock.
pub(super) struct Stage {
    pub(super) room: Room,
    pub(super) now: Instant,
    number: u64,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self { room: Room::default(), now: Instant::now(), number: 0 }
    }

    pub(super) fn join(&mut self, viewer: Viewer) {
        self.number += 1;
        self.room.join(viewer, self.now, self.number);
    }

    /// Joins, and has its name looked up.
    fn join_named(&mut self, connection: u64, id: u64) {
        self.join(member(connection, id));
        if let Some(arrival) = self.room.find_nameless(UserId(id)) {
            self.room.name(UserId(id), arrival, Some(&(user(id), ON)), self.now);
        }
    }

    pub(super) fn leave(&mut self, viewer: Viewer) {
        self.number += 1;
        self.room.leave(viewer, self.now, self.now + TIMES.grace, self.number);
    }

    fn type_at(&mut self, connection: u64, id: u64) {
        self.room.type_until(connection, UserId(id), self.now, self.now + TIMES.typing);
    }

    pub(super) fn wait(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
        self.room.expire(self.now);
    }

    pub(super) fn viewers(&self) -> u64 {
        self.room.look().viewers
    }

    pub(super) fn faces(&self) -> Vec<u64> {
        self.room.look().faces.iter().map(|user| user.id.0).collect()
    }

    fn typing(&self) -> Vec<u64> {
        self.room.look().typing.iter().map(|user| user.id.0).collect()
    }

    fn news(&mut self) -> Option<Look> {
        self.room.news(self.now, &TIMES).cloned()
    }
}

#[test]
fn two_tabs_are_one_person_and_the_last_one_to_close_leaves() {
    let mut stage = Stage::new();
    stage.join_named(1, 7);
    stage.join_named(2, 7);
    stage.join(member(2, 7)); // subscribed again
    assert_eq!((stage.viewers(), stage.faces()), (1, vec![7]));
    stage.leave(member(1, 7));
    stage.leave(member(1, 7));
    stage.wait(6000);
    assert_eq!(stage.viewers(), 1);
    stage.leave(member(2, 7));
    stage.wait(4999);
    assert_eq!((stage.viewers(), stage.faces()), (1, vec![7]));
    stage.wait(1);
    assert!(stage.viewers() == 0 && stage.faces().is_empty() && stage.room.is_empty());
}

#[test]
fn who_comes_back_within_the_grace_has_never_left_and_keeps_its_place() {
    let mut stage = Stage::new();
    for id in 1..=3 {
        stage.join_named(id, id);
    }
    assert!(stage.news().is_some());
    stage.leave(member(1, 1));
    stage.wait(4000);
    stage.join(member(9, 1));
    stage.wait(4000);
    assert_eq!(stage.news(), None, "nothing has changed");
    assert_eq!(stage.faces(), [1, 2, 3]);
}

#[test]
fn somebody_unknown_who_comes_from_where_one_has_just_left_takes_its_place() {
    let mut stage = Stage::new();
    stage.join(anonymous(1, 1));
    stage.join(anonymous(2, 2));
    stage.leave(anonymous(1, 1));
    stage.wait(100);
    stage.join(anonymous(3, 1)); // a reload
    assert_eq!(stage.viewers(), 2);
    stage.join(anonymous(4, 1)); // another one
    assert_eq!(stage.viewers(), 3);
    stage.leave(anonymous(2, 2));
    stage.join(Viewer { address: address(2), ..member(5, 7) }); // a first like
    assert_eq!(stage.viewers(), 3);
    stage.wait(10_000);
    assert_eq!(stage.viewers(), 3);
    // Of two who leave, one who comes is the last; the other goes in its own time.
    stage.leave(anonymous(3, 1));
    stage.wait(2000);
    stage.leave(anonymous(4, 1));
    stage.wait(2000);
    stage.join(anonymous(6, 1));
    stage.wait(1000);
    assert_eq!(stage.viewers(), 2);
}

#[test]
fn faces_are_the_first_eight_members_who_allow_it_and_guests_are_never_named() {
    let mut stage = Stage::new();
    let guest = Viewer { who: Who::User { id: UserId(50), member: false }, ..member(50, 50) };
    stage.join(guest);
    assert_eq!(stage.room.find_nameless(UserId(50)), None, "nobody looks a guest up");
    for id in 1..=10 {
        stage.join_named(id, id);
    }
    assert_eq!((stage.viewers(), stage.faces()), (11, (1..=8).collect()));
    stage.room.rename(&user(2), OFF, stage.now);
    assert_eq!((stage.viewers(), stage.faces()), (11, vec![1, 3, 4, 5, 6, 7, 8, 9]));
    stage.room.rename(&user(2), ON, stage.now);
    assert_eq!(stage.faces(), (1..=8).collect::<Vec<_>>(), "in the order of coming");
    // The guest signs up, and its page comes back.
    stage.leave(guest);
    stage.join_named(51, 50);
    stage.room.rename(&user(1), OFF, stage.now);
    assert_eq!((stage.viewers(), stage.faces()), (11, vec![50, 2, 3, 4, 5, 6, 7, 8]));
}

#[test]
fn what_an_event_says_is_newer_than_what_was_looked_up_before() {
    let mut stage = Stage::new();
    stage.join(member(1, 7));
    let arrival = stage.room.find_nameless(UserId(7)).unwrap();
    stage.room.rename(&user(7), OFF, stage.now);
    stage.room.name(UserId(7), arrival, Some(&(user(7), ON)), stage.now);
    assert_eq!(stage.faces(), Vec::<u64>::new());
    // A look-up that has outlived its viewer says nothing of the one who came later.
    stage.leave(member(1, 7));
    stage.wait(5000);
    stage.join(member(2, 7));
    stage.room.name(UserId(7), arrival, Some(&(user(7), ON)), stage.now);
    assert_eq!(stage.faces(), Vec::<u64>::new());
    assert!(stage.room.find_nameless(UserId(7)).is_some_and(|later| later > arrival));
}

#[test]
fn a_frame_a_second_and_the_first_after_quiet_at_once() {
    let mut stage = Stage::new();
    stage.join(anonymous(1, 1));
    assert_eq!(stage.news().unwrap().viewers, 1);
    stage.wait(300);
    stage.join(anonymous(2, 2));
    stage.join(anonymous(3, 3));
    assert_eq!(stage.news(), None);
    assert_eq!(stage.room.wakes_at(&TIMES), Some(stage.now + Duration::from_millis(700)));
    stage.wait(700);
    assert_eq!(stage.news().unwrap().viewers, 3);
    assert_eq!((stage.news(), stage.room.wakes_at(&TIMES)), (None, None));
    // A member's name gets a moment, and then it is told without.
    stage.wait(5000);
    stage.join(member(4, 4));
    assert_eq!(stage.news(), None);
    stage.wait(100);
    assert_eq!(stage.news().unwrap().viewers, 4);
}

#[test]
fn the_only_one_who_looks_is_answered_once() {
    let mut stage = Stage::new();
    stage.join_named(1, 7);
    let look = stage.room.look();
    stage.room.answered(member(1, 7), &look);
    assert_eq!(stage.news(), None);
    // An answer to one who has closed meanwhile says nothing to the one who is there.
    stage.wait(1000);
    stage.join_named(2, 8);
    stage.leave(member(2, 8));
    let look = stage.room.look();
    stage.room.answered(member(2, 8), &look);
    assert_eq!(stage.news().unwrap().viewers, 2);
}

#[test]
fn who_was_answered_in_between_hears_that_it_is_as_before_again() {
    let mut stage = Stage::new();
    stage.join_named(1, 1);
    stage.join_named(2, 2);
    stage.type_at(1, 1);
    assert_eq!(stage.news().unwrap().typing.len(), 1);
    stage.room.end_comment(UserId(1), stage.now);
    let look = stage.room.look();
    assert_eq!(look.typing.len(), 0);
    stage.room.answered(member(2, 2), &look);
    stage.type_at(1, 1);
    stage.wait(1000);
    assert_eq!(stage.news().unwrap().typing.len(), 1, "the second has heard that nobody writes");
}

#[test]
fn of_many_only_the_number_is_told_and_names_come_back_with_fewer() {
    let mut stage = Stage::new();
    for id in 1..=250 {
        stage.join_named(id, id);
    }
    let look = stage.room.look();
    assert_eq!((look.viewers, look.faces.len()), (250, 0));
    stage.type_at(3, 3);
    assert!(stage.typing().is_empty() && stage.room.take_nameless().is_empty());
    for id in 1..=245 {
        stage.leave(member(id, id));
    }
    stage.wait(5000);
    let nameless = stage.room.take_nameless();
    assert_eq!(nameless.len(), 5, "they were not looked up");
    for (id, arrival) in nameless {
        stage.room.name(id, arrival, Some(&(user(id.0), ON)), stage.now);
    }
    assert_eq!((stage.viewers(), stage.faces()), (5, (246..=250).collect()));
    assert!(stage.room.take_nameless().is_empty());
}

#[test]
fn a_crowd_is_told_every_five_seconds() {
    let mut stage = Stage::new();
    for connection in 1..=1001 {
        stage.join(anonymous(connection, 1));
    }
    assert_eq!(stage.news().unwrap().viewers, 1001);
    stage.join(anonymous(2000, 1));
    stage.wait(4999);
    assert_eq!(stage.news(), None);
    stage.wait(1);
    assert_eq!(stage.news().unwrap().viewers, 1002);
}

#[test]
fn typing_lasts_as_long_as_it_is_heard_of() {
    let mut stage = Stage::new();
    for id in 1..=12 {
        stage.join_named(id, id);
    }
    stage.type_at(1, 1);
    stage.wait(3000);
    stage.type_at(1, 1);
    stage.type_at(99, 2); // from a connection that does not look
    stage.wait(4000);
    assert_eq!(stage.typing(), [1]);
    stage.wait(1000);
    assert_eq!(stage.typing(), Vec::<u64>::new());
    // At most eight; a comment that is there, a setting, a page that is closed end it.
    for id in 1..=12 {
        stage.type_at(id, id);
    }
    assert_eq!(stage.typing(), (1..=8).collect::<Vec<_>>());
    stage.room.stop_typing(UserId(1), stage.now);
    stage.room.rename(&user(2), OFF, stage.now);
    stage.type_at(2, 2);
    stage.leave(member(3, 3));
    assert_eq!(stage.typing(), (4..=8).collect::<Vec<_>>());
    stage.type_at(12, 12);
    assert_eq!(stage.typing(), [4, 5, 6, 7, 8, 12]);
    // What is typed behind a comment is the next one; a comment that does not come is not waited for.
    let until = stage.now + TIMES.typing;
    stage.room.send_comment(UserId(4), stage.now, until);
    assert_eq!(stage.typing(), [5, 6, 7, 8, 12]);
    stage.type_at(4, 4);
    stage.room.end_comment(UserId(4), stage.now);
    assert_eq!(stage.typing(), [5, 6, 7, 8, 12, 4]);
    stage.room.end_comment(UserId(4), stage.now);
    assert_eq!(stage.typing(), [5, 6, 7, 8, 12]);
    stage.room.send_comment(UserId(5), stage.now, until);
    stage.wait(5000);
    stage.type_at(5, 5);
    stage.room.end_comment(UserId(5), stage.now);
    assert_eq!(stage.typing(), Vec::<u64>::new());
}

#[test]
fn a_refused_connection_leaves_nothing_behind() {
    let presence = Presence::new(TIMES);
    let (here, gone) = (PostId(1), PostId(777));
    for viewer in [member(1, 7), anonymous(2, 2)] {
        presence.join(&[here, gone], viewer);
        presence.forget(&[gone], viewer);
    }
    assert_eq!(presence.len(), 1);
    presence.forget(&[here], member(1, 7));
    assert_eq!(presence.look(here, anonymous(2, 2)).0.viewers, 1);
    presence.remove(here);
    presence.leave(&[here], anonymous(2, 2));
    let state = presence.state.lock();
    assert!(state.rooms.is_empty() && state.deadlines.is_empty());
}

#[test]
fn what_is_told_is_newer_than_every_answer_before_it() {
    let presence = Presence::new(PresenceTimes { every: Duration::ZERO, ..TIMES });
    let mut last = 0;
    for connection in 1..=50 {
        presence.join(&[PostId(1)], anonymous(connection, 1));
        let (_, answered) = presence.look(PostId(1), anonymous(connection, 1));
        if connection == 1 {
            continue; // the only one is answered, not told
        }
        let (_, look, told) = presence.next_round().unwrap().looks.pop().unwrap();
        assert!(told > answered && answered >= last, "{told} after {answered}");
        assert_eq!(look.viewers, connection);
        last = told;
    }
    presence.end();
    assert!(presence.next_round().is_none());
}

#[test]
fn a_viewer_costs_tens_of_bytes() {
    let size = super::room::sizes();
    assert!(size.0 <= 8 && size.1 <= 56 && size.2 <= 350, "{size:?}");
}
