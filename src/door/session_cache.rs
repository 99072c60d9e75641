//! Sessions that were read from the store, by the hash of their token, so that most requests and upgrades cost no query.
//! The use cases ask for them. The sink says what has changed, before it answers the one who changed it.
//!
//! A session may end after it was read and before it is kept here. Such a session must not be kept. So the cache remembers
//! the latest invalidations, and compares a session with all that came since its read began.

use std::collections::{HashMap, VecDeque};

use hashlink::LruCache;
use parking_lot::Mutex;

use crate::domain::session::IDLE_SECONDS;
use crate::domain::{Event, Session, SessionId, Timestamp, TokenHash, UserId};

/// The cache holds so many sessions, some 400 bytes each. Beyond that, the session that was not used for the longest time
/// goes: it costs one query when it comes again.
const MOST: usize = 128 * 1024;
/// A session is read anew after this time, so that changes by another process are seen.
const KEPT_SECONDS: i64 = 30;
/// So many old sessions are forgotten under one lock.
const SLICE: usize = 256;
/// So many invalidations are remembered. If more happen during one read, what it read is not kept.
const REMEMBERED: usize = 4096;

/// See the module.
#[derive(Default)]
pub struct SessionCache(Mutex<Table>);

struct Table {
    by_token: LruCache<TokenHash, Kept>,
    by_session: HashMap<SessionId, TokenHash>,
    /// The tokens of each user's kept sessions.
    by_user: HashMap<UserId, Vec<TokenHash>>,
    invalidations: Invalidations,
}

struct Kept {
    session: Session,
    read_at: Timestamp,
}

/// A read from the store that has begun: the number of invalidations until then, and the time.
#[derive(Debug, Clone, Copy)]
pub struct PendingRead(u64, Timestamp);

/// Something that makes kept sessions untrue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Invalidated {
    /// A session has ended.
    Session(SessionId),
    /// A user has changed. Its sessions hold its name and settings.
    User(UserId),
}

/// The latest invalidations, oldest first.
#[derive(Default)]
struct Invalidations {
    latest: VecDeque<Invalidated>,
    /// How many there were since the start.
    count: u64,
}

impl SessionCache {
    /// The session of a token, if it is kept and valid at `now`. If not, read it from the store and give the result of
    /// this call to [`SessionCache::keep`].
    pub fn find(&self, token: TokenHash, now: Timestamp) -> Result<Session, PendingRead> {
        let mut table = self.0.lock();
        let known = table.by_token.get(&token).filter(|kept| {
            let fresh = kept.read_at..kept.read_at.plus_seconds(KEPT_SECONDS);
            is_valid(&kept.session, now) && fresh.contains(&now)
        });
        known.map(|kept| kept.session.clone()).ok_or(PendingRead(table.invalidations.count, now))
    }

    /// Keeps what was read, unless it has ended or changed since.
    pub fn keep(&self, PendingRead(since, read_at): PendingRead, token: TokenHash, session: &Session) {
        let mut table = self.0.lock();
        if table.invalidations.may_concern(session, since) {
            return;
        }
        table.forget(&token);
        if table.by_token.len() >= MOST {
            table.forget_oldest();
        }
        table.by_session.insert(session.id, token);
        // Most have one; a vector by itself would take room for four.
        table.by_user.entry(session.user.id).or_insert_with(|| Vec::with_capacity(1)).push(token);
        table.by_token.insert(token, Kept { session: session.clone(), read_at });
    }

    /// A visit was noted.
    pub fn touch(&self, token: TokenHash, at: Timestamp) {
        if let Some(kept) = self.0.lock().by_token.peek_mut(&token) {
            kept.session.seen_at = kept.session.seen_at.max(at);
        }
    }

    /// Forgets sessions that are too old to be used. It does so in slices, because requests wait for the lock.
    pub fn forget_old(&self, now: Timestamp) {
        while self.0.lock().forget_some_old(now) {}
    }

    /// Forgets the sessions that an event makes untrue.
    pub fn apply(&self, event: &Event) {
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
            | Event::CommentsChanged { .. }
            | Event::MessagesChanged { .. }
            | Event::ConversationChanged { .. }
            | Event::BlockSet { .. }
            | Event::NotificationChanged { .. }
            | Event::NotificationsRead { .. }
            | Event::SmsQueued
            | Event::CaseChanged { .. }
            | Event::WaitingChanged { .. }
            | Event::NotesChanged { .. }
            | Event::CaseRead { .. }
            | Event::AgentRemoved { .. }
            | Event::UnreadChanged { .. } => {}
        }
    }
}

