//! Handing text messages over to their providers: of each customer one at a time and in order, several customers at once.
//! `boot` starts it; what waits in the store drives it, so a start goes on where the last end was.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Number;
use crate::app::App;
use crate::domain::{Result, Timestamp, UserId};
use crate::sms::{Outbound, Sent};
use crate::store::{OutgoingSms, SmsOutcome};

/// So many are handed over at once.
const AT_ONCE: usize = 32;
/// A provider has so long for each. It is given up a little later than the provider's own limit.
const PATIENCE: Duration = Duration::from_secs(11);
/// It is tried for so long.
const TRY_SECONDS: i64 = 15 * 60;
/// Between two tries at least so long, and at most.
const PAUSE: [i64; 2] = [1, 60];
/// The clock is looked at so often while something waits for its time.
const LOOK: Duration = Duration::from_secs(1);
/// A store that can't write is asked again after this.
const AGAIN: Duration = Duration::from_secs(1);

impl App {
    /// Sends until it is told to stop; then what is under way ends.
    pub async fn send_sms(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        if self.rules.numbers.is_empty() {
            return;
        }
        let mut running = JoinSet::new();
        // First of all: what was under way at the last end must not look as if it were now.
        while let Err(error) = self.store.give_up_sms(self.clock.now()).await {
            tracing::warn!(%error, "what text messages were being sent at the last end is not noted yet");
            tokio::select! {
                () = sleep(AGAIN) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
        loop {
            let pause = match self.send_due(&mut running).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "text messages wait; they will be sent");
                    Some(AGAIN)
                }
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                () = self.sms_waker.woken() => {}
                Some(_) = running.join_next() => {}
                () = sleep(pause.unwrap_or(LOOK)), if pause.is_some() => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Begins what is due; how long until something else is, if something waits for its time.
    async fn send_due(self: &Arc<Self>, running: &mut JoinSet<()>) -> Result<Option<Duration>> {
        let mut numbers: HashMap<UserId, &Number> = HashMap::new();
        for number in &self.rules.numbers {
            if let Some(inbox) = self.store.find_inbox(&number.inbox).await? {
                numbers.insert(inbox.user.id, number);
            }
        }
        // One moment for both: what becomes due between two would be in neither.
        let now = self.clock.now();
        let room = AT_ONCE.saturating_sub(running.len());
        if room > 0 {
            let inboxes = numbers.keys().copied().collect();
            for sms in self.store.take_sms(inboxes, room, now).await? {
                let Some(number) = numbers.get(&sms.inbox) else { continue };
                let (app, number) = (Arc::clone(self), (*number).clone());
                running.spawn(async move { app.hand_over(&number, sms).await });
            }
        }
        let next = self.store.find_next_sms(now).await?;
        Ok(next
            .map(|next| Duration::from_millis(u64::try_from(next.0 - now.0).unwrap_or_default()).min(LOOK)))
    }

    /// Hands one over, and notes what came of it.
    async fn hand_over(&self, number: &Number, sms: OutgoingSms) {
        let (message, attempt) = (sms.message, sms.attempt);
        let mut callback = format!("{}/hooks/sms/{}/status?m={}", number.origin, number.inbox, message.0);
        if attempt > 1 {
            let _ = write!(callback, "&n={attempt}");
        }
        let outbound = Outbound { message: message.0, to: sms.to, text: sms.text, callback };
        let sent = timeout(PATIENCE, number.provider.send(&outbound)).await;
        let now = self.clock.now();
        let outcome = match sent.unwrap_or(Sent::Unsure("no answer in time")) {
            Sent::Accepted { id, .. } => SmsOutcome::Accepted { provider: number.name, remote: id },
            Sent::Refused(reason) => {
                SmsOutcome::Refused { reason: reason.to_string(), opted_out: reason.opted_out }
            }
            Sent::Later { reason, after } => match next_try(sms.since, sms.tries, after, now) {
                Some(at) => SmsOutcome::Later(at),
                None => SmsOutcome::Refused {
                    reason: format!("{reason} It was tried for 15 minutes."),
                    opted_out: false,
                },
            },
            Sent::Unsure(why) => {
                tracing::warn!(message = message.0, why, "nobody knows whether a text message was sent");
                SmsOutcome::Unknown
            }
        };
        // A process that ends before this is noted leaves it as unsure.
        while let Err(error) = self.store.settle_sms(message, attempt, outcome.clone(), now).await {
            tracing::warn!(message = message.0, %error, "what became of a text message is not noted yet");
            sleep(AGAIN).await;
        }
    }
}

/// When something is tried again that was not taken `tries` times; none: it is given up.
fn next_try(since: Timestamp, tries: u32, after: Option<Duration>, now: Timestamp) -> Option<Timestamp> {
    let [least, most] = PAUSE;
    let doubled = least.checked_shl(tries.saturating_sub(1).min(16)).unwrap_or(most).clamp(least, most);
    let asked = after.and_then(|after| i64::try_from(after.as_secs()).ok()).unwrap_or_default();
    let at = now.plus_seconds(doubled.max(asked));
    (at <= since.plus_seconds(TRY_SECONDS)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_taken_is_tried_again_for_a_quarter_of_an_hour() {
        let start = Timestamp(1_800_000_000_000);
        let (mut now, mut tries) = (start, 0);
        loop {
            tries += 1;
            match next_try(start, tries, None, now) {
                Some(at) => {
                    assert!((1000..=60_000).contains(&(at.0 - now.0)));
                    now = at;
                }
                None => break,
            }
        }
        assert_eq!(tries, 20);
        assert!(now > start.plus_seconds(13 * 60) && now <= start.plus_seconds(TRY_SECONDS));
        let asked = next_try(start, 1, Some(Duration::from_secs(30)), start);
        assert_eq!(asked, Some(start.plus_seconds(30)), "as the provider asks");
        assert_eq!(next_try(start, 1, Some(Duration::from_hours(1)), start), None);
    }
}
