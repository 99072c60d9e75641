//! People: what a member says of itself, its password, its account, and what it likes.

use super::moderation::check_not_system;
use super::{App, Caller};
use crate::domain::user::{check_password, normalize_bio, normalize_name};
use crate::domain::{Cursor, Error, Limit, Page, Post, Result, Settings, Token, User};
use crate::store::ProfileChange;

impl App {
    /// Changes the caller's name, bio or settings; what is none stays.
    pub async fn update_profile(&self, caller: &Caller, change: ProfileChange) -> Result<User> {
        let user = &caller.member()?.user;
        let ProfileChange { name, bio, shows_viewing } = change;
        let name = name.as_deref().map(normalize_name).transpose()?;
        let bio = bio.as_deref().map(normalize_bio).transpose()?;
        if name.is_none() && bio.is_none() && shows_viewing.is_none() {
            // Nothing was asked for: no write, no push, nothing to count.
            return Ok(user.clone());
        }
        self.rates.settings(user.id)?;
        self.store.update_profile(user.id, ProfileChange { name, bio, shows_viewing }).await
    }

    /// Changes the caller's settings; gives them as they are now.
    pub async fn update_settings(&self, caller: &Caller, shows_viewing: Option<bool>) -> Result<Settings> {
        let settings = caller.member()?.settings;
        self.update_profile(caller, ProfileChange { shows_viewing, ..ProfileChange::default() }).await?;
        Ok(Settings { shows_viewing: shows_viewing.unwrap_or(settings.shows_viewing), ..settings })
    }

    /// Gives the caller another password and a new session; all its sessions until now end.
    pub async fn change_password(&self, caller: &Caller, old: String, new: String) -> Result<Token> {
        let user = caller.member()?.user.clone();
        check_password(&new)?;
        let checked = self.check_own_password(caller, old).await?;
        let password_hash = self.passwords.hash(new).await?;
        let (token, session) = self.new_session()?;
        self.store.change_password(user.id, password_hash, Some(session), Some(checked)).await?;
        Ok(token)
    }

    /// Deletes the caller's account and what it did.
    pub async fn delete_account(&self, caller: &Caller, password: String) -> Result<()> {
        let user = &caller.member()?.user;
        check_not_system(user)?;
        let checked = self.check_own_password(caller, password).await?;
        self.store.erase_user(user.id, self.clock.now(), Some(checked)).await
    }

    /// The hash that the caller's own password fits, or `bad_credentials`. Counted like a log-in: a stolen session must
    /// not be a way to guess it.
    async fn check_own_password(&self, caller: &Caller, password: String) -> Result<String> {
        let user = &caller.member()?.user;
        let handle = user.handle.as_deref().unwrap_or_default();
        let found = self.check_credentials(handle, caller.address, password).await?;
        // The handle of an account that was deleted a moment ago may be somebody else's by now.
        if found.user == user.id { Ok(found.password_hash) } else { Err(Error::BadCredentials) }
    }

    /// What a member likes, newest post first.
    pub async fn list_posts_liked_by(
        &self,
        caller: &Caller,
        handle: &str,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>> {
        let user = self.get_user(handle).await?;
        self.store.list_liked_posts(user.id, caller.user(), after, limit).await
    }
}