impl Default for Table {
    fn default() -> Self {
        Self {
            by_token: LruCache::new_unbounded(),
            by_session: HashMap::new(),
            by_user: HashMap::new(),
            invalidations: Invalidations::default(),
        }
    }
}

impl Table {
    fn end_session(&mut self, session: SessionId) {
        self.invalidations.note(Invalidated::Session(session));
        if let Some(token) = self.by_session.get(&session).copied() {
            self.forget(&token);
        }
    }

    fn change_user(&mut self, user: UserId) {
        self.invalidations.note(Invalidated::User(user));
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

impl Invalidations {
    fn note(&mut self, invalidated: Invalidated) {
        if self.latest.len() >= REMEMBERED {
            self.latest.pop_front();
        }
        self.latest.push_back(invalidated);
        self.count += 1;
    }

    /// Whether a session, read when there were `since` invalidations, may have ended or changed by now.
    fn may_concern(&self, session: &Session, since: u64) -> bool {
        let missed = usize::try_from(self.count - since).unwrap_or(usize::MAX);
        let (this, its_user) = (Invalidated::Session(session.id), Invalidated::User(session.user.id));
        missed > self.latest.len()
            || self.latest.iter().rev().take(missed).any(|latest| *latest == this || *latest == its_user)
    }
}

fn is_valid(session: &Session, now: Timestamp) -> bool {
    session.ends_at > now && session.seen_at > now.plus_seconds(-IDLE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EndReason, Settings, User, UserKind};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);
    const TOKEN: TokenHash = TokenHash([7; 32]);

    fn session() -> Session {
        let (handle, name, bio) = (Some("ana".to_owned()), "Ana".to_owned(), String::new());
        let user = User { id: UserId(1), handle, name, bio, kind: UserKind::Member, moderator: false };
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
        cache.apply(&Event::SessionsEnded { sessions: vec![SessionId(5)], why: EndReason::Ended });
        assert!(cache.find(TOKEN, NOW).is_err());
        let cache = kept();
        cache.apply(&Event::UserChanged { user: session().user.into(), settings: Settings::default() });
        assert!(cache.find(TOKEN, NOW).is_err());
    }

    #[test]
    fn what_was_read_before_an_end_is_not_kept_after_it() {
        let cache = SessionCache::default();
        let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
        cache.apply(&Event::SessionsEnded { sessions: vec![SessionId(5)], why: EndReason::Ended });
        cache.keep(reading, TOKEN, &session());
        assert!(cache.find(TOKEN, NOW).is_err());
    }

    #[test]
    fn what_ends_or_changes_elsewhere_keeps_no_read_from_being_kept() {
        let cache = SessionCache::default();
        let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
        cache.apply(&Event::SessionsEnded { sessions: vec![SessionId(6)], why: EndReason::Ended });
        let other = User { id: UserId(2), ..session().user };
        cache.apply(&Event::UserChanged { user: other.into(), settings: Settings::default() });
        cache.keep(reading, TOKEN, &session());
        assert!(cache.find(TOKEN, NOW).is_ok());
    }

    #[test]
    fn a_user_that_changed_while_its_session_was_read_is_read_anew() {
        let cache = SessionCache::default();
        let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
        cache.apply(&Event::UserChanged { user: session().user.into(), settings: Settings::default() });
        cache.keep(reading, TOKEN, &session());
        assert!(cache.find(TOKEN, NOW).is_err());
    }

    #[test]
    fn a_read_that_saw_more_invalidations_than_are_remembered_is_not_kept() {
        for (invalidations, kept) in [(REMEMBERED, true), (REMEMBERED + 1, false)] {
            let cache = SessionCache::default();
            let Err(reading) = cache.find(TOKEN, NOW) else { panic!("nothing was kept") };
            let sessions = (100..).take(invalidations).map(SessionId).collect();
            cache.apply(&Event::SessionsEnded { sessions, why: EndReason::Ended });
            cache.keep(reading, TOKEN, &session());
            assert_eq!(cache.find(TOKEN, NOW).is_ok(), kept, "{invalidations}");
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
            [
                table.by_token.len(),
                table.by_session.len(),
                table.by_user.len(),
                table.invalidations.latest.len(),
            ]
        };
        assert_eq!(sizes(), [MOST, MOST, MOST, 0]);
        let sessions = (0..=MOST as u64 + 50).map(SessionId).collect();
        cache.apply(&Event::SessionsEnded { sessions, why: EndReason::Ended });
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
