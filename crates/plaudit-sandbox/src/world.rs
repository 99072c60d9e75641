//! What the provider knows: telephones, messages, and who has opted out. One lock, held for moments.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::faults::{AnswerFault, Faults};

/// It forgets older messages.
const MESSAGES: usize = 10_000;
/// More telephones than anybody can look at; those beyond have no place on the page.
const PHONES: usize = 1_000;
/// What a page may be behind before it reads everything anew.
const BEHIND: usize = 1_024;

/// Which way a message went, as the provider sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From a telephone to the site's number.
    Inbound,
    /// From the site.
    OutboundApi,
    /// From the provider itself, to a keyword.
    OutboundReply,
}

/// A text message.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// The provider's id of it.
    pub sid: String,
    /// Which way it went.
    pub direction: Direction,
    /// The sender's number.
    pub from: String,
    /// The recipient's number.
    pub to: String,
    /// The text; empty once it was erased.
    pub body: String,
    /// `received`; or `queued`, `sent`, `delivered`, `undelivered`.
    pub status: &'static str,
    /// Why it was not delivered.
    pub error_code: Option<u32>,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// What became of the call that told the site of it: a sentence.
    pub told: Option<String>,
    /// Where reports about it go.
    #[serde(skip)]
    pub callback: Option<String>,
}

/// A telephone.
#[derive(Debug, Clone, Serialize)]
struct Phone {
    number: String,
    /// Whether messages reach it.
    on: bool,
}

#[derive(Default)]
struct State {
    phones: BTreeMap<String, Phone>,
    /// In the order in which they were added.
    order: Vec<String>,
    messages: VecDeque<Message>,
    opted_out: HashSet<String>,
    answers: VecDeque<AnswerFault>,
    faults: Faults,
    counts: HashMap<&'static str, u64>,
}

pub(crate) struct World {
    state: Mutex<State>,
    /// What the pages are told, in JSON.
    pub(crate) news: broadcast::Sender<String>,
    number: String,
    chaos: bool,
}

impl World {
    pub(crate) fn new(number: String, chaos: bool) -> Self {
        Self { state: Mutex::default(), news: broadcast::channel(BEHIND).0, number, chaos }
    }

    /// The site's number.
    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// All that a page shows.
    pub(crate) fn snapshot(&self) -> String {
        let state = self.state.lock();
        let phones: Vec<_> = state.order.iter().filter_map(|number| state.phones.get(number)).collect();
        json!({
            "type": "state", "number": self.number, "chaos": self.chaos, "phones": phones, "messages": state.messages,
        })
        .to_string()
    }

    /// Adds a telephone, if it is not there; with a number that nobody has where none is given.
    pub(crate) fn add_phone(&self, number: Option<&str>) -> Option<String> {
        let mut state = self.state.lock();
        let number = match number {
            Some(number) => number.to_owned(),
            // 555 0100 to 555 0199 are for fiction; the site's number and the area differ.
            None => (100..200)
                .map(|line| format!("+1202555{line:04}"))
                .find(|number| !state.phones.contains_key(number) && *number != self.number)?,
        };
        if !state.phones.contains_key(&number) && state.phones.len() < PHONES {
            state.phones.insert(number.clone(), Phone { number: number.clone(), on: true });
            state.order.push(number.clone());
            self.tell_phones(&state);
        }
        Some(number)
    }

    pub(crate) fn remove_phone(&self, number: &str) -> bool {
        let mut state = self.state.lock();
        let is_there = state.phones.remove(number).is_some();
        state.order.retain(|other| other != number);
        self.tell_phones(&state);
        is_there
    }

    /// Switches a telephone on or off.
    pub(crate) fn switch(&self, number: &str, on: bool) -> bool {
        let mut state = self.state.lock();
        let Some(phone) = state.phones.get_mut(number) else { return false };
        phone.on = on;
        self.tell_phones(&state);
        true
    }

    pub(crate) fn is_on(&self, number: &str) -> bool {
        self.state.lock().phones.get(number).is_none_or(|phone| phone.on)
    }

