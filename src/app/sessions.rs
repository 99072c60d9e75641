//! Sessions: sign up, log in, log out. Every one of them makes a new token, so a token can't be fixed beforehand.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use ring::rand::SecureRandom as _;

use super::once::Print;
use super::{App, Caller};
use crate::domain::session::{LIFE_SECONDS, SEEN_EVERY_SECONDS};
use crate::domain::user::{check_handle, check_password, choose_name, is_reserved};
use crate::domain::{Address, Error, Result, Session, Token, TokenHash, User};
use crate::store::{Credentials, NewMember, NewSession};

/// What a sign-up needs.
#[derive(Debug)]
pub struct SignUp {
    /// The handle.
    pub handle: String,
    /// The password.
    pub password: String,
    /// The name; the handle if there is none.
    pub name: Option<String>,
}

impl App {
    /// The valid session of a token, if any. Notes the visit, at most once an hour.
    pub async fn find_session(&self, token: &str) -> Result<Option<Session>> {
        let Some(token) = Token::parse(token) else { return Ok(None) };
        let now = self.clock.now();
        let hash = hash(&token);
        let session = match self.sessions.find(hash, now) {
            Ok(session) => session,
            Err(reading) => {
                let Some(session) = self.store.find_session(hash, now).await? else { return Ok(None) };
                self.sessions.keep(reading, hash, &session);
                session
            }
        };
        if session.seen_at.plus_seconds(SEEN_EVERY_SECONDS) < now {
            match self.store.touch_session(session.id, now).await {
                Ok(()) => self.sessions.touch(hash, now),
                // Reading goes on while the disk is full; the visit is noted by a later one.
                Err(error) => tracing::warn!(%error, "a session's visit was not noted"),
            }
        }
        Ok(Some(session))
    }

    /// Makes a member and logs it in. A guest who signs up keeps its likes. With a `key`, the same call again finds the
    /// first one's result for ten minutes. Runs to its end, even if who asked goes away.
    pub async fn sign_up(
        self: &Arc<Self>,
        caller: &Caller,
        form: SignUp,
        key: Option<&str>,
    ) -> Result<(User, Token)> {
        let print = Print::of("sign-up", key, &[&form.handle, &form.password])?;
        let (app, caller) = (Arc::clone(self), caller.clone());
        self.begin_once(print, async move { app.sign_up_now(&caller, form).await }).await
    }

    async fn sign_up_now(&self, caller: &Caller, form: SignUp) -> Result<(User, Token)> {
        let member = self.check_sign_up(&form)?;
        // First, so that trying handles that are taken uses up nothing.
        if self.store.is_handle_taken(&form.handle, self.clock.now()).await? {
            return Err(Error::HandleTaken);
        }
        let _wanted = self.want(&form.handle)?;
        self.rates.sign_up(caller.address)?;
        let guest = caller.session.as_ref().filter(|session| !session.user.is_member());
        let password_hash = self.passwords.hash(form.password.clone()).await?;
        let (token, session) = self.new_session()?;
        let member = NewMember { password_hash, guest: guest.map(|session| session.user.id), ..member };
        let (user, _) = self.store.create_member(member, Some(session)).await?;
        Ok((user, token))
    }

    /// Makes a member from the command line: no session, no limit by address.
    pub async fn create_member(&self, form: SignUp) -> Result<User> {
        let member = self.check_sign_up(&form)?;
        let password_hash = self.passwords.hash(form.password).await?;
        Ok(self.store.create_member(NewMember { password_hash, ..member }, None).await?.0)
    }

