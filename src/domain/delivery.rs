//! How far a text message to a telephone has come.

use super::Timestamp;

/// A step on its way. What comes later in this list ranks higher; the last two rank alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It waits to be handed to the provider.
    Queued,
    /// It was handed over and no answer came: the provider has it, or not.
    Unsure,
    /// The provider has it.
    Sent,
    /// The telephone has it.
    Delivered,
    /// It will not arrive.
    Failed,
}

impl DeliveryState {
    /// The word that the API and the store write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Unsure => "unsure",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Queued, Self::Unsure, Self::Sent, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == word)
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Unsure => 1,
            Self::Sent => 2,
            Self::Delivered | Self::Failed => 3,
        }
    }
}

/// What is known of a message's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// How far it is.
    pub state: DeliveryState,
    /// Since when.
    pub at: Timestamp,
    /// Why it failed, or why it still waits, in words.
    pub reason: Option<String>,
}

impl Delivery {
    /// What is known after a report; none where it says nothing new. Reports come in any order and more than once: the
    /// state never goes back, of `delivered` and `failed` the first stays, and so does the first reason.
    #[must_use]
    pub fn after(&self, report: &Self) -> Option<Self> {
        if report.state.rank() > self.state.rank() {
            let reason = self.reason.clone().or_else(|| report.reason.clone());
            return Some(Self { reason, ..report.clone() });
        }
        let explains = report.state == self.state && self.reason.is_none() && report.reason.is_some();
        explains.then(|| Self { reason: report.reason.clone(), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(state: DeliveryState, reason: Option<&str>) -> Delivery {
        Delivery { state, at: Timestamp(1), reason: reason.map(str::to_owned) }
    }

    #[test]
    fn a_state_never_goes_back_and_the_first_end_stays() {
        use DeliveryState::{Delivered, Failed, Queued, Sent, Unsure};
        let order = [Queued, Unsure, Sent, Delivered];
        for (at, state) in order.iter().enumerate() {
            for (next, report) in order.iter().enumerate() {
                let after = delivery(*state, None).after(&delivery(*report, None));
                assert_eq!(
                    after.map(|after| after.state),
                    (next > at).then_some(*report),
                    "{state:?} {report:?}"
                );
            }
        }
        assert_eq!(delivery(Failed, None).after(&delivery(Delivered, None)), None);
        assert_eq!(delivery(Delivered, None).after(&delivery(Failed, Some("late"))), None);
        assert_eq!(delivery(Sent, None).after(&delivery(Failed, None)).unwrap().state, Failed);
    }

    #[test]
    fn the_first_reason_stays() {
        use DeliveryState::{Failed, Queued};
        let failed = delivery(Failed, Some("filtered"));
        assert_eq!(failed.after(&delivery(Failed, None)), None);
        assert_eq!(failed.after(&delivery(Failed, Some("unknown"))), None);
        let explained = delivery(Failed, None).after(&failed).unwrap();
        assert_eq!(explained.reason.as_deref(), Some("filtered"));
        let waiting = delivery(Queued, Some("busy")).after(&failed).unwrap();
        assert_eq!((waiting.state, waiting.reason.as_deref()), (Failed, Some("busy")));
    }

    #[test]
    fn every_word_is_read_again() {
        for word in ["queued", "unsure", "sent", "delivered", "failed"] {
            assert_eq!(DeliveryState::parse(word).unwrap().as_str(), word);
        }
        assert_eq!(DeliveryState::parse("read"), None);
    }
}
