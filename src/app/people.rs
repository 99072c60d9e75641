//! People: what a member says of itself, its password, its account, and what it likes.

use std::collections::HashSet;
use std::sync::Arc;

use super::once::Print;
use super::rights::check_not_system;
use super::{App, Caller};
use crate::domain::user::{NAME_LIMIT, check_password, choose_name, normalize_bio};
use crate::domain::{Cursor, Error, Limit, Page, Post, Result, Settings, Token, User};
use crate::store::{ProfileChange, SettingsChange};

/// So many members are found by the beginning of a name.
const FOUND: u64 = 8;

/// Another password, as it was sent.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The password until now.
    pub old: String,
    /// From now on.
    pub new: String,
    /// The form's or the client's key.
    pub key: Option<String>,
    /// The tokens that came with it, valid or not: with the key they say that it is the same client.
    pub tokens: String,
}

impl PasswordChange {
    fn print(&self) -> Result<Option<Print>> {
        Print::of("password", self.key.as_deref(), &[&self.tokens, &self.old, &self.new])
    }
}

impl App {
    /// Changes the caller's name, bio or settings; what is none stays.
    pub async fn update_profile(&self, caller: &Caller, change: ProfileChange) -> Result<User> {
        let user = &caller.member()?.user;
        let ProfileChange { name, bio, settings } = change;
        let theirs = [user.name.as_str(), user.handle.as_deref().unwrap_or(&user.name)];
        let name = name.map(|name| choose_name(&name, &theirs)).transpose()?;
        let bio = bio.as_deref().map(normalize_bio).transpose()?;
        if name.is_none() && bio.is_none() && settings == SettingsChange::default() {
            // Nothing was asked for: no write, no push, nothing to count.
            return Ok(user.clone());
        }
        self.rates.settings(user.id)?;
        self.store.update_profile(user.id, ProfileChange { name, bio, settings }).await
    }

    /// Changes the caller's settings; gives them as they are now.
    pub async fn update_settings(&self, caller: &Caller, change: SettingsChange) -> Result<Settings> {
        let before = caller.member()?.settings;
        self.update_profile(caller, ProfileChange { settings: change, ..ProfileChange::default() }).await?;
        Ok(change.of(before))
    }

    /// Gives the caller another password and a new session; all its sessions until now end. With a key, the same call
    /// again finds the first one's result for ten minutes, although the session that asks has ended with it. Runs to its
    /// end, even if who asked goes away.
    pub async fn change_password(
        self: &Arc<Self>,
        caller: &Caller,
        change: PasswordChange,
    ) -> Result<(User, Token)> {
        let print = change.print()?;
        if let Some(begun) = self.find_begun(print).await? {
            return Ok(begun);
        }
        caller.member()?;
        check_password(&change.new)?;
        let (app, caller) = (Arc::clone(self), caller.clone());
        self.begin_once(print, async move { app.change_password_now(&caller, change).await }).await
    }

    /// The result of a change that was made with the same key, password and token: for who has no session any more.
    pub async fn find_password_change(&self, change: &PasswordChange) -> Result<Option<(User, Token)>> {
        self.find_begun(change.print()?).await
    }

    async fn change_password_now(&self, caller: &Caller, change: PasswordChange) -> Result<(User, Token)> {
        let user = caller.member()?.user.clone();
        let checked = self.check_own_password(caller, change.old).await?;
        let password_hash = self.passwords.hash(change.new).await?;
        let (token, session) = self.new_session()?;
        self.store.change_password(user.id, password_hash, Some(session), Some(checked)).await?;
        Ok((user, token))
    }

    /// Deletes the caller's account and what it did. Runs to its end, even if who asked goes away.
    pub async fn delete_account(self: &Arc<Self>, caller: &Caller, password: String) -> Result<()> {
        let (app, caller) = (Arc::clone(self), caller.clone());
        let deleting = tokio::spawn(async move { app.delete_account_now(&caller, password).await });
        deleting.await.unwrap_or(Err(Error::UnknownOutcome))
    }

    async fn delete_account_now(&self, caller: &Caller, password: String) -> Result<()> {
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

    /// Up to 8 members whose handle or name begins so.
    pub async fn find_members(&self, prefix: &str) -> Result<Vec<User>> {
        let length = prefix.chars().count();
        if !(1..=NAME_LIMIT).contains(&length) || prefix.contains(char::is_control) {
            return Err(Error::bad(format!("prefix: 1 to {NAME_LIMIT} characters in one line.")));
        }
        self.store.find_members(prefix, Limit::new(FOUND)?).await
    }

    /// Which of these handles are members'.
    pub async fn find_handles(&self, handles: HashSet<String>) -> Result<HashSet<String>> {
        if handles.is_empty() { Ok(handles) } else { self.store.find_handles(handles).await }
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
