//! Comments: write, edit, remove, list.

use std::collections::BTreeSet;

use super::{Actor, App, Caller};
use crate::domain::comment::normalize_comment;
use crate::domain::{
    Base, Comment, CommentId, Cursor, Error, Limit, Order, Page, PostId, Result, Subject, text,
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
        let comment = self.check_draft(Actor { user: user.id, kind: user.kind }, draft)?;
        self.store.create_comment(comment).await
    }

    /// The comment of a connection's command: queued here, answered through the hub after the commit.
    pub fn comment_from_connection(
        &self,
        actor: Option<Actor>,
        draft: Draft,
        waiter: ConnectionRef,
    ) -> Result<()> {
        let comment = self.check_draft(actor.ok_or(Error::NoSession)?, draft)?;
        self.store.queue_comment(comment, waiter)
    }

    fn check_draft(&self, Actor { user, kind }: Actor, draft: Draft) -> Result<NewComment> {
        self.check_comment(kind)?;
        let Draft { post, parent, text, key } = draft;
        let text = normalize_comment(&text)?;
        key.as_deref().map(text::check_key).transpose()?;
        self.rates.comment(user)?;
        Ok(NewComment { post, parent, author: user, text, key, at: self.clock.now() })
    }

    /// Gives a comment of the caller's own another text, within 15 minutes. `base`: what the edit began from.
    pub async fn edit_comment(
        &self,
        caller: &Caller,
        id: CommentId,
        text: &str,
        base: Option<Base>,
    ) -> Result<Comment> {
        let user = caller.session()?.user.id;
        let comment = self.get_comment(id).await?;
        self.check_edit_comment(caller, &comment)?;
        let text = normalize_comment(text)?;
        self.rates.comment(user)?;
        self.store.edit_comment(id, text, self.clock.now(), base).await
    }

    /// Removes a comment; its author, the post's author and moderators may.
    pub async fn remove_comment(&self, caller: &Caller, id: CommentId) -> Result<()> {
        caller.session()?;
        let comment = self.get_comment(id).await?;
        self.check_remove_comment(caller, &comment).await?;
        if caller.is_moderator() && caller.user() != Some(comment.author.id) {
            self.store.remove_as_moderator(Subject::Comment(id), self.clock.now()).await
        } else {
            self.store.remove_comment(id, self.clock.now()).await
        }
    }

    /// A comment.
    pub async fn get_comment(&self, id: CommentId) -> Result<Comment> {
        self.store.find_comment(id).await?.ok_or(Error::no_comment())
    }

    /// What is answered on a page of comments and does not stand on it, oldest first. What was removed is left out.
    pub async fn list_answered(&self, page: &Page<Comment>) -> Result<Vec<Comment>> {
        let is_missing = |id: &CommentId| page.items.iter().all(|comment| comment.id != *id);
        let missing: BTreeSet<CommentId> =
            page.items.iter().filter_map(|comment| comment.parent).filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        self.store.find_comments(&missing.into_iter().collect::<Vec<_>>()).await
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
