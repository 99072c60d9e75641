//! Comments: write, edit, remove, list.

use super::{Actor, App, Caller};
use crate::domain::comment::{EDIT_SECONDS, normalize_comment};
use crate::domain::{
    Comment, CommentId, Cursor, Error, Guests, Limit, Order, Page, PostId, Result, UserId, UserKind, text,
};
use crate::store::{ConnectionRef, Created, NewComment};

/// A comment as it was sent.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Under which post.
    pub post: PostId,
    /// The comment that it answers.
    pub parent: Option<CommentId>,
    /// As it was typed.
    pub text: String,
    /// The client's key.
    pub key: Option<String>,
}

impl App {
    /// Writes a comment; resolves after the commit. With a `key`, the same call again gives the same comment.
    pub async fn write_comment(&self, caller: &Caller, draft: Draft) -> Result<Created<Comment>> {
        let user = &caller.session()?.user;
        let comment = self.check_comment(Actor { user: user.id, kind: user.kind }, draft)?;
        self.store.create_comment(comment).await
    }

    /// The comment of a connection's command: queued here, answered through the hub after the commit.
    pub fn comment_from_connection(
        &self,
        actor: Option<Actor>,
        draft: Draft,
        waiter: ConnectionRef,
    ) -> Result<()> {
        let comment = self.check_comment(actor.ok_or(Error::NoSession)?, draft)?;
        self.store.queue_comment(comment, waiter)
    }

    fn check_comment(&self, Actor { user, kind }: Actor, draft: Draft) -> Result<NewComment> {
        self.check_may_comment(kind)?;
        let Draft { post, parent, text, key } = draft;
        let text = normalize_comment(&text)?;
        key.as_deref().map(text::check_key).transpose()?;
        self.rates.comment(user)?;
        Ok(NewComment { post, parent, author: user, text, key, at: self.clock.now() })
    }

    fn check_may_comment(&self, kind: UserKind) -> Result<()> {
        if kind == UserKind::Guest && self.rules.guests != Guests::Comment {
            Err(Error::GuestsOff)
        } else {
            Ok(())
        }
    }

    /// Gives a comment of the caller's own another text, within 15 minutes.
    pub async fn edit_comment(&self, caller: &Caller, id: CommentId, text: &str) -> Result<Comment> {
        let user = &caller.session()?.user;
        let comment = self.get_comment(id).await?;
        if comment.author.id != user.id {
            return Err(Error::Forbidden("Only its author can edit a comment."));
        }
        // A guest's own, from a time when guests could comment here: it may still be removed, but not rewritten.
        self.check_may_comment(user.kind)?;
        let text = normalize_comment(text)?;
        let now = self.clock.now();
        if comment.created_at.plus_seconds(EDIT_SECONDS) < now {
            return Err(Error::Forbidden("A comment can be edited for 15 minutes; this one is older."));
        }
        self.rates.comment(user.id)?;
        self.store.edit_comment(id, text, now).await
    }

    /// Removes a comment; its author, the post's author and moderators may.
    pub async fn remove_comment(&self, caller: &Caller, id: CommentId) -> Result<()> {
        caller.session()?;
        let comment = self.get_comment(id).await?;
        if !self.may_remove_comment(caller, &comment).await? {
            return Err(Error::Forbidden(
                "Only its author, the post's author and moderators can remove a comment.",
            ));
        }
        self.store.remove_comment(id, self.clock.now()).await
    }

    async fn may_remove_comment(&self, caller: &Caller, comment: &Comment) -> Result<bool> {
        let actor: Option<UserId> = caller.user();
        if caller.is_moderator() || actor == Some(comment.author.id) {
            return Ok(true);
        }
        let post = self.store.find_post(comment.post, None).await?;
        Ok(post.is_some_and(|post| actor == Some(post.author.id)))
    }

    /// A comment.
    pub async fn get_comment(&self, id: CommentId) -> Result<Comment> {
        self.store.find_comment(id).await?.ok_or(Error::no_comment())
    }

    /// The comments of a post.
    pub async fn list_comments(
        &self,
        post: PostId,
        order: Order,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Comment>> {
        self.store.list_comments(post, order, after, limit).await
    }
}
