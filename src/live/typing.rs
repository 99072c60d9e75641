//! Who writes in which conversation right now. It is soft state: a sign of life holds for some seconds, then it is
//! forgotten.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::domain::{ConversationId, UserId};

/// See the module. Only those who are subscribed to a conversation's presence are in it.
#[derive(Debug)]
pub(super) struct Typing {
    holds: Duration,
    until: Mutex<HashMap<ConversationId, Vec<(UserId, Instant)>>>,
}

impl Typing {
    /// A sign of life holds for so long.
    pub(super) fn new(holds: Duration) -> Self {
        Self { holds, until: Mutex::default() }
    }

    /// A user writes.
    pub(super) fn begin(&self, conversation: ConversationId, user: UserId) {
        let until = Instant::now() + self.holds;
        let mut all = self.until.lock();
        let here = all.entry(conversation).or_default();
        here.retain(|(other, _)| *other != user);
        here.push((user, until));
    }

    /// The user's message is there: what it types from now on is another one.
    pub(super) fn end(&self, conversation: ConversationId, user: UserId) {
        let mut all = self.until.lock();
        if let Some(here) = all.get_mut(&conversation) {
            here.retain(|(other, _)| *other != user);
            if here.is_empty() {
                all.remove(&conversation);
            }
        }
    }

    /// Who writes now.
    pub(super) fn now(&self, conversation: ConversationId) -> Vec<UserId> {
        let now = Instant::now();
        let mut all = self.until.lock();
        let Some(here) = all.get_mut(&conversation) else { return Vec::new() };
        here.retain(|(_, until)| *until > now);
        if here.is_empty() {
            all.remove(&conversation);
            return Vec::new();
        }
        here.iter().map(|(user, _)| *user).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_ends_with_the_message_and_by_itself() {
        let (ana, ben, here) = (UserId(1), UserId(2), ConversationId(1));
        let typing = Typing::new(Duration::from_mins(1));
        for user in [ana, ben, ana] {
            typing.begin(here, user);
        }
        assert_eq!(typing.now(here), [ben, ana]);
        assert!(typing.now(ConversationId(2)).is_empty());
        typing.end(here, ana);
        assert_eq!(typing.now(here), [ben]);
        typing.end(here, ben);
        assert!(typing.until.lock().is_empty());

        let quick = Typing::new(Duration::ZERO);
        quick.begin(here, ana);
        assert!(quick.now(here).is_empty());
        assert!(quick.until.lock().is_empty());
    }
}
