//! What can be refused, and in which words. The status of each code stands in `web/error.rs` alone.

use std::borrow::Cow;

/// The result of everything that may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal: a stable code for programs, a sentence that helps for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request is not well formed; the text says what is wrong and what is allowed.
    #[error("{0}")]
    BadRequest(Cow<'static, str>),
    /// It needs a session and there is none.
    #[error("This needs a session: sign up or log in first.")]
    NoSession,
    /// Handle or password is wrong; the sentence is the same for both on purpose.
    #[error("Handle or password is wrong.")]
    BadCredentials,
    /// The actor is known and may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The request comes from another site.
    #[error("This request comes from another site's page and was refused.")]
    BadOrigin,
    /// A guest may not do this.
    #[error("Guests can't do this here: sign up (your likes stay with you) or log in.")]
    GuestsOff,
    /// It does not exist, or the actor may not know that it does.
    #[error("{0}")]
    NotFound(&'static str),
    /// The handle belongs to somebody else or is reserved.
    #[error("This handle is taken: choose another one.")]
    HandleTaken,
    /// The same key was used for something else.
    #[error("This key was already used for something else: take a new one for each new text.")]
    KeyReused,
    /// The page that sent it was made for another user than the session's.
    #[error("You have logged in or out since this page was opened: reload it first.")]
    OtherUser,
    /// The text was changed since the edit began.
    #[error(
        "This was changed since you began to edit it, perhaps by you in another place: look at it as it is now first."
    )]
    Superseded,
    /// Another agent has answered since.
    #[error("Another agent has answered meanwhile: read that first, then send it again or leave it.")]
    Answered,
    /// A case has another assignee than was expected: the handle of that one, empty where it is nobody.
    #[error("{}", has_it(.0))]
    Taken(String),
    /// The inbox has a reply with this shortcut.
    #[error("This inbox has a reply with this shortcut already: choose another one.")]
    ShortcutTaken,
    /// What the key made has been removed since.
    #[error("What was made with this key has been removed.")]
    Gone,
    /// The body or frame is too large.
    #[error("{0}")]
    TooLarge(Cow<'static, str>),
    /// The body is not JSON where JSON is wanted.
    #[error("Send the body as application/json.")]
    MediaType,
    /// Too much in too short a time.
    #[error("{what}: try again in {}.", in_words(*retry_after_ms))]
    RateLimited {
        /// Which limit, with its numbers.
        what: String,
        /// How long to wait, in milliseconds.
        retry_after_ms: u64,
    },
    /// The server has more to do than it can take.
    #[error("The server is busy: try again in a moment.")]
    Overloaded,
    /// The database could not write or read; nothing was changed.
    #[error("The server can't save anything right now: nothing was changed, try again in a moment.")]
    Storage,
    /// The database failed in such a way that the act may have been done, or be done by the next start.
    #[error("It is not certain whether this was saved: look whether it is there before you try again.")]
    UnknownOutcome,
    /// A mistake of ours.
    #[error("Something went wrong here, and it is our mistake: it has been noted. Try again in a moment.")]
    Internal,
}

impl Error {
    /// A refusal of a badly formed request.
    pub fn bad(message: impl Into<Cow<'static, str>>) -> Self {
        Self::BadRequest(message.into())
    }

    /// No such post, or it has been removed.
    pub const fn no_post() -> Self {
        Self::NotFound("There is no such post, or it has been removed.")
    }

    /// No such comment, or it has been removed.
    pub const fn no_comment() -> Self {
        Self::NotFound("There is no such comment, or it has been removed.")
    }

    /// No agent of this inbox.
    pub const fn no_agent() -> Self {
        Self::NotFound("There is no agent of this inbox with this handle.")
    }

    /// No such user.
    pub const fn no_user() -> Self {
        Self::NotFound("There is no user with this handle.")
    }

    /// A moderator has suspended the member.
    pub const fn suspended() -> Self {
        Self::Forbidden("This account is suspended: write to those who run this site.")
    }

    /// The code that programs read.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "bad_request",
            Self::NoSession => "no_session",
            Self::BadCredentials => "bad_credentials",
            Self::Forbidden(_) => "forbidden",
            Self::BadOrigin => "bad_origin",
            Self::GuestsOff => "guests_off",
            Self::NotFound(_) => "not_found",
            Self::HandleTaken => "handle_taken",
            Self::KeyReused => "key_reused",
            Self::OtherUser => "other_user",
            Self::Superseded | Self::Answered => "superseded",
            Self::Taken(_) | Self::ShortcutTaken => "taken",
            Self::Gone => "gone",
            Self::TooLarge(_) => "too_large",
            Self::MediaType => "media_type",
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::Storage | Self::UnknownOutcome => "storage",
            Self::Internal => "internal",
        }
    }

    /// How long to wait before the same may work, in milliseconds.
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after_ms, .. } => Some(*retry_after_ms),
            Self::Overloaded | Self::Storage | Self::UnknownOutcome | Self::Internal => Some(1000),
            _ => None,
        }
    }
}

/// The handle alone, as programs read it; where nobody has the case there is none.
fn has_it(handle: &str) -> String {
    if handle.is_empty() { "Nobody has this case.".to_owned() } else { handle.to_owned() }
}

/// Milliseconds as people say them, rounded up.
fn in_words(milliseconds: u64) -> String {
    let seconds = milliseconds.div_ceil(1000);
    let (number, unit) = match seconds {
        0..=90 => (seconds, "second"),
        91..=5400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_the_time_to_wait_as_people_do() {
        for (retry_after_ms, wait) in [
            (1, "1 second"),
            (1001, "2 seconds"),
            (90_000, "90 seconds"),
            (90_001, "2 minutes"),
            (699_000, "12 minutes"),
            (5_400_001, "2 hours"),
        ] {
            let refused = Error::RateLimited { what: "Too many failed log-ins".to_owned(), retry_after_ms };
            assert_eq!(refused.to_string(), format!("Too many failed log-ins: try again in {wait}."));
        }
    }
}
