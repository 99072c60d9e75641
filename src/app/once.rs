//! Acts that begin a session (sign-up, log-in, another password): done once for each key, and to their end. A double
//! click and a retry find the first one's result, whatever became of the connection that asked first.
//!
//! The act is a task of its own. A browser that sends a form twice gives up the first request, and a request that is
//! given up ends in the middle: with the handle taken and nobody logged in.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use ring::digest::{Context, SHA256};
use tokio::sync::watch;

use super::App;
use crate::domain::{Error, Result, Token, User, text};

/// So long a result is kept for those who ask again.
const KEPT: Duration = Duration::from_mins(10);
/// So many at most, some 300 bytes each. Beyond, an act is done and its result is not kept.
const MOST: usize = 4096;

/// What an act is known by: its kind, its key and all that was sent with it. So a key is worth nothing to whoever does
/// not know the password that came with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Print([u8; 32]);

impl Print {
    /// Of the key that a form or a call has, if it has one; checks it.
    pub(super) fn of(kind: &str, key: Option<&str>, sent: &[&str]) -> Result<Option<Self>> {
        let Some(key) = key else { return Ok(None) };
        text::check_key(key)?;
        let mut context = Context::new(&SHA256);
        for part in [kind, key].iter().chain(sent) {
            context.update(&part.len().to_le_bytes());
            context.update(part.as_bytes());
        }
        let mut print = [0; 32];
        print.copy_from_slice(context.finish().as_ref());
        Ok(Some(Self(print)))
    }
}

/// Who is logged in from now on, and the session's token.
type Begun = (User, Token);
/// The result of an act, once there is one. Its sender is gone without one where the act panicked.
type Outcome = watch::Receiver<Option<Result<Begun>>>;

/// Acts that are being done, and those that were done a short while ago.
#[derive(Default)]
pub(super) struct Once(Mutex<HashMap<Print, (Instant, Outcome)>>);

impl Once {
    fn find(&self, print: Print) -> Option<Outcome> {
        self.0.lock().get(&print).map(|(_, outcome)| outcome.clone())
    }

    /// The outcome of the act of this print that is being done or was done; else `begin` begins it.
    fn find_or(&self, print: Print, begin: impl FnOnce() -> Outcome) -> Outcome {
        let mut acts = self.0.lock();
        acts.retain(|_, (since, _)| since.elapsed() < KEPT);
        if let Some((_, outcome)) = acts.get(&print) {
            return outcome.clone();
        }
        let outcome = begin();
        if acts.len() < MOST {
            acts.insert(print, (Instant::now(), outcome.clone()));
        }
        outcome
    }

    fn forget(&self, print: Print) {
        self.0.lock().remove(&print);
    }
}

/// Waits for an outcome.
async fn wait(mut outcome: Outcome) -> Result<Begun> {
    match outcome.wait_for(Option::is_some).await {
        Ok(result) => result.clone().unwrap_or(Err(Error::UnknownOutcome)),
        Err(_) => Err(Error::UnknownOutcome),
    }
}

impl App {
    /// Does an act to its end, even if who asked goes away. With the print of another one it is that one's result, as
    /// long as the session that it began is valid. What was refused may be tried again.
    pub(super) async fn begin_once(
        self: &Arc<Self>,
        print: Option<Print>,
        act: impl Future<Output = Result<Begun>> + Send + 'static,
    ) -> Result<Begun> {
        if let Some(begun) = self.find_begun(print).await? {
            return Ok(begun);
        }
        let app = Arc::clone(self);
        let begin = || {
            let (sender, outcome) = watch::channel(None);
            tokio::spawn(async move {
                let result = act.await;
                if let (Some(print), Err(_)) = (print, &result) {
                    app.once.forget(print);
                }
                sender.send_replace(Some(result));
            });
            outcome
        };
        let outcome = match print {
            Some(print) => self.once.find_or(print, begin),
            None => begin(),
        };
        let result = wait(outcome).await;
        if let (Some(print), Err(Error::UnknownOutcome)) = (print, &result) {
            self.once.forget(print);
        }
        result
    }

    /// What the act of this print has begun or is beginning, if its session is valid.
    pub(super) async fn find_begun(&self, print: Option<Print>) -> Result<Option<Begun>> {
        let Some((print, outcome)) = print.and_then(|print| Some((print, self.once.find(print)?))) else {
            return Ok(None);
        };
        let (user, token) = wait(outcome).await?;
        if self.find_session(token.as_str()).await?.is_some() {
            return Ok(Some((user, token)));
        }
        self.once.forget(print);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_print_is_of_all_that_was_sent() {
        let print = |kind, key, sent: &[&str]| Print::of(kind, Some(key), sent).unwrap().unwrap();
        let one = print("log-in", "k1", &["ana", "correct horse"]);
        assert_eq!(one, print("log-in", "k1", &["ana", "correct horse"]));
        for other in [
            print("sign-up", "k1", &["ana", "correct horse"]),
            print("log-in", "k2", &["ana", "correct horse"]),
            print("log-in", "k1", &["ana", "wrong horse"]),
            print("log-in", "k1", &["anac", "orrect horse"]),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(Print::of("log-in", None, &[]), Ok(None));
        assert!(Print::of("log-in", Some("no key"), &[]).is_err());
    }
}
