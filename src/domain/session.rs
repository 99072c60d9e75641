//! Sessions: a login of a user. The token is the secret, only its hash is stored.

use std::fmt;

use super::{Settings, Timestamp, User};

/// A session's id; not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// A session that is valid at the moment it was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// Whose.
    pub user: User,
    /// Its user's settings.
    pub settings: Settings,
    /// When it was last seen, to the hour.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
}

/// Without a visit a session ends after 14 days.
pub const IDLE_SECONDS: i64 = 14 * 24 * 3600;
/// With visits it ends after 90 days.
pub const LIFE_SECONDS: i64 = 90 * 24 * 3600;
/// A visit is written down once an hour, so that reading a page costs no write.
pub const SEEN_EVERY_SECONDS: i64 = 3600;

/// The secret: 256 random bits as 43 characters of base64url. Neither `Debug` nor a log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// SHA-256 of a token, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl Token {
    /// How many characters a token has.
    pub const LENGTH: usize = 43;

    /// Writes 256 random bits as a token.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::with_capacity(Self::LENGTH);
        for group in secret.chunks(3) {
            let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - group.len()));
            for sextet in 0..=group.len() {
                text.push(char::from(ALPHABET[(bits >> (18 - 6 * sextet) & 63) as usize]));
            }
        }
        Self(text)
    }

    /// Takes what a client sent, if it can be a token at all.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        (text.len() == Self::LENGTH && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// The text, for the cookie and the answer to a login.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_is_base64url_and_reads_back() {
        let token = Token::from_secret(&[0xff; 32]);
        assert_eq!(token.as_str(), format!("{}8", "_".repeat(42)));
        assert_eq!(Token::parse(token.as_str()), Some(token));
        assert_eq!(
            Token::from_secret(b"0123456789abcdefghijklmnopqrstuv").as_str(),
            "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY"
        );
        assert_eq!(Token::parse("short"), None);
        assert_eq!(Token::parse(&"=".repeat(43)), None);
    }
}
