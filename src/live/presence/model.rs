//! Rooms against a list that is counted anew each time: whatever comes, goes and changes, both say the same.

use std::time::Instant;

use proptest::prelude::*;

use super::Viewer;
use super::room::NAMED;
use super::tests::{OFF, ON, Stage, TIMES, anonymous, member, user};
use crate::domain::UserId;

#[derive(Debug, Clone)]
enum Step {
    Join(u64),
    Leave(u64),
    Forget(u64),
    Wait(u64),
    Set(u64, bool),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..30_u64).prop_map(Step::Join),
        4 => (0..30_u64).prop_map(Step::Leave),
        1 => (0..30_u64).prop_map(Step::Forget),
        2 => (0..3000_u64).prop_map(Step::Wait),
        1 => (0..5_u64, any::<bool>()).prop_map(|(user, on)| Step::Set(user, on)),
    ]
}

/// Connections 0 to 14 are of five users, the rest of nobody, at three addresses.
fn viewer(connection: u64) -> Viewer {
    let last = u8::try_from(connection % 3).unwrap();
    if connection < 15 { member(connection, connection % 5) } else { anonymous(connection, last) }
}

/// What a room is, as a list: who is here, and who counts until when.
#[derive(Default)]
struct Model {
    here: Vec<u64>,
    leaving: Vec<(Instant, u64)>,
    order: Vec<u64>,
    off: Vec<u64>,
}

impl Model {
    fn users(&self) -> Vec<u64> {
        let connections = self.here.iter().chain(self.leaving.iter().map(|(_, left)| left));
        let mut users: Vec<u64> = connections.filter(|c| **c < 15).map(|c| c % 5).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    fn step(&mut self, step: &Step, now: Instant) {
        match step {
            Step::Join(connection) if !self.here.contains(connection) => {
                let same = |left: u64| left >= 15 && viewer(left).address == viewer(*connection).address;
                let new = *connection >= 15 || !self.users().contains(&(connection % 5));
                if new && let Some(at) = self.leaving.iter().rposition(|(_, left)| same(*left)) {
                    self.leaving.remove(at);
                }
                self.here.push(*connection);
                if *connection < 15 {
                    self.leaving.retain(|(_, left)| *left >= 15 || left % 5 != connection % 5);
                }
            }
            Step::Leave(connection) if self.here.contains(connection) => {
                self.here.retain(|here| here != connection);
                let others = self.here.iter().any(|here| *here < 15 && here % 5 == connection % 5);
                if *connection >= 15 || !others {
                    self.leaving.push((now + TIMES.grace, *connection));
                }
            }
            Step::Forget(connection) => self.here.retain(|here| here != connection),
            Step::Set(user, true) => self.off.retain(|off| off != user),
            Step::Set(user, false) => self.off.push(*user),
            Step::Wait(_) => self.leaving.retain(|(until, _)| *until > now),
            _ => {}
        }
        let users = self.users();
        self.order.retain(|user| users.contains(user));
        let new: Vec<u64> = users.into_iter().filter(|user| !self.order.contains(user)).collect();
        self.order.extend(new);
    }

    fn viewers(&self) -> usize {
        let nobodies = self.here.iter().chain(self.leaving.iter().map(|(_, left)| left));
        self.users().len() + nobodies.filter(|c| **c >= 15).count()
    }

    fn faces(&self) -> Vec<u64> {
        self.order.iter().copied().filter(|user| !self.off.contains(user)).collect()
    }
}

proptest! {
    #[test]
    fn a_room_is_what_a_list_would_say(steps in prop::collection::vec(any_step(), 1..120)) {
        let mut stage = Stage::new();
        let mut model = Model::default();
        for step in &steps {
            match step {
                Step::Join(connection) => {
                    stage.join(viewer(*connection));
                    if *connection < 15 {
                        let id = connection % 5;
                        let settings = if model.off.contains(&id) { OFF } else { ON };
                        if let Some(arrival) = stage.room.find_nameless(UserId(id)) {
                            stage.room.name(UserId(id), arrival, Some(&(user(id), settings)), stage.now);
                        }
                    }
                }
                Step::Leave(connection) => stage.leave(viewer(*connection)),
                Step::Forget(connection) => stage.room.forget(viewer(*connection), stage.now),
                Step::Wait(milliseconds) => stage.wait(*milliseconds),
                Step::Set(id, on) => {
                    if stage.room.has_user(UserId(*id)) {
                        stage.room.rename(&user(*id), if *on { ON } else { OFF }, stage.now);
                    }
                }
            }
            model.step(step, stage.now);
            prop_assert_eq!(stage.viewers(), model.viewers() as u64, "{:?}", step);
            prop_assert_eq!(stage.faces(), model.faces(), "{:?}", step);
            prop_assert_eq!(stage.room.is_empty(), model.viewers() == 0);
            prop_assert!(model.viewers() <= NAMED);
        }
    }
}
