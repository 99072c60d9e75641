//! Who looks at which post and who writes there: soft state of this node, lost on a restart and right again as soon as
//! the pages have come back. `socket` says who comes and goes, the relay tells.
//!
//! Pure: it is told the time and never publishes. Surprising: a viewer is counted from the moment of its subscribe, but
//! its face is only known once the store was asked. What is said of a member meanwhile (`changed`) goes before what was
//! read, so turning the setting off holds at once.

mod room;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::room::{Joined, Room, Who};
use crate::domain::{Address, PostId, Settings, User, UserId};

/// How long what holds.
#[derive(Debug, Clone)]
pub struct PresenceTimes {
    /// Who leaves is counted for so long (5 s): a reload does not flicker.
    pub grace: Duration,
    /// At most one frame in this time (1 s).
    pub every: Duration,
    /// The same above 1,000 viewers (5 s): each frame goes to all of them.
    pub every_crowded: Duration,
    /// So long after the last sign somebody still writes (5 s).
    pub typing: Duration,
}

impl Default for PresenceTimes {
    fn default() -> Self {
        let (grace, every) = (Duration::from_secs(5), Duration::from_secs(1));
        Self { grace, every, every_crowded: Duration::from_secs(5), typing: Duration::from_secs(5) }
    }
}

/// Who comes.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    /// The connection.
    pub connection: u64,
    /// Its user, guest or member.
    pub user: Option<UserId>,
    /// Where it comes from.
    pub address: Address,
}

impl Viewer {
    fn who(&self) -> Who {
        self.user.map_or(Who::Connection(self.connection), Who::User)
    }
}

/// What is told of a post.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    pub(super) viewers: usize,
    pub(super) faces: Vec<Arc<User>>,
    pub(super) typing: Vec<Arc<User>>,
}

#[derive(Debug)]
enum Face {
    Unknown,
    Shown(Arc<User>),
    /// A guest, or a member who does not want to be seen.
    Hidden,
}

#[derive(Debug)]
struct Person {
    face: Face,
    posts: Vec<PostId>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Presence {
    times: PresenceTimes,
    rooms: HashMap<PostId, (Room, Shown, Option<Instant>)>,
    people: HashMap<UserId, Person>,
    /// When which post is next to be looked at: one entry for each that has anything to wait for.
    due: BTreeSet<(Instant, PostId)>,
    /// Of the last frame of any post, so that a frame is newer than every snapshot before it.
    version: u64,
}

impl Presence {
    pub(super) fn new(times: PresenceTimes) -> Self {
        Self { times, ..Self::default() }
    }

    /// A connection has subscribed. True: it is not known yet whether its member may be named; ask the store, then
    /// say so with [`learn`](Self::learn).
    pub(super) fn join(&mut self, post: PostId, viewer: Viewer, now: Instant) -> bool {
        let who = viewer.who();
        let (room, ..) = self.rooms.entry(post).or_default();
        let joined = room.join(who, viewer.address);
        let mut ask = false;
        if let Some(user) = viewer.user {
            let person =
                self.people.entry(user).or_insert(Person { face: Face::Unknown, posts: Vec::new() });
            if joined == Joined::New {
                person.posts.push(post);
            }
            match person.face {
                Face::Unknown => ask = true,
                Face::Shown(_) => room.show(user, true),
                Face::Hidden => {}
            }
        }
        self.schedule(post, now);
        ask
    }

    /// A connection has unsubscribed or closed.
    pub(super) fn leave(&mut self, post: PostId, viewer: Viewer, now: Instant) {
        let until = now + self.times.grace;
        if let Some((room, ..)) = self.rooms.get_mut(&post) {
            room.leave(viewer.who(), until);
            self.schedule(post, now);
        }
    }

    /// What the store says of a user, unless something newer is known.
    pub(super) fn learn(&mut self, user: UserId, found: Option<(User, Settings)>, now: Instant) {
        if self.people.get(&user).is_some_and(|person| matches!(person.face, Face::Unknown)) {
            let seen = found.filter(|(user, settings)| user.is_member() && settings.shows_viewing);
            self.set_face(user, seen.map(|(user, _)| Arc::new(user)), now);
        }
    }

