//! Twilio's error codes in words. Source: its error dictionary, by code.

use crate::sms::Reason;

/// What a code means to an agent.
pub(super) fn reason(code: u64) -> Reason {
    let words = match code {
        21610 => Reason::OPTED_OUT,
        21211 | 21217 | 21265 => "This is not a telephone number that can be reached.",
        21614 | 30006 => {
            "This number can't receive text messages: it is a landline, or its network can't be reached."
        }
        21612 => "Messages from this number can't be sent to that one.",
        21408 => "The provider's account may not send to this country.",
        21608 => "A trial account may only send to numbers that it has verified.",
        21606 | 21607 | 21659 | 21660 => {
            "The number of this inbox does not belong to the provider's account."
        }
        21605 | 21617 => "The message is too long for the provider.",
        20003 | 20403 => "The provider does not accept the credentials of this site.",
        30002 => "The provider has suspended the account.",
        30003 => "The telephone could not be reached: it may be off.",
        30004 => "The recipient, or the network, has blocked the message.",
        30005 => "This number is unknown or not in use any more.",
        30007 => "The message was filtered by the carrier.",
        30032 | 30034 => "The number of this inbox is not registered for messages to this country.",
        _ => "The provider could not deliver it.",
    };
    Reason::coded(code.to_string(), words)
}

/// Codes of a refusal that passes: too many at once.
pub(super) const fn passes(code: u64) -> bool {
    matches!(code, 20429 | 21611 | 30001)
}
