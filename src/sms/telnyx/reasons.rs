//! Telnyx' error codes in words. Source: its "Messaging Error Code Reference".

use crate::sms::Reason;

/// What a code means to an agent.
pub(super) fn reason(code: &str) -> Reason {
    let words = match code {
        "40300" => Reason::OPTED_OUT,
        "40001" => "This number can't receive text messages: it is a landline, or can't be reached.",
        "40002" | "40003" | "40015" => "The message was filtered as spam.",
        "40004" => "The recipient's network refused the message.",
        "40005" | "40014" => "The message could not be delivered in time.",
        "40006" => "The recipient's network could not be reached.",
        "40009" => "The network does not accept this text.",
        "40011" => "Too many messages were sent at once.",
        "40012" | "40310" | "10002" | "10016" => "This is not a telephone number that can be reached.",
        "40013" | "40305" => "The number of this inbox does not belong to the provider's account.",
        "10009" | "10010" => "The provider does not accept the credentials of this site.",
        _ => "The provider could not deliver it.",
    };
    // A code goes into what agents read: digits, and nothing else that a call may carry.
    if (1..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()) {
        Reason::coded(code, words)
    } else {
        Reason::plain(words)
    }
}
