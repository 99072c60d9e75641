//! Sessions that were looked up, by the hash of their token: a request or an upgrade costs no query. The use cases ask
//! it; the sink tells it what has changed, before anybody hears that it did.
//!
//! Surprising: a session may end between its read from the store and its keeping here, and would live on. So the latest
//! endings are remembered, and what was read is kept only if none of them is its own.

use std::collections::{HashMap, VecDeque};

use hashlink::LruCache;
use parking_lot::Mutex;

use crate::domain::session::IDLE_SECONDS;
use crate::domain::{Event, Session, SessionId, Timestamp, TokenHash, UserId};

/// Of more sessions than this, those that were not used for longest are forgotten: one query for each that comes again.
/// Some 400 bytes each: 50 MiB where a hundred thousand people act at the same time.
const MOST: usize = 128 * 1024;
/// What another process has changed in the database holds after so long at the latest.
const KEPT_SECONDS: i64 = 30;
/// So many old ones are forgotten at once.
const SLICE: usize = 256;
/// So many endings are remembered, for reads that take longer than a moment. A read that saw more of them is not kept.
const REMEMBERED: usize = 4096;

/// See the module.
#[derive(Default)]
pub struct SessionCache(Mutex<Table>);

struct Table {
    by_token: LruCache<TokenHash, Kept>,
    by_session: HashMap<SessionId, TokenHash>,
    /// A user has a few sessions at most.
    by_user: HashMap<UserId, Vec<TokenHash>>,
    endings: Endings,
}

struct Kept {
    session: Session,
    read_at: Timestamp,
}

/// A read that is under way: how many endings there were when it began, and when that was.
#[derive(Debug, Clone, Copy)]
pub struct Reading(u64, Timestamp);

/// What is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Session(SessionId),
    /// All sessions of a user hold its name and settings.
    User(UserId),
}

/// The latest endings, each with its number.
#[derive(Default)]
struct Endings {
    latest: VecDeque<Ended>,
    /// How many there were since the start.
    count: u64,
}

impl SessionCache {
    /// The session of a token, if it is known and valid at `now`; else the right to keep what the store says.
    pub fn find(&self, token: TokenHash, now: Timestamp) -> Result<Session, Reading> {
        let mut table = self.0.lock();
        let known = table.by_token.get(&token).filter(|kept| {
            let fresh = kept.read_at..kept.read_at.plus_seconds(KEPT_SECONDS);
            is_valid(&kept.session, now) && fresh.contains(&now)
        });
        known.map(|kept| kept.session.clone()).ok_or(Reading(table.endings.count, now))
    }

    /// Keeps what was read, unless it has ended or changed since.
    pub fn keep(&self, Reading(since, read_at): Reading, token: TokenHash, session: &Session) {
        let mut table = self.0.lock();
        if table.endings.concern(session, since) {
            return;
        }
        table.forget(&token);
        if table.by_token.len() >= MOST {
            table.forget_oldest();
        }
        table.by_session.insert(session.id, token);
        table.by_user.entry(session.user.id).or_default().push(token);
        table.by_token.insert(token, Kept { session: session.clone(), read_at });
    }

    /// A visit was noted.
    pub fn touch(&self, token: TokenHash, at: Timestamp) {
        if let Some(kept) = self.0.lock().by_token.peek_mut(&token) {
            kept.session.seen_at = kept.session.seen_at.max(at);
        }
    }

    /// Forgets what is too old to be believed, so that memory follows the present: in slices, since requests wait.
    pub fn forget_old(&self, now: Timestamp) {
        while self.0.lock().forget_some_old(now) {}
    }

    /// Forgets what is not as it was.
    pub fn take(&self, event: &Event) {
        match event {
            Event::SessionsEnded { sessions, .. } => {
                let mut table = self.0.lock();
                for session in sessions {
                    table.end_session(*session);
                }
            }
            Event::UserChanged { user, .. } => self.0.lock().change_user(user.id),
            Event::CountsChanged { .. }
            | Event::LikeSet { .. }
            | Event::FeedChanged(_)
            | Event::CommentsChanged { .. } => {}
        }
    }
}

impl Default for Table {
    fn default() -> Self {
        Self {
            by_token: LruCache::new_unbounded(),
            by_session: HashMap::new(),
            by_user: HashMap::new(),
            endings: Endings::default(),
        }
    }
}

