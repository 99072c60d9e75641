//! Posts: write, show, list, remove.

use super::{App, Caller, rights};
use crate::domain::post::normalize_post;
use crate::domain::{
    Base, Cursor, Error, Limit, Page, Post, PostId, PostView, Result, Subject, User, text, user,
};
use crate::store::{Created, NewPost};

impl App {
    /// Writes a post. With a `key`, the same call again gives the same post.
    pub async fn write_post(&self, caller: &Caller, text: &str, key: Option<&str>) -> Result<Created<Post>> {
        let author = caller.member()?.user.id;
        let text = normalize_post(text)?;
        key.map(text::check_key).transpose()?;
        self.rates.post(author)?;
        let key = key.map(str::to_owned);
        self.store.create_post(NewPost { author, text, key, at: self.clock.now() }).await
    }

    /// A post as the caller sees it.
    pub async fn get_post(&self, caller: &Caller, id: PostId) -> Result<Post> {
        self.store.find_post(id, caller.user()).await?.ok_or(Error::no_post())
    }

    /// A post as the caller sees it, with its newest comments and its latest likes.
    pub async fn view_post(
        &self,
        caller: &Caller,
        id: PostId,
        comments: Limit,
        likers: Limit,
    ) -> Result<PostView> {
        self.store.view_post(id, caller.user(), comments, likers).await?.ok_or(Error::no_post())
    }

    /// The latest posts, newest first.
    pub async fn list_posts(
        &self,
        caller: &Caller,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>> {
        self.store.list_posts(None, caller.user(), after, limit).await
    }

    /// One member's posts, newest first.
    pub async fn list_posts_of(
        &self,
        caller: &Caller,
        handle: &str,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>> {
        let author = self.get_user(handle).await?;
        self.store.list_posts(Some(author.id), caller.user(), after, limit).await
    }

    /// Gives a post of the caller's own another text, within 15 minutes. `base`: what the edit began from.
    pub async fn edit_post(
        &self,
        caller: &Caller,
        id: PostId,
        text: &str,
        base: Option<Base>,
    ) -> Result<Post> {
        let author = caller.member()?.user.id;
        let post = self.get_post(caller, id).await?;
        self.check_edit_post(caller, &post)?;
        let text = normalize_post(text)?;
        self.rates.post(author)?;
        self.store.edit_post(id, text, self.clock.now(), base).await
    }

    /// Removes a post; its author and moderators may.
    pub async fn remove_post(&self, caller: &Caller, id: PostId) -> Result<()> {
        caller.session()?;
        let post = self.get_post(caller, id).await?;
        rights::check_remove_post(caller, &post)?;
        if caller.user() == Some(post.author.id) {
            self.store.remove_post(id, self.clock.now()).await
        } else {
            self.store.remove_as_moderator(Subject::Post(id), self.clock.now()).await
        }
    }

    /// The member with this handle.
    pub(super) async fn get_member(&self, handle: &str) -> Result<User> {
        let user = self.get_user(handle).await?;
        if user.is_member() {
            Ok(user)
        } else {
            Err(Error::Forbidden(
                "This is an inbox, not a member: the operator manages it with plaudit inbox.",
            ))
        }
    }

    /// The user with this handle, or why there is none.
    pub async fn get_user(&self, handle: &str) -> Result<User> {
        if user::check_handle(handle).is_err() {
            return Err(Error::no_user());
        }
        self.store.find_user(handle).await?.ok_or(Error::no_user())
    }
}
