//! Whose page sends a request. A page that was made for Ana must not act as Ben, who has logged in since in the same
//! browser.

use super::Caller;
use crate::domain::{Error, Result, UserId, parse_id};

/// The user that a page was made for; none: nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageUser(pub Option<UserId>);

impl PageUser {
    /// Reads a user's id, or 0 for nobody.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "0" => Ok(Self(None)),
            id => parse_id(id)
                .map(|id| Self(Some(UserId(id))))
                .ok_or(Error::bad("user: the id of the user that this page was made for, or 0 for nobody.")),
        }
    }
}

impl Caller {
    /// Whether a page that was made for this user may act as the caller, or `other_user`. A page that was made for
    /// nobody may act as the guest that its browser has become since: its own first like, or another tab's, made it.
    pub fn check_page(&self, PageUser(user): PageUser) -> Result<()> {
        let now_a_guest = self.session.as_ref().is_some_and(|session| !session.user.is_member());
        if self.user() == user || user.is_none() && now_a_guest { Ok(()) } else { Err(Error::OtherUser) }
    }
}