impl Table {
    fn end_session(&mut self, session: SessionId) {
        self.endings.note(Ended::Session(session));
        if let Some(token) = self.by_session.get(&session).copied() {
            self.forget(&token);
        }
    }

    fn change_user(&mut self, user: UserId) {
        self.endings.note(Ended::User(user));
        for token in self.by_user.remove(&user).unwrap_or_default() {
            self.forget(&token);
        }
    }

    fn forget(&mut self, token: &TokenHash) {
        if let Some(kept) = self.by_token.remove(token) {
            self.forget_places(token, &kept.session);
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((token, kept)) = self.by_token.remove_lru() {
            self.forget_places(&token, &kept.session);
        }
    }

    /// Whether there may be more.
    fn forget_some_old(&mut self, now: Timestamp) -> bool {
        for _ in 0..SLICE {
            let oldest = self.by_token.iter().next();
            if oldest.is_none_or(|(_, kept)| now < kept.read_at.plus_seconds(KEPT_SECONDS)) {
                return false;
            }
            self.forget_oldest();
        }
        true
    }

    fn forget_places(&mut self, token: &TokenHash, session: &Session) {
        self.by_session.remove(&session.id);
        if let Some(tokens) = self.by_user.get_mut(&session.user.id) {
            tokens.retain(|known| known != token);
            if tokens.is_empty() {
                self.by_user.remove(&session.user.id);
            }
        }
    }
}

impl Endings {
    fn note(&mut self, ended: Ended) {
        if self.latest.len() >= REMEMBERED {
            self.latest.pop_front();
        }
        self.latest.push_back(ended);
        self.count += 1;
    }

    /// Whether a session, read when there were `since` endings, may have ended or changed by now.
    fn concern(&self, session: &Session, since: u64) -> bool {
        let missed = usize::try_from(self.count - since).unwrap_or(usize::MAX);
        let (this, its_user) = (Ended::Session(session.id), Ended::User(session.user.id));
        missed > self.latest.len()
            || self.latest.iter().rev().take(missed).any(|ended| *ended == this || *ended == its_user)
    }
}

fn is_valid(session: &Session, now: Timestamp) -> bool {
    session.ends_at > now && session.seen_at > now.plus_seconds(-IDLE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Ending, Settings, User, UserKind};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);
    const TOKEN: TokenHash = TokenHash([7; 32]);

    fn session() -> Session {
        let (handle, name, bio) = (Some("ana".to_owned()), "Ana".to_owned(), String::new());
        let user = User { id: UserId(1), handle, name, bio, kind: UserKind::Member };
        let (settings, ends_at) = (Settings::default(), NOW.plus_seconds(1000));
        Session { id: SessionId(5), user, settings, seen_at: NOW, ends_at }
    }

    fn kept() -> SessionCache {
        let cache = SessionCache::default();
        let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
        cache.keep(reading, TOKEN, &session());
        assert!(cache.find(TOKEN, NOW).is_ok());
        cache
    }

    #[test]
    fn a_session_that_ended_or_whose_user_changed_is_read_anew() {
        let cache = kept();
        cache.take(&Event::SessionsEnded { sessions: vec![SessionId(5)], why: Ending::Ended });
        assert!(cache.find(TOKEN, NOW).is_err());
        let cache = kept();
        cache.take(&Event::UserChanged { user: session().user.into(), settings: Settings::default() });
        assert!(cache.find(TOKEN, NOW).is_err());
    }

    #[test]
    fn what_was_read_before_an_end_is_not_kept_after_it() {
        let cache = SessionCache::default();
        let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
        cache.take(&Event::SessionsEnded { sessions: vec![SessionId(5)], why: Ending::Ended });
        cache.keep(reading, TOKEN, &session());
        assert!(cache.find(TOKEN, NOW).is_err());
    }

    #[test]
    fn what_ends_or_changes_elsewhere_keeps_no_read_from_being_kept() {
        let cache = SessionCache::default();
        let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
        cache.take(&Event::SessionsEnded { sessions: vec![SessionId(6)], why: Ending::Ended });
        let other = User { id: UserId(2), ..session().user };
        cache.take(&Event::UserChanged { user: other.into(), settings: Settings::default() });
        cache.keep(reading, TOKEN, &session());
        assert!(cache.find(TOKEN, NOW).is_ok());
    }

