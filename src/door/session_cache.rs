//! Sessions that were looked up, by the hash of their token: a request or an upgrade costs no query. The door asks it,
//! the sink tells it what has changed, before anybody hears that it did.
//!
//! Surprising: what was read may not be kept if anything was forgotten meanwhile. A session that ended between its read
//! and its keeping would otherwise live on here.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::domain::session::IDLE_SECONDS;
use crate::domain::{Event, Session, SessionId, Timestamp, TokenHash, UserId};

/// About 300 bytes each: those who act right now, and not everybody whose socket is open. When there are more, all are
/// forgotten: that is one query for each who comes again.
const MOST: usize = 4000;
/// What another process has changed in the database holds after so long at the latest.
const KEPT_SECONDS: i64 = 30;

/// See the module.
#[derive(Default)]
pub struct SessionCache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_token: HashMap<TokenHash, (Session, Timestamp)>,
    by_id: HashMap<SessionId, TokenHash>,
    /// Moves whenever something was forgotten.
    forgotten: u64,
}

/// A read that is under way.
pub struct Reading(u64, Timestamp);

impl SessionCache {
    /// The session of a token, if it is known and valid at `now`; else the right to keep what the store says.
    pub fn find(&self, token: TokenHash, now: Timestamp) -> Result<Session, Reading> {
        let kept = self.0.lock();
        let known = kept.by_token.get(&token);
        let known = known.filter(|(session, read_at)| {
            is_valid(session, now) && (*read_at..read_at.plus_seconds(KEPT_SECONDS)).contains(&now)
        });
        known.map(|(session, _)| session.clone()).ok_or(Reading(kept.forgotten, now))
    }

    /// Keeps what was read, unless something was forgotten since.
    pub fn keep(&self, Reading(since, read_at): Reading, token: TokenHash, session: &Session) {
        let mut kept = self.0.lock();
        if kept.forgotten != since {
            return;
        }
        if kept.by_token.len() >= MOST {
            kept.clear();
        }
        kept.by_id.insert(session.id, token);
        kept.by_token.insert(token, (session.clone(), read_at));
    }

    /// A visit was noted.
    pub fn touch(&self, token: TokenHash, at: Timestamp) {
        if let Some((session, _)) = self.0.lock().by_token.get_mut(&token) {
            session.seen_at = session.seen_at.max(at);
        }
    }

    /// Forgets what is not as it was.
    pub fn take(&self, event: &Event) {
        match event {
            Event::SessionsEnded { sessions, .. } => self.0.lock().end(sessions),
            Event::UserChanged { user, .. } => self.0.lock().forget_user(user.id),
            Event::CountsChanged { .. }
            | Event::LikeSet { .. }
            | Event::FeedChanged(_)
            | Event::CommentsChanged { .. } => {}
        }
    }
}

impl Kept {
    fn end(&mut self, sessions: &[SessionId]) {
        self.forgotten += 1;
        for session in sessions {
            if let Some(token) = self.by_id.remove(session) {
                self.by_token.remove(&token);
            }
        }
    }

    fn forget_user(&mut self, user: UserId) {
        self.forgotten += 1;
        let by_id = &mut self.by_id;
        self.by_token.retain(|_, (session, _)| {
            let other = session.user.id != user;
            if !other {
                by_id.remove(&session.id);
            }
            other
        });
    }

    fn clear(&mut self) {
        self.forgotten += 1;
        self.by_id.clear();
        self.by_token.clear();
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

    #[test]
    fn memory_is_bounded() {
        let cache = SessionCache::default();
        for number in 0..=MOST as u64 {
            let mut token = [0; 32];
            token[..8].copy_from_slice(&number.to_le_bytes());
            let Err(reading) = cache.find(TokenHash(token), NOW) else { panic!("it was not kept yet") };
            cache.keep(reading, TokenHash(token), &Session { id: SessionId(number), ..session() });
        }
        let kept = cache.0.lock();
        assert!(kept.by_token.len() < MOST && kept.by_token.len() == kept.by_id.len());
    }
}
