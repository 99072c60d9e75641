//! Passwords: Argon2id, off the async runtime, two at once. Who waits longer than 5 s, or behind 64 others, is told
//! that the server is busy: memory stays bounded (2 × 19 MiB) whatever is guessed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{Error, Result};

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet, Argon2id.
    Full,
    /// As little as Argon2 allows: for tests only.
    Tiny,
}

/// So many hashes run at once.
const AT_ONCE: usize = 2;
/// So many may wait.
const WAITING: usize = 64;
/// So long at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and verifies.
pub struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Stands in for the hash of an unknown handle, so that it takes as long as a known one.
    nobody: String,
}

impl Passwords {
    /// Prepares the hashing.
    pub fn new(cost: Cost) -> Self {
        let params = match cost {
            Cost::Full => Params::new(19 * 1024, 2, 1, None),
            Cost::Tiny => Params::new(Params::MIN_M_COST, 1, 1, None),
        };
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default());
        let nobody = hash_of_nobody(argon2.params());
        Self { argon2, turns: Arc::new(Semaphore::new(AT_ONCE)), waiting: AtomicUsize::new(0), nobody }
    }

    /// A new hash with a random salt, as a PHC string.
    pub async fn hash(&self, password: String) -> Result<String> {
        let (argon2, password) = (self.argon2.clone(), prepare(&password));
        self.in_turn(move || argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok())
            .await?
            .ok_or(Error::Storage)
    }

    /// Whether the password fits the hash; without a hash it takes as long and is false. Hashes from a time when passwords
    /// were hashed as they were typed still fit: that is tried second, and only where it makes a difference.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let (argon2, hash) = (self.argon2.clone(), hash.unwrap_or_else(|| self.nobody.clone()));
        let fits = self
            .in_turn(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    let fits = |password: &str| argon2.verify_password(password.as_bytes(), &hash).is_ok();
                    let prepared = prepare(&password);
                    fits(&prepared) || (prepared != password && fits(&password))
                })
            })
            .await?;
        Ok(fits && known)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = self.wait_for_turn().await?;
        let done = tokio::task::spawn_blocking(move || {
            // The turn lasts as long as the work, even if the request that asked for it is gone.
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Error::Storage)
    }

    async fn wait_for_turn(&self) -> Result<tokio::sync::OwnedSemaphorePermit> {
        struct Place<'a>(&'a AtomicUsize);
        impl Drop for Place<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING + AT_ONCE {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::Overloaded);
        }
        let _place = Place(&self.waiting);
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        turn.map_err(|_| Error::Overloaded)?.map_err(|_| Error::Overloaded)
    }
}

/// A password as it is hashed: composed, its blanks plain, so that it is the same on every keyboard. Source: RFC 8265,
/// section 4.2.2, the profile `OpaqueString`.
fn prepare(password: &str) -> String {
    let spaces = CodePointMapData::<GeneralCategory>::new();
    let plain = |c| if spaces.get(c) == GeneralCategory::SpaceSeparator { ' ' } else { c };
    password.chars().map(plain).nfc().collect()
}

/// A hash at this cost of which nobody knows a password. Written and not hashed: that would take the memory of a
/// hash, 19 MiB, at every start, and allocators do not give it back soon.
fn hash_of_nobody(params: &Params) -> String {
    let (salt, hash) = ("A".repeat(22), "A".repeat(43));
    let (memory, rounds, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    format!("$argon2id$v=19$m={memory},t={rounds},p={lanes}${salt}${hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobodys_hash_is_one_like_all_others() {
        let passwords = Passwords::new(Cost::Tiny);
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        let parts = |hash: &str| hash.split('$').map(str::to_owned).collect::<Vec<_>>();
        let (one, nobodys) = (parts(&hash), parts(&passwords.nobody));
        assert_eq!(one[..4], nobodys[..4]);
        assert_eq!((one[4].len(), one[5].len()), (nobodys[4].len(), nobodys[5].len()));
        // It is hashed and compared, and not just refused.
        let hash = PasswordHash::new(&passwords.nobody).unwrap();
        let refused = passwords.argon2.verify_password(b"anything", &hash).unwrap_err();
        assert_eq!(refused, argon2::password_hash::Error::PasswordInvalid);
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new(Cost::Tiny);
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody has this".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_is_the_same_however_its_accents_and_blanks_are_typed() {
        let passwords = Passwords::new(Cost::Tiny);
        let ways = ["Zo\u{eb} und Ma\u{f1}ana", "Zoe\u{308}\u{a0}und\u{3000}Man\u{303}ana"];
        for typed in ways {
            let hash = passwords.hash(typed.into()).await.unwrap();
            for again in ways {
                assert!(passwords.verify(again.into(), Some(hash.clone())).await.unwrap(), "{again:?}");
            }
            assert!(!passwords.verify("Zoe und Manana".into(), Some(hash)).await.unwrap());
        }
        // As it was hashed before.
        let old = passwords.argon2.hash_password(ways[1].as_bytes()).unwrap().to_string();
        assert!(passwords.verify(ways[1].into(), Some(old.clone())).await.unwrap());
        assert!(!passwords.verify("Zoe und Manana".into(), Some(old)).await.unwrap());
    }

    #[tokio::test]
    async fn beyond_two_at_work_and_64_waiting_the_server_is_busy() {
        let passwords = Arc::new(Passwords::new(Cost::Tiny));
        let _all = passwords.turns.clone().acquire_many_owned(2).await.unwrap();
        let mut waiting = Vec::new();
        for _ in 0..WAITING + AT_ONCE {
            let mut turn = Box::pin(passwords.wait_for_turn());
            assert!(futures_poll(&mut turn).is_none());
            waiting.push(turn);
        }
        assert_eq!(passwords.hash("one too many".into()).await, Err(Error::Overloaded));
    }

    fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::Pin::new(future).poll(&mut context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }
}
