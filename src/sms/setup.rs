//! What a number is set up with: which provider, whose account, which secrets.

use std::sync::Arc;

use url::Url;

use super::telnyx::Telnyx;
use super::twilio::Twilio;
use super::{Provider, Secrets};
use crate::domain::Phone;

/// A provider that this program speaks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// Twilio, or what speaks its API.
    Twilio,
    /// Telnyx.
    Telnyx,
}

impl ProviderKind {
    /// The word of the configuration and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Telnyx => "telnyx",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Twilio, Self::Telnyx].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How a number of ours is reached.
#[derive(Debug, Clone)]
pub struct Setup {
    /// By which provider.
    pub kind: ProviderKind,
    /// The number.
    pub number: Phone,
    /// Twilio's account SID; Telnyx has none.
    pub account: Option<String>,
    /// Twilio's auth token, or Telnyx' API key.
    pub secrets: Secrets,
    /// The keys that Telnyx signs with, in base64.
    pub public_keys: Option<Secrets>,
    /// Another address of the API than the provider's own.
    pub api: Option<Url>,
}

impl Setup {
    /// The provider, ready. The error says which option of the configuration is wrong, and nothing of a secret.
    pub fn provider(self) -> Result<Arc<dyn Provider>, String> {
        Ok(match self.kind {
            ProviderKind::Twilio => Arc::new(Twilio::new(self)?),
            ProviderKind::Telnyx => Arc::new(Telnyx::new(self)?),
        })
    }
}
