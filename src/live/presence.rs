//! Presence: who looks at which post, and who writes there. Soft: it lives in this node's memory, and is right again
//! within seconds after a restart, when everybody has come back.
//!
//! The shards' threads say who comes and goes, in the order in which it happens; events say what people are called and
//! what they allow; one thread of the relay's asks what is to be told. A lock is held for a moment each, and nothing is
//! encoded, read or sent under it.

mod leaving;
#[cfg(test)]
mod model;
mod room;
mod seat;
mod telling;
#[cfg(test)]
mod tests;
mod typing;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use self::room::Room;
use crate::domain::{Address, PostId, Settings, User, UserId};

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub struct PresenceTimes {
    /// Whoever leaves counts for so long (5 s): a page that is loaded again must not flicker on all others.
    pub grace: Duration,
    /// A post's presence is told at most so often (1 s),
    pub every: Duration,
    /// and where more than a thousand look, so often (5 s).
    pub every_crowded: Duration,
    /// Who typed counts as typing for so long (5 s).
    pub typing: Duration,
}

impl Default for PresenceTimes {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self { grace: 5 * second, every: second, every_crowded: 5 * second, typing: 5 * second }
    }
}

/// A connection that looks at posts.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    /// The connection's number.
    pub connection: u64,
    /// Where its other end is,
    pub address: Address,
    /// and who.
    pub who: Who,
}

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// Somebody without a session.
    Anonymous,
    /// A user: one person, with however many connections.
    User {
        /// Which.
        id: UserId,
        /// Whether it is a member; guests are never named.
        member: bool,
    },
}

impl Viewer {
    /// The user, guest or member.
    pub fn user(&self) -> Option<UserId> {
        if let Who::User { id, .. } = self.who { Some(id) } else { None }
    }
}

/// How a post's presence looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) viewers: u64,
    pub(super) faces: Vec<Arc<User>>,
    pub(super) typing: Vec<Arc<User>>,
}

/// Users whose names have to be looked up: at which post, and with which number each came there.
pub(super) type Nameless = Vec<(PostId, UserId, u64)>;

/// What is due.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// How posts look now, with a version that grows over all posts and snapshots.
    pub(super) looks: Vec<(PostId, Look, u64)>,
    pub(super) nameless: Nameless,
}

/// How many posts are looked at in one round, so that those who come and go need not wait for all.
const ROUND: usize = 256;

/// See the module.
#[derive(Debug)]
pub(super) struct Presence {
    times: PresenceTimes,
    state: Mutex<State>,
    /// Something is due earlier than was thought.
    earlier: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rooms: HashMap<PostId, Room>,
    /// When each room has to be looked at next.
    deadlines: BTreeSet<(Instant, PostId)>,
    /// Numbers arrivals and versions.
    number: u64,
    ended: bool,
}

impl Presence {
    pub(super) fn new(times: PresenceTimes) -> Self {
        Self { times, state: Mutex::default(), earlier: Condvar::new() }
    }

    /// A connection looks at these posts from now on; again is no more than once.
    pub(super) fn join(&self, posts: &[PostId], viewer: Viewer) {
        let (mut state, now) = self.lock();
        for post in posts {
            let number = state.next_number();
            state.rooms.entry(*post).or_default().join(viewer, now, number);
            self.reschedule(&mut state, *post);
        }
    }

    /// A connection looks at these posts no more.
    pub(super) fn leave(&self, posts: &[PostId], viewer: Viewer) {
        let grace = self.times.grace;
        self.change(posts, |room, now, number| room.leave(viewer, now, now + grace, number));
    }

    /// These posts are not there: the connection has never looked at them.
    pub(super) fn forget(&self, posts: &[PostId], viewer: Viewer) {
        self.change(posts, |room, now, _| room.forget(viewer, now));
    }

    /// A member writes a comment. It counts only while its connection looks at the post.
    pub(super) fn type_at(&self, post: PostId, connection: u64, user: UserId) {
        let typing = self.times.typing;
        self.change(&[post], |room, now, _| room.type_until(connection, user, now, now + typing));
    }

    /// A user's comment is on its way over a socket: it is no more being written.
    pub(super) fn send_comment(&self, post: PostId, user: UserId) {
        let typing = self.times.typing;
        self.change(&[post], |room, now, _| room.send_comment(user, now, now + typing));
    }

    /// The comment will not come.
    pub(super) fn take_comment_back(&self, post: PostId, user: UserId) {
        self.change(&[post], |room, _, _| room.take_comment_back(user));
    }

    /// A user's comment stands there: it is no more being written.
    pub(super) fn end_comment(&self, post: PostId, user: UserId) {
        self.change(&[post], |room, now, _| room.end_comment(user, now));
    }