    #[test]
    fn a_user_that_changed_while_its_session_was_read_is_read_anew() {
        let cache = SessionCache::default();
        let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
        cache.take(&Event::UserChanged { user: session().user.into(), settings: Settings::default() });
        cache.keep(reading, TOKEN, &session());
        assert!(cache.find(TOKEN, NOW).is_err());
    }

    #[test]
    fn a_read_that_saw_more_endings_than_are_remembered_is_not_kept() {
        for (endings, kept) in [(REMEMBERED, true), (REMEMBERED + 1, false)] {
            let cache = SessionCache::default();
            let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
            let sessions = (100..).take(endings).map(SessionId).collect();
            cache.take(&Event::SessionsEnded { sessions, why: Ending::Ended });
            cache.keep(reading, TOKEN, &session());
            assert_eq!(cache.find(TOKEN, NOW).is_ok(), kept, "{endings}");
        }
    }

    #[test]
    fn a_kept_session_runs_out_like_any_other_and_is_read_anew_now_and_then() {
        let cache = kept();
        assert!(cache.find(TOKEN, NOW.plus_seconds(KEPT_SECONDS - 1)).is_ok());
        assert!(cache.find(TOKEN, NOW.plus_seconds(KEPT_SECONDS)).is_err());
        let at = session().ends_at.plus_seconds(-1);
        let Err(reading) = cache.find(TOKEN, at) else { panic!("it is too old") };
        cache.keep(reading, TOKEN, &Session { seen_at: at, ..session() });
        assert!(cache.find(TOKEN, at).is_ok());
        assert!(cache.find(TOKEN, session().ends_at).is_err());
    }

    /// Somebody's only session.
    fn keep_number(cache: &SessionCache, number: u64) -> TokenHash {
        let mut token = [0; 32];
        token[..8].copy_from_slice(&number.to_le_bytes());
        let token = TokenHash(token);
        let user = User { id: UserId(number), ..session().user };
        let Err(reading) = cache.find(token, NOW) else { panic!("it was not kept yet") };
        cache.keep(reading, token, &Session { id: SessionId(number), user, ..session() });
        token
    }

    #[test]
    fn a_hundred_thousand_active_sessions_stay_and_then_only_the_oldest_goes() {
        let cache = SessionCache::default();
        let tokens: Vec<TokenHash> = (0..MOST as u64).map(|number| keep_number(&cache, number)).collect();
        assert!(tokens.len() > 100_000);
        assert!(tokens.iter().all(|token| cache.find(*token, NOW).is_ok()));
        // The first is used once more, so the second is the oldest.
        assert!(cache.find(tokens[0], NOW).is_ok());
        keep_number(&cache, MOST as u64);
        let lost: Vec<usize> =
            (0..MOST).filter(|number| cache.0.lock().by_token.peek(&tokens[*number]).is_none()).collect();
        assert_eq!(lost, [1]);
    }

    #[test]
    fn who_was_here_long_ago_is_forgotten() {
        let cache = SessionCache::default();
        for number in 0..1000 {
            keep_number(&cache, number);
        }
        cache.forget_old(NOW.plus_seconds(KEPT_SECONDS - 1));
        assert_eq!(cache.0.lock().by_token.len(), 1000);
        cache.forget_old(NOW.plus_seconds(KEPT_SECONDS));
        let table = cache.0.lock();
        assert_eq!([table.by_token.len(), table.by_session.len(), table.by_user.len()], [0; 3]);
    }

    #[test]
    fn nothing_is_left_of_what_is_forgotten() {
        let cache = SessionCache::default();
        for number in 0..=MOST as u64 + 100 {
            keep_number(&cache, number);
        }
        let sizes = || {
            let table = cache.0.lock();
            [table.by_token.len(), table.by_session.len(), table.by_user.len(), table.endings.latest.len()]
        };
        assert_eq!(sizes(), [MOST, MOST, MOST, 0]);
        let sessions = (0..=MOST as u64 + 50).map(SessionId).collect();
        cache.take(&Event::SessionsEnded { sessions, why: Ending::Ended });
        assert_eq!(sizes(), [50, 50, 50, REMEMBERED]);
        // A session that was read again stands once.
        let again = SessionCache::default();
        for seconds in [0, KEPT_SECONDS] {
            let Err(reading) = again.find(TOKEN, NOW.plus_seconds(seconds)) else { panic!("it is old") };
            again.keep(reading, TOKEN, &session());
        }
        assert_eq!(again.0.lock().by_user[&UserId(1)].len(), 1);
    }
}
