//! What goes wrong on purpose.

use std::time::Duration;

/// What happens to the calls about one message. All of it happens to real providers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Faults {
    /// Every call comes twice, both at once.
    pub double: bool,
    /// Every call waits so long.
    pub delay: Duration,
    /// Reports come in the wrong order: the last first.
    pub reorder: bool,
    /// No call comes at all. The list of messages knows better.
    pub forget: bool,
    /// Reports come before the answer that says the message's id.
    pub early: bool,
}

impl Faults {
    /// What chaos does to a message: most come through with one fault or two, one in ten is forgotten.
    pub(crate) fn random() -> Self {
        let is = |percent: u32| fastrand::u32(0..100) < percent;
        Self {
            double: is(30),
            delay: if is(30) { Duration::from_millis(fastrand::u64(100..3000)) } else { Duration::ZERO },
            reorder: is(30),
            forget: is(10),
            early: is(20),
        }
    }
}

/// How one send is answered instead of rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFault {
    /// Never, and the message is not taken.
    HangBefore,
    /// Never, but the message is taken.
    HangAfter,
    /// The connection breaks, and the message is not taken.
    BreakBefore,
    /// The connection breaks, but the message is taken.
    BreakAfter,
    /// 429, with this Retry-After in seconds.
    TooMany(u64),
    /// 503, and the message is not taken.
    ErrorBefore,
    /// 500, but the message is taken.
    ErrorAfter,
}

impl AnswerFault {
    /// Whether the message is taken all the same.
    pub(crate) const fn takes(self) -> bool {
        matches!(self, Self::HangAfter | Self::BreakAfter | Self::ErrorAfter)
    }
}
