//! Whether the store writes and reads, for [`super::App::check`]. A check costs a commit, so one answer holds for a
//! second, and all who ask while a check runs wait for that one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;

use crate::domain::Result;
use crate::store::Store;

/// How long an answer holds after its check began.
const HOLDS: Duration = Duration::from_secs(1);

/// The latest check.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<Check>>);

struct Check {
    began: Instant,
    answer: Shared<BoxFuture<'static, Result<()>>>,
}

impl Readiness {
    /// The answer of the latest check, or of a new one if that is too old.
    pub(super) async fn check(&self, store: &Arc<dyn Store>) -> Result<()> {
        let answer = self.latest(store);
        answer.await
    }

    fn latest(&self, store: &Arc<dyn Store>) -> Shared<BoxFuture<'static, Result<()>>> {
        let mut latest = self.0.lock();
        if let Some(check) = &*latest
            && (check.answer.peek().is_none() || check.began.elapsed() < HOLDS)
        {
            return check.answer.clone();
        }
        let store = store.clone();
        let answer = async move { store.check().await }.boxed().shared();
        *latest = Some(Check { began: Instant::now(), answer: answer.clone() });
        answer
    }
}
