//! What a visitor may do with the comments that a page shows. The use cases decide again when it is done.

use super::{App, Caller};
use crate::domain::comment::EDIT_SECONDS;
use crate::domain::{Comment, Guests, UserId};

/// What may be done with one comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four rights that have nothing to do with each other")]
pub struct CommentRights {
    /// Answer it: answers are not answered themselves.
    pub answer: bool,
    /// Give it another text, for now.
    pub edit: bool,
    /// Remove it.
    pub remove: bool,
    /// Tell the moderators about it.
    pub report: bool,
}

impl App {
    /// Whether the caller may write comments.
    pub fn may_comment(&self, caller: &Caller) -> bool {
        let session = caller.session.as_ref();
        session.is_some_and(|session| session.user.is_member() || self.rules.guests == Guests::Comment)
    }

    /// What the caller may do with a comment of a post by `post_author`.
    pub fn comment_rights(&self, caller: &Caller, post_author: UserId, comment: &Comment) -> CommentRights {
        let Some(session) = &caller.session else { return CommentRights::default() };
        let (me, own) = (session.user.id, session.user.id == comment.author.id);
        let writes = self.may_comment(caller);
        CommentRights {
            answer: writes && comment.parent.is_none(),
            edit: writes && own && comment.created_at.plus_seconds(EDIT_SECONDS) >= self.clock.now(),
            remove: own || me == post_author || caller.is_moderator(),
            report: session.user.is_member() && !own,
        }
    }
}