    /// A post was removed: nobody looks at it.
    pub(super) fn remove(&self, post: PostId) {
        let mut state = self.state.lock();
        if let Some(wakes) = state.rooms.remove(&post).and_then(|room| room.wakes) {
            state.deadlines.remove(&(wakes, post));
        }
    }

    /// A user is called something else, or has other settings. Looks at every post that anybody looks at, which
    /// happens rarely: a table of each user's posts would cost every viewer more.
    pub(super) fn rename(&self, user: &Arc<User>, settings: Settings) {
        let (mut state, now) = self.lock();
        let State { rooms, .. } = &mut *state;
        let renamed = rooms.iter_mut().filter(|(_, room)| room.has_user(user.id));
        let renamed: Vec<PostId> = renamed
            .map(|(post, room)| {
                room.rename(user, settings, now);
                *post
            })
            .collect();
        for post in renamed {
            self.reschedule(&mut state, post);
        }
    }

    /// Where among these posts a user's name has to be looked up.
    pub(super) fn find_nameless(&self, posts: &[PostId], user: UserId) -> Nameless {
        let state = self.state.lock();
        let arrival = |post: &PostId| state.rooms.get(post)?.find_nameless(user);
        posts.iter().filter_map(|post| Some((*post, user, arrival(post)?))).collect()
    }

    /// What was looked up for some who are of one user.
    pub(super) fn name(&self, nameless: &[(PostId, UserId, u64)], person: Option<(User, Settings)>) {
        let person = person.map(|(user, settings)| (Arc::new(user), settings));
        for (post, user, arrival) in nameless {
            self.change(&[*post], |room, now, _| room.name(*user, *arrival, person.as_ref(), now));
        }
    }

    /// How a post looks to one who has just come, and the version up to which this is true: what is told later has a
    /// higher one.
    pub(super) fn look(&self, post: PostId, viewer: Viewer) -> (Look, u64) {
        let mut state = self.state.lock();
        let number = state.number;
        let Some(room) = state.rooms.get_mut(&post) else { return (Look::default(), number) };
        let look = room.look();
        room.answered(viewer, &look);
        (look, number)
    }

    /// Waits until something is due; none when it has ended.
    pub(super) fn next_round(&self) -> Option<Round> {
        let mut state = self.state.lock();
        loop {
            if state.ended {
                return None;
            }
            let now = Instant::now();
            match state.deadlines.first().map(|(at, _)| *at) {
                None => self.earlier.wait(&mut state),
                Some(at) if at > now => drop(self.earlier.wait_until(&mut state, at)),
                Some(_) => {
                    let round = self.take_round(&mut state, now);
                    if !round.looks.is_empty() || !round.nameless.is_empty() {
                        return Some(round);
                    }
                }
            }
        }
    }

    /// No more rounds: the server stops.
    pub(super) fn end(&self) {
        self.state.lock().ended = true;
        self.earlier.notify_all();
    }

    /// How many posts somebody looks at, or has just looked at.
    pub(super) fn len(&self) -> usize {
        self.state.lock().rooms.len()
    }

    fn take_round(&self, state: &mut State, now: Instant) -> Round {
        let mut round = Round::default();
        for _ in 0..ROUND {
            let Some(&(at, post)) = state.deadlines.first() else { break };
            if at > now {
                break;
            }
            let version = state.next_number();
            if let Some(room) = state.rooms.get_mut(&post) {
                room.expire(now);
                if let Some(look) = room.news(now, &self.times) {
                    round.looks.push((post, look.clone(), version));
                }
                let nameless = room.take_nameless().into_iter();
                round.nameless.extend(nameless.map(|(user, arrival)| (post, user, arrival)));
            }
            self.reschedule(state, post);
        }
        round
    }

    fn lock(&self) -> (MutexGuard<'_, State>, Instant) {
        (self.state.lock(), Instant::now())
    }

    fn change(&self, posts: &[PostId], mut change: impl FnMut(&mut Room, Instant, u64)) {
        let (mut state, now) = self.lock();
        for post in posts {
            let number = state.next_number();
            if let Some(room) = state.rooms.get_mut(post) {
                change(room, now, number);
                self.reschedule(&mut state, *post);
            }
        }
    }

    /// Gives a room that was changed its turn in the queue, or lets it go.
    fn reschedule(&self, state: &mut State, post: PostId) {
        let State { rooms, deadlines, .. } = state;
        let Some(room) = rooms.get_mut(&post) else { return };
        let wakes = if room.is_empty() { None } else { room.wakes_at(&self.times) };
        if room.wakes != wakes {
            if let Some(before) = room.wakes {
                deadlines.remove(&(before, post));
            }
            if let Some(wakes) = wakes {
                deadlines.insert((wakes, post));
            }
            room.wakes = wakes;
        }
        if room.is_empty() {
            rooms.remove(&post);
        } else if wakes.is_some() && deadlines.first().map(|(_, first)| *first) == Some(post) {
            self.earlier.notify_one();
        }
    }
}

impl State {
    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}
