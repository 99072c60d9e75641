//! Who has an open socket. The connections say so, and the store asks when it decides for whom a case is: so it is shared,
//! and belongs to no layer. It is soft: of this process alone, and empty after a start.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::UserId;

/// See the module. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Online(Arc<Mutex<HashMap<UserId, u32>>>);

impl Online {
    /// A socket of this user's has opened.
    pub fn enter(&self, user: UserId) {
        *self.0.lock().entry(user).or_default() += 1;
    }

    /// One of them has closed.
    pub fn leave(&self, user: UserId) {
        let mut sockets = self.0.lock();
        if let Some(count) = sockets.get_mut(&user) {
            *count -= 1;
            if *count == 0 {
                sockets.remove(&user);
            }
        }
    }

    /// Whether this user has one.
    pub fn has(&self, user: UserId) -> bool {
        self.0.lock().contains_key(&user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_online_until_the_last_socket_closes() {
        let (online, ana) = (Online::default(), UserId(7));
        online.leave(ana);
        assert!(!online.has(ana));
        online.enter(ana);
        online.clone().enter(ana);
        online.leave(ana);
        assert!(online.has(ana) && !online.has(UserId(8)));
        online.leave(ana);
        assert!(!online.has(ana) && online.0.lock().is_empty());
    }
}