    /// A member has changed.
    pub(super) fn changed(&mut self, user: &Arc<User>, settings: Settings, now: Instant) {
        self.set_face(user.id, settings.shows_viewing.then(|| user.clone()), now);
    }

    fn set_face(&mut self, user: UserId, seen: Option<Arc<User>>, now: Instant) {
        let Some(person) = self.people.get_mut(&user) else { return };
        let shown = seen.is_some();
        person.face = seen.map_or(Face::Hidden, Face::Shown);
        for post in person.posts.clone() {
            if let Some((room, ..)) = self.rooms.get_mut(&post) {
                room.show(user, shown);
                // Another name is news too.
                room.changed = true;
                self.schedule(post, now);
            }
        }
    }

    /// A member writes a comment. Of one who is not to be seen, or not known yet, nothing is told.
    pub(super) fn typing(&mut self, post: PostId, user: UserId, now: Instant) {
        let seen = self.people.get(&user).is_some_and(|person| matches!(person.face, Face::Shown(_)));
        if let Some((room, ..)) = self.rooms.get_mut(&post).filter(|_| seen) {
            room.write(user, now + self.times.typing);
            self.schedule(post, now);
        }
    }

    /// A comment of this user is there.
    pub(super) fn wrote(&mut self, post: PostId, user: UserId, now: Instant) {
        if let Some((room, ..)) = self.rooms.get_mut(&post) {
            room.stop_writing(user);
            self.schedule(post, now);
        }
    }

    /// The post is gone, or never was: nobody looks at it.
    pub(super) fn end(&mut self, post: PostId) {
        let Some((room, _, due)) = self.rooms.remove(&post) else { return };
        if let Some(at) = due {
            self.due.remove(&(at, post));
        }
        for user in room.users() {
            self.forget(user, post);
        }
    }

    /// How a post stands now, and the version that every later frame of it is above.
    pub(super) fn snapshot(&self, post: PostId) -> (u64, Shown) {
        let shown = self.rooms.get(&post).map(|(room, ..)| self.shown(room)).unwrap_or_default();
        (self.version, shown)
    }

    /// What is to be told now: each post with its frame's version. The second is when to ask again.
    pub(super) fn tell(&mut self, now: Instant) -> (Vec<(PostId, u64, Shown)>, Option<Instant>) {
        let mut news = Vec::new();
        while let Some((_, post)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            let Some((room, _, due)) = self.rooms.get_mut(&post) else { continue };
            *due = None;
            for user in room.expire(now) {
                self.forget(user, post);
            }
            let Some((room, told, _)) = self.rooms.get(&post) else { continue };
            if room.viewers() == 0 {
                self.rooms.remove(&post);
                continue;
            }
            if room.changed && room.may_tell_at(now, &self.times) <= now {
                let shown = self.shown(room);
                let new = shown != *told;
                if let Some((room, told, _)) = self.rooms.get_mut(&post) {
                    room.changed = false;
                    if new {
                        room.told_at = Some(now);
                        told.clone_from(&shown);
                        self.version += 1;
                        news.push((post, self.version, shown));
                    }
                }
            }
            self.schedule(post, now);
        }
        (news, self.due.first().map(|(at, _)| *at))
    }

    fn shown(&self, room: &Room) -> Shown {
        let named = |user: UserId| match self.people.get(&user) {
            Some(Person { face: Face::Shown(user), .. }) => Some(user.clone()),
            _ => None,
        };
        Shown {
            viewers: room.viewers(),
            faces: room.faces().filter_map(named).collect(),
            typing: room.writers().filter_map(named).collect(),
        }
    }

    fn forget(&mut self, user: UserId, post: PostId) {
        if let Some(person) = self.people.get_mut(&user) {
            person.posts.retain(|held| *held != post);
            if person.posts.is_empty() {
                self.people.remove(&user);
            }
        }
    }

    fn schedule(&mut self, post: PostId, now: Instant) {
        let Some((room, _, due)) = self.rooms.get_mut(&post) else { return };
        let next = room.next(now, &self.times);
        if *due == next {
            return;
        }
        if let Some(at) = std::mem::replace(due, next) {
            self.due.remove(&(at, post));
        }
        self.due.extend(next.map(|at| (at, post)));
    }
}
