//! A time limit that is judged after what has already come is read.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

/// Whoever has run out of time is looked at once more after this. When the machine was paused, timers fire before
/// anybody sees what has come meanwhile.
const SECOND_LOOK: Duration = Duration::from_millis(500);

/// What the future gives, if it does so within `patience`.
pub(super) async fn within<F: Future>(patience: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    match timeout(patience, &mut future).await {
        Ok(output) => Some(output),
        Err(_) => timeout(SECOND_LOOK, future).await.ok(),
    }
}