    /// Nobody else may sign up with this handle as long as the result is held.
    fn want<'a>(&'a self, handle: &'a str) -> Result<impl Drop + use<'a>> {
        struct Wanted<'a>(&'a Mutex<HashSet<String>>, &'a str);
        impl Drop for Wanted<'_> {
            fn drop(&mut self) {
                self.0.lock().remove(self.1);
            }
        }
        let new = self.wanted.lock().insert(handle.to_owned());
        if new { Ok(Wanted(&self.wanted, handle)) } else { Err(Error::HandleTaken) }
    }

    fn check_sign_up(&self, form: &SignUp) -> Result<NewMember> {
        check_handle(&form.handle)?;
        check_password(&form.password)?;
        let name = choose_name(form.name.as_deref().unwrap_or(&form.handle), &[&form.handle])?;
        if is_reserved(&form.handle) {
            return Err(Error::HandleTaken);
        }
        let handle = form.handle.clone();
        Ok(NewMember { handle, name, password_hash: String::new(), guest: None, at: self.clock.now() })
    }

    /// Logs a member in. What the caller did as a guest becomes the member's. With a `key`, the same call again finds the
    /// first one's result for ten minutes. Runs to its end, even if who asked goes away.
    pub async fn log_in(
        self: &Arc<Self>,
        caller: &Caller,
        handle: &str,
        password: String,
        key: Option<&str>,
    ) -> Result<(User, Token)> {
        let print = Print::of("log-in", key, &[handle, &password])?;
        let (app, caller, handle) = (Arc::clone(self), caller.clone(), handle.to_owned());
        self.begin_once(print, async move { app.log_in_now(&caller, &handle, password).await }).await
    }

    async fn log_in_now(&self, caller: &Caller, handle: &str, password: String) -> Result<(User, Token)> {
        let found = self.check_credentials(handle, caller.address, password).await?;
        if found.suspended {
            return Err(Error::suspended());
        }
        let (token, session) = self.new_session()?;
        let replaces = caller.session.as_ref().map(|session| session.id);
        let checked = Some(found.password_hash);
        let session = self.store.create_session(found.user, session, replaces, checked).await?;
        Ok((session.user, token))
    }

    /// Whose password this is, or `bad_credentials`. Unknown handle and wrong password give the same answer in the same
    /// time. A failure is counted before the hashing, so that many tries at once count as many, and taken back where
    /// the password was right or was not tried.
    pub(super) async fn check_credentials(
        &self,
        handle: &str,
        address: Address,
        password: String,
    ) -> Result<Credentials> {
        let attempt = self.attempts.reserve(handle, address)?;
        let checked = self.try_password(handle, password).await;
        if checked != Err(Error::BadCredentials) {
            self.attempts.release(attempt);
        }
        checked
    }

    async fn try_password(&self, handle: &str, password: String) -> Result<Credentials> {
        let found = match check_handle(handle) {
            Ok(()) => self.store.find_credentials(handle).await?,
            Err(_) => None,
        };
        let hash = found.as_ref().map(|found| found.password_hash.clone());
        let right = self.passwords.verify(password, hash).await?;
        found.filter(|_| right).ok_or(Error::BadCredentials)
    }

    /// Ends the caller's session.
    pub async fn log_out(&self, caller: &Caller) -> Result<()> {
        self.store.end_session(caller.session()?.id).await
    }

    /// Ends every session of the caller's user.
    pub async fn log_out_everywhere(&self, caller: &Caller) -> Result<()> {
        self.store.end_sessions(caller.session()?.user.id).await
    }

    pub(super) fn new_session(&self) -> Result<(Token, NewSession)> {
        let mut secret = [0_u8; 32];
        ring::rand::SystemRandom::new().fill(&mut secret).map_err(|_| Error::Storage)?;
        let token = Token::from_secret(&secret);
        let at = self.clock.now();
        let session = NewSession { token: hash(&token), at, ends_at: at.plus_seconds(LIFE_SECONDS) };
        Ok((token, session))
    }
}

fn hash(token: &Token) -> TokenHash {
    let digest = ring::digest::digest(&ring::digest::SHA256, token.as_str().as_bytes());
    let mut hash = [0_u8; 32];
    hash.copy_from_slice(digest.as_ref());
    TokenHash(hash)
}
