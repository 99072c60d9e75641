//! How far a text to a telephone has come, in words. `browser/page/delivery.js` says the same of what arrives live.

use super::address;
use crate::domain::{Delivery, DeliveryState, Message};

/// See the module.
pub(in crate::web::pages) struct Said {
    pub(in crate::web::pages) state: &'static str,
    pub(in crate::web::pages) words: String,
    /// Where a form asks for it to be sent once more, if that is of use.
    pub(in crate::web::pages) again: Option<String>,
}

impl Said {
    pub(super) fn of(message: &Message, handle: &str) -> Option<Self> {
        let Delivery { state, reason, .. } = message.delivery.as_ref()?;
        let again = matches!(state, DeliveryState::Unsure | DeliveryState::Failed);
        Some(Self {
            state: state.as_str(),
            words: words(*state, reason.as_deref()),
            again: again.then(|| format!("{}/send", address(handle, Some(message.conversation)))),
        })
    }
}

fn words(state: DeliveryState, reason: Option<&str>) -> String {
    let said = match state {
        DeliveryState::Queued => "Waits to be sent",
        DeliveryState::Unsure => "Perhaps not sent: nobody answered",
        DeliveryState::Sent => "Sent",
        DeliveryState::Delivered => "Delivered",
        DeliveryState::Failed => "Not delivered",
    };
    reason.map_or_else(|| said.to_owned(), |reason| format!("{said}: {reason}"))
}