    pub(crate) fn add(&self, message: Message) {
        let mut state = self.state.lock();
        self.tell(&json!({"type": "message", "message": message}));
        state.messages.push_back(message);
        if state.messages.len() > MESSAGES {
            state.messages.pop_front();
        }
    }

    /// Changes a message; none if it is not there.
    pub(crate) fn change(&self, sid: &str, change: impl FnOnce(&mut Message)) -> Option<Message> {
        let mut state = self.state.lock();
        let message = state.messages.iter_mut().rev().find(|message| message.sid == sid)?;
        change(message);
        let message = message.clone();
        self.tell(&json!({"type": "message", "message": message}));
        Some(message)
    }

    pub(crate) fn delete(&self, sid: &str) -> bool {
        let mut state = self.state.lock();
        let before = state.messages.len();
        state.messages.retain(|message| message.sid != sid);
        self.tell(&json!({"type": "removed", "sid": sid}));
        state.messages.len() < before
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.state.lock().messages.iter().cloned().collect()
    }

    pub(crate) fn set_opted_out(&self, number: &str, out: bool) {
        let mut state = self.state.lock();
        if out {
            state.opted_out.insert(number.to_owned())
        } else {
            state.opted_out.remove(number)
        };
    }

    pub(crate) fn has_opted_out(&self, number: &str) -> bool {
        self.state.lock().opted_out.contains(number)
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.state.lock().faults = faults;
    }

    /// What goes wrong with the next message.
    pub(crate) fn faults(&self) -> Faults {
        if self.chaos { Faults::random() } else { self.state.lock().faults }
    }

    pub(crate) fn answer_next(&self, faults: impl IntoIterator<Item = AnswerFault>) {
        self.state.lock().answers.extend(faults);
    }

    pub(crate) fn next_answer(&self) -> Option<AnswerFault> {
        self.state.lock().answers.pop_front()
    }

    /// Counts a request, so that a test can wait for it.
    pub(crate) fn count(&self, what: &'static str) {
        *self.state.lock().counts.entry(what).or_default() += 1;
    }

    pub(crate) fn counted(&self, what: &str) -> u64 {
        self.state.lock().counts.get(what).copied().unwrap_or_default()
    }

    fn tell_phones(&self, state: &State) {
        let phones: Vec<_> = state.order.iter().filter_map(|number| state.phones.get(number)).collect();
        self.tell(&json!({"type": "phones", "phones": phones}));
    }

    /// Told under the lock, so that the pages hear of changes in their order. Nobody may listen.
    fn tell(&self, news: &Value) {
        let _ = self.news.send(news.to_string());
    }
}

/// A new id: two letters and 32 hexadecimal digits.
pub(crate) fn new_sid() -> String {
    format!("SM{:032x}", fastrand::u128(..))
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `+` and 2 to 15 digits, the first not 0.
pub(crate) fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_telephone_has_a_number_of_its_own_that_belongs_to_nobody() {
        let world = World::new("+12025550100".to_owned(), false);
        let (first, second) = (world.add_phone(None).unwrap(), world.add_phone(None).unwrap());
        assert_eq!((first.as_str(), second.as_str()), ("+12025550101", "+12025550102"));
        assert!(world.remove_phone(&first) && !world.remove_phone(&first));
        assert_eq!(world.add_phone(None).as_ref(), Some(&first));
        assert!(is_number(&first) && !is_number("12025550101") && !is_number("+0123") && !is_number("+1a"));
    }

    #[test]
    fn it_forgets_the_oldest_messages() {
        let world = World::new("+15550100".to_owned(), false);
        for n in 0..=MESSAGES {
            world.add(Message {
                sid: n.to_string(),
                direction: Direction::Inbound,
                from: String::new(),
                to: String::new(),
                body: String::new(),
                status: "received",
                error_code: None,
                at: 0,
                told: None,
                callback: None,
            });
        }
        let messages = world.messages();
        assert_eq!((messages.len(), messages[0].sid.as_str()), (MESSAGES, "1"));
    }
}
