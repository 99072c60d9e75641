//! Which agents are at which case right now, and what they write there. It is soft state. Whoever subscribes takes a seat,
//! on the shard's thread, so that it is certain that the seat goes with the connection; it is shown once the right to it
//! has been looked at.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use plaudit_protocol::Mode;

use super::presence::Viewer;
use crate::domain::{ConversationId, UserId};

/// See the module.
#[derive(Debug)]
pub(super) struct Agents {
    holds: Duration,
    cases: Mutex<HashMap<ConversationId, Vec<Seat>>>,
}

/// A connection at a case.
#[derive(Debug)]
struct Seat {
    connection: u64,
    user: UserId,
    /// Its right to be here has been looked at.
    admitted: bool,
    writes: Option<(Mode, Instant)>,
}

/// Who is at a case, in the order of coming.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Present {
    pub(super) viewers: Vec<UserId>,
    pub(super) typing: Vec<(UserId, Mode)>,
}

impl Agents {
    /// What one writes holds for so long.
    pub(super) fn new(holds: Duration) -> Self {
        Self { holds, cases: Mutex::default() }
    }

    /// A connection comes; again is no more than once.
    pub(super) fn join(&self, case: ConversationId, viewer: Viewer) {
        let Some(user) = viewer.user() else { return };
        let mut cases = self.cases.lock();
        let seats = cases.entry(case).or_default();
        if seats.iter().all(|seat| seat.connection != viewer.connection) {
            seats.push(Seat { connection: viewer.connection, user, admitted: false, writes: None });
        }
    }

    /// It may be here.
    pub(super) fn admit(&self, case: ConversationId, connection: u64) {
        let mut cases = self.cases.lock();
        let seats = cases.get_mut(&case).into_iter().flatten();
        seats.filter(|seat| seat.connection == connection).for_each(|seat| seat.admitted = true);
    }

    /// It goes. True if somebody may have seen it.
    pub(super) fn leave(&self, case: ConversationId, connection: u64) -> bool {
        self.remove(case, |seat| seat.connection == connection)
    }

    /// A user answers no more for the inbox that these cases are of.
    pub(super) fn evict(&self, user: UserId, cases: &[ConversationId]) {
        for case in cases {
            self.remove(*case, |seat| seat.user == user);
        }
    }

    fn remove(&self, case: ConversationId, goes: impl Fn(&Seat) -> bool) -> bool {
        let mut cases = self.cases.lock();
        let Some(seats) = cases.get_mut(&case) else { return false };
        let mut seen = false;
        seats.retain(|seat| {
            seen |= goes(seat) && seat.admitted;
            !goes(seat)
        });
        if seats.is_empty() {
            cases.remove(&case);
        }
        seen
    }

    /// The user of a connection at a case writes. False: it is not there.
    pub(super) fn type_at(&self, case: ConversationId, connection: u64, mode: Mode) -> bool {
        let until = Instant::now() + self.holds;
        let mut cases = self.cases.lock();
        let mut seats = cases.get_mut(&case).into_iter().flatten();
        let seat = seats.find(|seat| seat.connection == connection && seat.admitted);
        seat.map(|seat| seat.writes = Some((mode, until))).is_some()
    }

    /// What a user wrote is there: what it types from now on is another.
    pub(super) fn end(&self, case: ConversationId, user: UserId, mode: Mode) {
        let mut cases = self.cases.lock();
        let seats = cases.get_mut(&case).into_iter().flatten();
        let written =
            |seat: &&mut Seat| seat.user == user && seat.writes.is_some_and(|(what, _)| what == mode);
        seats.filter(written).for_each(|seat| seat.writes = None);
    }

    /// Who is at a case now. A user is there once, with however many connections.
    pub(super) fn now(&self, case: ConversationId) -> Present {
        let now = Instant::now();
        let mut present = Present::default();
        for Seat { user, writes, .. } in
            self.cases.lock().get(&case).into_iter().flatten().filter(|seat| seat.admitted)
        {
            if !present.viewers.contains(user) {
                present.viewers.push(*user);
            }
            if let Some((mode, until)) = writes
                && *until > now
                && !present.typing.contains(&(*user, *mode))
            {
                present.typing.push((*user, *mode));
            }
        }
        present
    }

    /// Those who write an answer now.
    pub(super) fn answering(&self, case: ConversationId) -> impl Iterator<Item = UserId> {
        let typing = self.now(case).typing.into_iter();
        typing.filter(|(_, mode)| *mode == Mode::Reply).map(|(user, _)| user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Address;
    use crate::live::presence::Who;

    fn viewer(connection: u64, user: u64) -> Viewer {
        let who = Who::User { id: UserId(user), member: true };
        Viewer { connection, address: Address::of([127, 0, 0, 1].into()), who }
    }

    #[test]
    fn an_agent_is_seen_once_let_in_until_its_last_connection_goes() {
        let (agents, case) = (Agents::new(Duration::from_mins(1)), ConversationId(9));
        let viewers = || agents.now(case).viewers;
        agents.join(case, viewer(1, 7));
        assert!(viewers().is_empty() && !agents.type_at(case, 1, Mode::Reply));
        agents.admit(case, 1);
        for connection in [2, 2, 3] {
            agents.join(case, viewer(connection, 7 + connection / 3));
            agents.admit(case, connection);
        }
        assert_eq!(viewers(), [UserId(7), UserId(8)]);
        assert!(agents.leave(case, 1) && !agents.leave(case, 1));
        assert_eq!(viewers(), [UserId(7), UserId(8)]);
        agents.evict(UserId(7), &[case]);
        assert_eq!(viewers(), [UserId(8)]);
        // Whoever was sent away is not let in by a read that began before.
        agents.admit(case, 2);
        assert_eq!(viewers(), [UserId(8)]);
        agents.leave(case, 3);
        assert!(agents.cases.lock().is_empty());
    }

    #[test]
    fn typing_ends_with_what_was_written_with_the_connection_and_by_itself() {
        let (agents, case) = (Agents::new(Duration::from_mins(1)), ConversationId(9));
        for connection in [1, 2] {
            agents.join(case, viewer(connection, connection));
            agents.admit(case, connection);
        }
        assert!(agents.type_at(case, 1, Mode::Note) && agents.type_at(case, 2, Mode::Reply));
        assert_eq!(agents.now(case).typing, [(UserId(1), Mode::Note), (UserId(2), Mode::Reply)]);
        assert_eq!(agents.answering(case).collect::<Vec<_>>(), [UserId(2)]);
        agents.end(case, UserId(1), Mode::Reply);
        assert_eq!(agents.now(case).typing.len(), 2, "a note goes on when an answer is there");
        agents.end(case, UserId(1), Mode::Note);
        assert_eq!(agents.now(case).typing, [(UserId(2), Mode::Reply)]);
        agents.leave(case, 2);
        assert!(agents.now(case).typing.is_empty());

        let quick = Agents::new(Duration::ZERO);
        quick.join(case, viewer(1, 1));
        quick.admit(case, 1);
        assert!(quick.type_at(case, 1, Mode::Reply) && quick.now(case).typing.is_empty());
    }
}
