//! Rights: who may do and see what. Use cases ask here before they act; pages, API and socket ask here what to offer.
//! Nothing else decides it, but for the store, which looks again in the transaction whether its actor may still act.

use super::{Actor, App, Caller};
use crate::domain::comment::EDIT_SECONDS;
use crate::domain::{
    self, Access, Comment, Error, Guests, Message, Post, Result, Session, Timestamp, User, UserId, UserKind,
};

/// What may be done with one post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostRights {
    /// Remove it.
    pub remove: bool,
    /// Tell the moderators about it.
    pub report: bool,
}

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

/// What a caller may do with a post by this author; none: by somebody else, whoever that is.
pub fn post_rights(caller: &Caller, author: Option<UserId>) -> PostRights {
    let own = author.is_some() && caller.user() == author;
    let remove = caller.session.is_some() && (own || caller.is_moderator());
    PostRights { remove, report: caller.member().is_ok() && !remove }
}

/// Whether a caller may remove this post, or why not.
pub(super) fn check_remove_post(caller: &Caller, post: &Post) -> Result<()> {
    caller.session()?;
    if post_rights(caller, Some(post.author.id)).remove {
        Ok(())
    } else {
        Err(Error::Forbidden("Only its author and moderators can remove a post."))
    }
}

/// The session of a moderator, or why a caller is none.
pub fn moderator(caller: &Caller) -> Result<&Session> {
    let session = caller.session()?;
    if caller.is_moderator() { Ok(session) } else { Err(Error::Forbidden("Only moderators can do this.")) }
}

/// The member who acts, or why it may not.
pub fn member(actor: Option<Actor>) -> Result<UserId> {
    match actor.ok_or(Error::NoSession)? {
        Actor { kind: UserKind::Member, user } => Ok(user),
        Actor { .. } => Err(Error::GuestsOff),
    }
}

/// The site's own account is neither suspended nor deleted: the welcome is its, and its handle stays nobody else's.
pub(super) fn check_not_system(user: &User) -> Result<()> {
    if user.is_system() {
        Err(Error::Forbidden("This is the site's own account: it can be neither suspended nor deleted."))
    } else {
        Ok(())
    }
}

/// Whether a user may give a message another text now, or why not.
pub(super) fn check_edit_message(user: UserId, message: &Message, now: Timestamp) -> Result<()> {
    if message.writer != user {
        return Err(Error::Forbidden("Only its author can edit a message."));
    }
    if message.delivery.is_some() {
        return Err(Error::Forbidden("A text message to a telephone can't be edited: it has been sent."));
    }
    if message.created_at.plus_seconds(domain::message::EDIT_SECONDS) < now {
        return Err(Error::Forbidden("A message can be edited for 15 minutes; this one is older."));
    }
    Ok(())
}

impl App {
    /// Whether somebody may see what is for these eyes only. It is asked at every subscribe, and of the store each time.
    pub async fn may_see(&self, actor: Option<Actor>, access: Access) -> Result<bool> {
        let Some(Actor { user, .. }) = actor else { return Ok(access == Access::Anyone) };
        Ok(match access {
            Access::Anyone => true,
            Access::Nobody => false,
            Access::User(of) => of == user,
            Access::Conversation(id) => self.store.may_read(id, user).await?,
            Access::Inbox(inbox) => self.store.find_role(inbox, user).await?.is_some(),
            Access::Case(id) => self.store.find_case(id, user).await?.is_some(),
            Access::Moderators => self.store.find_person(user).await?.is_some_and(|(user, _)| user.moderator),
        })
    }

    /// Whether users of this kind may like.
    pub(super) fn check_like(&self, kind: UserKind) -> Result<()> {
        check(kind == UserKind::Member || self.rules.guests != Guests::Off)
    }

    /// Whether users of this kind may write comments.
    pub(super) fn check_comment(&self, kind: UserKind) -> Result<()> {
        check(kind == UserKind::Member || self.rules.guests == Guests::Comment)
    }

    /// Whether users of this kind may have conversations: members, and guests with inboxes.
    pub(super) fn check_message(&self, kind: UserKind) -> Result<()> {
        check(kind == UserKind::Member || self.rules.guests >= Guests::Message)
    }

