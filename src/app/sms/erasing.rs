//! Erasing at the provider what was erased here: until it has said that it has done so. `boot` starts it.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::domain::{Error, Phone, Result, Sender};
use crate::sms::NotRedacted;

/// How often it looks for something to erase.
const EVERY: Duration = Duration::from_secs(10);
/// So many at once.
const SOME: usize = 20;
/// A provider that did not erase is asked again after this.
const AGAIN_SECONDS: i64 = 15 * 60;

impl App {
    /// Erases the customer of an inbox who has this number. For the operator. `not_found` if there is none.
    pub async fn erase_customer(&self, inbox: &str, phone: &str) -> Result<()> {
        let id = self.find_inbox(inbox).await?.user.id;
        let country = self.sms_number(inbox).ok().and_then(|number| number.country);
        let number = match Phone::read(phone, country) {
            Ok(phone) => Sender::Phone(phone),
            // A sender may be a word.
            Err(_) => Sender::read(phone),
        };
        if self.store.erase_customer(id, number.as_str().to_owned(), self.clock.now()).await? {
            Ok(())
        } else {
            Err(Error::NotFound("This inbox has no customer with this number."))
        }
    }

    /// Says how many days an inbox keeps what is said; none: for ever. For the operator.
    pub async fn set_retention(&self, inbox: &str, days: Option<u32>) -> Result<()> {
        let id = self.find_inbox(inbox).await?.user.id;
        self.store.set_retention(id, days).await
    }

    /// Erases at the providers, for ever.
    pub async fn redact_sms(self: Arc<Self>) {
        if self.rules.numbers.is_empty() {
            return;
        }
        let mut times = tokio::time::interval(EVERY);
        times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            times.tick().await;
            loop {
                match self.redact_some().await {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "texts are not erased at the provider; they will be");
                        break;
                    }
                }
            }
        }
    }

    /// Some of what is due; how many.
    async fn redact_some(&self) -> Result<usize> {
        let now = self.clock.now();
        let due = self.store.list_redactions(now, SOME).await?;
        for redaction in &due {
            let number = self.rules.numbers.iter().find(|number| number.name == redaction.provider);
            let again = Some(now.plus_seconds(AGAIN_SECONDS));
            let again = match number {
                // Its account is not set up any more.
                None => again,
                Some(number) => match number.provider.redact(&redaction.remote).await {
                    Ok(()) | Err(NotRedacted::NotOffered) => None,
                    Err(NotRedacted::Failed(why)) => {
                        tracing::warn!(inbox = number.inbox, why, "a text is not erased at the provider yet");
                        again
                    }
                },
            };
            self.store.settle_redaction(redaction.clone(), again).await?;
        }
        Ok(due.len())
    }
}
