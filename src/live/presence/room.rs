//! Who looks at one post. Everything here is O(log n) of those who look or of those who are just leaving; what is told
//! of it is made from the first few faces, never from all viewers.
//!
//! How much it holds: 9 bytes a connection and 57 more a user, up to twice as much right after a hash table has grown;
//! 24 more for a member who may be named; about 100 for each of those who left in the last seconds; 350 for the post
//! itself. What people are called is known of at most 200, and of those who changed it while they looked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::leaving::{Leaver, Leaving};
use super::seat::{Face, Seat};
use super::telling::Telling;
use super::typing::Typing;
use super::{Look, PresenceTimes, Viewer, Who};
use crate::domain::{Settings, User, UserId};

/// So many faces are shown.
const FACES: usize = 8;
/// Above so many viewers only their number is told: nobody looks for a face in a crowd.
pub(super) const NAMED: usize = 200;
/// Above so many it is told less often: each frame goes to each of them.
const CROWD: usize = 1000;
/// Who has just come waits so long for its name to be looked up, so that others learn both at once.
const LOOKUP: Duration = Duration::from_millis(100);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Room {
    connections: HashSet<u64>,
    users: HashMap<UserId, Seat>,
    /// Connections without a session, those that are leaving included.
    anonymous: usize,
    leaving: Leaving,
    /// Members who may be named, by arrival.
    faces: BTreeMap<u64, UserId>,
    typing: Typing,
    /// Somebody's name was not looked up, because there were too many.
    nameless: bool,
    telling: Telling,
    /// Its place in the queue of deadlines.
    pub(super) wakes: Option<Instant>,
}

impl Room {
    /// A connection looks from now on. `number` grows with each call.
    pub(super) fn join(&mut self, viewer: Viewer, now: Instant, number: u64) {
        if !self.connections.insert(viewer.connection) {
            return;
        }
        let Who::User { id, member } = viewer.who else {
            self.replace(viewer);
            self.anonymous += 1;
            return self.telling.ask(now);
        };
        if !self.users.contains_key(&id) {
            self.replace(viewer);
        }
        let seat = Seat { arrival: number, face: Face::Guest, leaves: None, connections: 0 };
        let seat = self.users.entry(id).or_insert(seat);
        seat.connections += 1;
        if let Some(at) = seat.leaves.take() {
            self.leaving.take_back((at, seat.arrival));
        }
        if member && matches!(seat.face, Face::Guest) {
            seat.face = Face::Unknown;
        }
        let unknown = matches!(seat.face, Face::Unknown);
        self.nameless |= unknown && self.are_many();
        self.telling.ask(if unknown { now + LOOKUP } else { now });
    }

    /// Whoever comes from where somebody without a session has just left takes that one's place: it is a page that was
    /// loaded again, or a first like, which makes a session.
    fn replace(&mut self, viewer: Viewer) {
        if self.leaving.replace(viewer.address) {
            self.anonymous -= 1;
        }
    }

    /// A connection looks no more; it counts until then.
    pub(super) fn leave(&mut self, viewer: Viewer, now: Instant, until: Instant, number: u64) {
        if !self.connections.remove(&viewer.connection) {
            return;
        }
        let Who::User { id, .. } = viewer.who else {
            return self.leaving.add((until, number), Leaver::Anonymous(viewer.address));
        };
        let Some(seat) = self.users.get_mut(&id) else { return };
        seat.connections -= 1;
        if seat.connections == 0 {
            seat.leaves = Some(until);
            self.leaving.add((until, seat.arrival), Leaver::User(id));
            self.stop_typing(id, now);
        }
    }

    /// A connection was let in by mistake: it has never been here.
    pub(super) fn forget(&mut self, viewer: Viewer, now: Instant) {
        if !self.connections.remove(&viewer.connection) {
            return;
        }
        match viewer.who {
            Who::Anonymous => self.anonymous -= 1,
            Who::User { id, .. } => {
                let Some(seat) = self.users.get_mut(&id) else { return };
                seat.connections -= 1;
                if seat.connections == 0 {
                    self.remove_user(id);
                }
            }
        }
        self.telling.ask(now);
    }

    /// A connection's user writes a comment.
    pub(super) fn type_until(&mut self, connection: u64, user: UserId, now: Instant, until: Instant) {
        let nameable = |seat: &Seat| matches!(seat.face, Face::Unknown | Face::Shown(_));
        if !self.are_many()
            && self.connections.contains(&connection)
            && self.users.get(&user).is_some_and(nameable)
            && self.typing.begin(user, until)
        {
            self.telling.ask(now);
        }
    }

    /// A user writes no more.
    pub(super) fn stop_typing(&mut self, user: UserId, now: Instant) {
        if self.typing.end(user) {
            self.telling.ask(now);
        }
    }

    /// A user's comment is on its way. Nobody waits for it longer than `until`.
    pub(super) fn send_comment(&mut self, user: UserId, now: Instant, until: Instant) {
        if self.typing.send(user, until) {
            self.telling.ask(now);
        }
    }