    /// Who may have conversations, of those who have a session.
    pub(super) fn correspondent(&self, caller: &Caller) -> Result<UserId> {
        let user = &caller.session()?.user;
        self.check_message(user.kind).map(|()| user.id)
    }

    /// The same of a connection; also who may be seen writing in one.
    pub fn correspondent_of(&self, actor: Option<Actor>) -> Result<UserId> {
        let Actor { user, kind } = actor.ok_or(Error::NoSession)?;
        self.check_message(kind).map(|()| user)
    }

    /// Whether the caller, who may have no session yet, may write to inboxes.
    pub fn may_write_to_inboxes(&self, caller: &Caller) -> bool {
        self.check_message(caller.session.as_ref().map_or(UserKind::Guest, |session| session.user.kind))
            .is_ok()
    }

    /// Whether the caller may write comments.
    pub fn may_comment(&self, caller: &Caller) -> bool {
        caller.session.as_ref().is_some_and(|session| self.check_comment(session.user.kind).is_ok())
    }

    /// What the caller may do with its own fresh comments on a post by `post_author`, if `own`, or with those of others.
    pub fn conversation_rights(&self, caller: &Caller, post_author: UserId, own: bool) -> CommentRights {
        let Some(session) = &caller.session else { return CommentRights::default() };
        let writes = self.may_comment(caller);
        CommentRights {
            answer: writes,
            edit: writes && own,
            remove: own || session.user.id == post_author || caller.is_moderator(),
            report: session.user.is_member() && !own,
        }
    }

    /// What the caller may do with a comment of a post by `post_author`.
    pub fn comment_rights(&self, caller: &Caller, post_author: UserId, comment: &Comment) -> CommentRights {
        let rights = self.conversation_rights(caller, post_author, caller.user() == Some(comment.author.id));
        CommentRights {
            answer: rights.answer && comment.parent.is_none(),
            edit: rights.edit && self.is_fresh(comment),
            ..rights
        }
    }

    /// Whether the caller may give a message another text, for now.
    pub fn may_edit_message(&self, caller: &Caller, message: &Message) -> bool {
        caller.user().is_some_and(|me| check_edit_message(me, message, self.clock.now()).is_ok())
    }

    /// Whether the caller may give a post another text, for now.
    pub fn may_edit_post(&self, caller: &Caller, post: &Post) -> bool {
        self.check_edit_post(caller, post).is_ok()
    }

    /// The same, or why not.
    pub(super) fn check_edit_post(&self, caller: &Caller, post: &Post) -> Result<()> {
        if caller.member()?.user.id != post.author.id {
            return Err(Error::Forbidden("Only its author can edit a post."));
        }
        if post.created_at.plus_seconds(domain::post::EDIT_SECONDS) < self.clock.now() {
            return Err(Error::Forbidden("A post can be edited for 15 minutes; this one is older."));
        }
        Ok(())
    }

    /// Whether the caller may give a comment another text, or why not.
    pub(super) fn check_edit_comment(&self, caller: &Caller, comment: &Comment) -> Result<()> {
        let user = &caller.session()?.user;
        if comment.author.id != user.id {
            return Err(Error::Forbidden("Only its author can edit a comment."));
        }
        // A guest's own, from a time when guests could comment here: it may still be removed, but not rewritten.
        self.check_comment(user.kind)?;
        if !self.is_fresh(comment) {
            return Err(Error::Forbidden("A comment can be edited for 15 minutes; this one is older."));
        }
        Ok(())
    }

    /// Whether the caller may remove a comment, or why not.
    pub(super) async fn check_remove_comment(&self, caller: &Caller, comment: &Comment) -> Result<()> {
        let me = caller.session()?.user.id;
        if caller.is_moderator() || me == comment.author.id {
            return Ok(());
        }
        let post = self.store.find_post(comment.post, None).await?;
        if post.is_some_and(|post| self.comment_rights(caller, post.author.id, comment).remove) {
            return Ok(());
        }
        Err(Error::Forbidden("Only its author, the post's author and moderators can remove a comment."))
    }

    fn is_fresh(&self, comment: &Comment) -> bool {
        comment.created_at.plus_seconds(EDIT_SECONDS) >= self.clock.now()
    }
}

fn check(may: bool) -> Result<()> {
    if may { Ok(()) } else { Err(Error::GuestsOff) }
}
