//! What a provider has kept and could not tell: fetched from its list at the start and every quarter of an hour. `boot`
//! starts it.

use std::sync::Arc;
use std::time::Duration;

use super::Number;
use crate::app::App;
use crate::domain::Result;
use crate::sms::NotListed;

/// So far it looks back: who missed a text for longer has noticed.
const BACK_SECONDS: i64 = 24 * 3600;
/// How often it looks.
const EVERY: Duration = Duration::from_mins(15);
/// So many pages at most: some ten thousand texts.
const PAGES: usize = 50;

impl App {
    /// Fetches what was missed, for ever.
    pub async fn fetch_missed_sms(self: Arc<Self>) {
        let mut times = tokio::time::interval(EVERY);
        times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            times.tick().await;
            for number in &self.rules.numbers {
                if let Err(error) = self.fetch_missed(number).await {
                    tracing::warn!(inbox = number.inbox, %error, "missed texts are not fetched; they will be");
                }
            }
        }
    }

    async fn fetch_missed(&self, number: &Number) -> Result<()> {
        // An inbox may be made later.
        let Some(inbox) = self.store.find_inbox(&number.inbox).await? else { return Ok(()) };
        let now = self.clock.now();
        let begun = self.store.begin_number(inbox.user.id, number.name, number.number.clone(), now).await?;
        let since = begun.max(now.plus_seconds(-BACK_SECONDS));
        let (mut missed, mut page) = (Vec::new(), None);
        for _ in 0..PAGES {
            match number.provider.list(since, page.as_deref()).await {
                Ok(listed) => {
                    missed.extend(listed.heard);
                    page = listed.next;
                }
                Err(NotListed::NotOffered) => return Ok(()),
                Err(NotListed::Failed(why)) => {
                    tracing::warn!(inbox = number.inbox, why, "the provider does not list its texts");
                    break;
                }
            }
            if page.is_none() {
                break;
            }
        }
        // The newest come first, and the oldest was said first.
        missed.reverse();
        self.hear(number, missed, 1).await
    }
}