    /// The comment will not come.
    pub(super) fn take_comment_back(&mut self, user: UserId) {
        self.typing.take_sent(user);
    }

    /// A user's comment stands there. Whoever types since it was sent writes another one.
    pub(super) fn end_comment(&mut self, user: UserId, now: Instant) {
        if !self.typing.take_sent(user) {
            self.stop_typing(user, now);
        }
    }

    /// The arrival of a user whose name has to be looked up; none where it is known or would not be told.
    pub(super) fn find_nameless(&self, user: UserId) -> Option<u64> {
        let seat = self.users.get(&user).filter(|_| !self.are_many())?;
        matches!(seat.face, Face::Unknown).then_some(seat.arrival)
    }

    /// Those who came when there were too many, now that there are not.
    pub(super) fn take_nameless(&mut self) -> Vec<(UserId, u64)> {
        if !self.nameless || self.are_many() {
            return Vec::new();
        }
        self.nameless = false;
        let unknown = self.users.iter().filter(|(_, seat)| matches!(seat.face, Face::Unknown));
        unknown.map(|(id, seat)| (*id, seat.arrival)).collect()
    }

    /// What was looked up for a user who came with this number. What an event has said since is newer.
    pub(super) fn name(
        &mut self,
        id: UserId,
        arrival: u64,
        person: Option<&(Arc<User>, Settings)>,
        now: Instant,
    ) {
        let Some(seat) = self.users.get(&id) else { return };
        if seat.arrival == arrival && matches!(seat.face, Face::Unknown) {
            let face = person.map_or(Face::Hidden, |(user, settings)| Face::of(user, *settings));
            self.set_face(id, face, now);
        }
    }

    /// Whether a user looks.
    pub(super) fn has_user(&self, id: UserId) -> bool {
        self.users.contains_key(&id)
    }

    /// A user is called something else, or has other settings.
    pub(super) fn rename(&mut self, user: &Arc<User>, settings: Settings, now: Instant) {
        self.set_face(user.id, Face::of(user, settings), now);
    }

    fn set_face(&mut self, id: UserId, face: Face, now: Instant) {
        let Some(seat) = self.users.get_mut(&id) else { return };
        if let Face::Shown(_) = face {
            self.faces.insert(seat.arrival, id);
        } else {
            self.faces.remove(&seat.arrival);
            self.typing.end(id);
        }
        seat.face = face;
        self.telling.ask(now);
    }

    /// Lets go of those whose time is over.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some(leaver) = self.leaving.expire(now) {
            match leaver {
                Leaver::User(id) => self.remove_user(id),
                Leaver::Anonymous(_) => self.anonymous -= 1,
            }
            self.telling.ask(now);
        }
        if self.typing.expire(now) {
            self.telling.ask(now);
        }
    }

    /// What is to be told now, if it is time and news.
    pub(super) fn news(&mut self, now: Instant, times: &PresenceTimes) -> Option<&Look> {
        if self.tells_at(times)? > now {
            return None;
        }
        let look = self.look();
        self.telling.tell(look, now)
    }

    /// How it looks now.
    pub(super) fn look(&self) -> Look {
        let viewers = self.viewers() as u64;
        if self.are_many() {
            return Look { viewers, ..Look::default() };
        }
        let shown = |id: UserId| match &self.users.get(&id)?.face {
            Face::Shown(user) => Some(user.clone()),
            _ => None,
        };
        let faces = self.faces.values().copied().take(FACES).filter_map(shown).collect();
        Look { viewers, faces, typing: self.typing.users().filter_map(shown).collect() }
    }

    /// A connection that has come is told this. Where it is the only one, nobody needs to hear it again.
    pub(super) fn answered(&mut self, viewer: Viewer, look: &Look) {
        if self.connections.len() == 1 && self.connections.contains(&viewer.connection) {
            self.telling.know(look);
        } else {
            self.telling.differ(look);
        }
    }

    /// Whether nobody is here and nobody has just left.
    pub(super) fn is_empty(&self) -> bool {
        self.viewers() == 0
    }

    /// When it has to be looked at again by itself.
    pub(super) fn wakes_at(&self, times: &PresenceTimes) -> Option<Instant> {
        [self.leaving.next(), self.typing.next(), self.tells_at(times)].into_iter().flatten().min()
    }

    fn tells_at(&self, times: &PresenceTimes) -> Option<Instant> {
        self.telling.at(if self.viewers() > CROWD { times.every_crowded } else { times.every })
    }

    fn viewers(&self) -> usize {
        self.users.len() + self.anonymous
    }

    fn are_many(&self) -> bool {
        self.viewers() > NAMED
    }

    fn remove_user(&mut self, id: UserId) {
        if let Some(seat) = self.users.remove(&id) {
            self.faces.remove(&seat.arrival);
        }
        self.typing.end(id);
    }
}

/// Of a connection, a user and a post.
#[cfg(test)]
pub(super) fn sizes() -> (usize, usize, usize) {
    (size_of::<u64>(), size_of::<(UserId, Seat)>(), size_of::<(crate::domain::PostId, Room)>())
}
