//! Likes: the silent guest of the first one, the set semantics of all, and who likes a post.

use tokio::sync::oneshot;

use super::{Actor, App, Caller};
use crate::domain::{
    Address, Cursor, Error, Liked, Liker, Limit, Page, PostId, Result, Token, UserId, UserKind,
};
use crate::store::{ConnectionRef, SetLike, Waiter};

impl App {
    /// Sets or takes back the caller's like; resolves after the commit. A first like without a session makes a
    /// guest, who comes back with its token.
    pub async fn like(
        &self,
        caller: &Caller,
        post: PostId,
        on: bool,
    ) -> Result<(Liked, Option<(UserId, Token)>)> {
        let Some(session) = &caller.session else {
            if !on {
                return Err(Error::NoSession);
            }
            let (liked, guest) = self.like_as_new_guest(caller, post).await?;
            return Ok((liked, Some(guest)));
        };
        self.check_like(session.user.kind)?;
        self.rates.like(Some(session.user.id), caller.address)?;
        let (sender, outcome) = oneshot::channel();
        let like = SetLike { post, user: session.user.id, on, at: self.clock.now() };
        self.store.set_like(like, Waiter::Request(sender))?;
        Ok((outcome.await.unwrap_or(Err(Error::UnknownOutcome))?, None))
    }

    async fn like_as_new_guest(&self, caller: &Caller, post: PostId) -> Result<(Liked, (UserId, Token))> {
        self.check_like(UserKind::Guest)?;
        // A like of what is not there must not use up the address's guests.
        self.store.find_post(post, None).await?.ok_or(Error::no_post())?;
        self.rates.like(None, caller.address)?;
        self.rates.guest(caller.address)?;
        let (token, session) = self.new_session()?;
        let (guest, liked) = self.store.like_as_new_guest(post, session).await?;
        Ok((liked, (guest.user.id, token)))
    }

    /// The like of a connection's command: queued here, answered through the hub after the commit.
    pub fn like_from_connection(
        &self,
        actor: Option<Actor>,
        address: Address,
        post: PostId,
        on: bool,
        waiter: ConnectionRef,
    ) -> Result<()> {
        let Actor { user, kind } = actor.ok_or(Error::NoSession)?;
        self.check_like(kind)?;
        self.rates.like(Some(user), address)?;
        let like = SetLike { post, user, on, at: self.clock.now() };
        self.store.set_like(like, Waiter::Connection(waiter))
    }

    /// Who likes a post, newest first.
    pub async fn list_likers(
        &self,
        post: PostId,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Liker>> {
        self.store.list_likers(post, after, limit).await
    }
}
