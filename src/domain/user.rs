//! People: guests, who came by their first like, and members, who have a handle and a password.

use std::ops::RangeInclusive;

use super::{Error, Result, common_passwords, marks, text, visible};

/// A user's id, for guests and members alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub u64);

/// Which rights a user has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// Came by a like, has no handle and no password.
    Guest,
    /// Signed up.
    Member,
    /// A team's shared mailbox: it has a handle and no password.
    Inbox,
    /// Wrote to an inbox by a text message: it has no session.
    Customer,
}

impl UserKind {
    /// The word that the API and the store write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Inbox => "inbox",
            Self::Customer => "customer",
        }
    }
}

/// What everyone may know of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// `[a-z0-9_]{2,30}`; none for a guest.
    pub handle: Option<String>,
    /// 1 to 50 characters; `Guest` for a guest.
    pub name: String,
    /// Up to 200 characters, may be empty.
    pub bio: String,
    /// Which.
    pub kind: UserKind,
    /// Whether it may remove what others wrote; everyone sees a mark at what it writes.
    pub moderator: bool,
}

impl User {
    /// Whether this is a member.
    pub fn is_member(&self) -> bool {
        self.kind == UserKind::Member
    }

    /// Whether this is the site's own account.
    pub fn is_system(&self) -> bool {
        self.handle.as_deref() == Some(SYSTEM_HANDLE)
    }
}

/// What a user has decided. Nobody else's to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether others see its face among a post's viewers, and that it writes.
    pub shows_viewing: bool,
    /// What it wants to be notified of.
    pub notify: Notify,
    /// Who may begin a conversation with it.
    pub messages_from: MessagesFrom,
    /// Whether the other side sees how far it has read; then it sees that of the other side too.
    pub receipts: bool,
}

impl Settings {
    /// What holds until the user decides.
    pub const DEFAULT: Self = Self {
        shows_viewing: true,
        notify: Notify { like: true, comment: true, answer: true, mention: true },
        messages_from: MessagesFrom::Everyone,
        receipts: true,
    };
}

impl Default for Settings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Of which acts a user wants to be notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a switch for each kind")]
pub struct Notify {
    /// Its post was liked.
    pub like: bool,
    /// Its post was commented on.
    pub comment: bool,
    /// Its comment was answered.
    pub answer: bool,
    /// It was mentioned.
    pub mention: bool,
}

/// Who may begin a conversation with a user. Those that are there go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagesFrom {
    /// Every member.
    Everyone,
    /// Nobody.
    Nobody,
}

impl MessagesFrom {
    /// The word that the API and the store write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Nobody => "nobody",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "everyone" => Ok(Self::Everyone),
            "nobody" => Ok(Self::Nobody),
            _ => Err(Error::bad("messages_from: everyone or nobody.")),
        }
    }
}

/// What guests may do on this site. Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Guests {
    /// Nothing but read.
    Off,
    /// Like.
    Like,
    /// Like, and write to inboxes.
    Message,
    /// All that, and comment.
    Comment,
}

/// So long nobody can sign up with the handle of an account that was deleted: who knew it must not take another for it.
pub const HANDLE_KEPT_SECONDS: i64 = 30 * 24 * 3600;
/// A guest without a live session, who likes nothing and wrote nothing, is left alone for a day.
pub const GUEST_SECONDS: i64 = 24 * 3600;
/// What a guest is called.
pub const GUEST_NAME: &str = "Guest";

/// The handle of the account that a new site begins with: it wrote the welcome, and nobody can sign up with it.
pub const SYSTEM_HANDLE: &str = "plaudit";

/// Handles that would pass for a part of the site or for its staff.
const RESERVED: &[&str] = &[
    "about",
    "account",
    "admin",
    "administrator",
    "api",
    "assets",
    "docs",
    "feed",
    "guest",
    "healthz",
    "help",
    "home",
    "latest",
    "live",
    "log_in",
    "log_out",
    "login",
    "logout",
    "me",
    "moderator",
    "null",
    SYSTEM_HANDLE,
    "post",
    "posts",
    "readyz",
    "root",
    "security",
    "session",
    "settings",
    "sign_up",
    "signup",
    "staff",
    "support",
    "system",
    "undefined",
    "user",
    "users",
    "welcome",
];

/// Whether nobody may sign up with this handle.
pub fn is_reserved(handle: &str) -> bool {
    RESERVED.contains(&handle)
}

/// A handle as people write it: with or without its @, in large letters, with blanks around it. Whether it can be one is
/// another question.
pub fn read_handle(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix('@').unwrap_or(text).to_ascii_lowercase()
}

/// So many characters a handle has.
pub const HANDLE_LENGTH: RangeInclusive<usize> = 2..=30;
/// So many bytes a password has.
pub const PASSWORD_LENGTH: RangeInclusive<usize> = 8..=256;
/// A name has at most so many characters.
pub const NAME_LIMIT: usize = 50;
/// A bio has at most so many characters.
pub const BIO_LIMIT: usize = 200;

/// Checks the form of a handle; being reserved or taken is another question.
pub fn check_handle(handle: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if HANDLE_LENGTH.contains(&handle.len()) && handle.bytes().all(allowed) {
        Ok(())
    } else {
        Err(Error::bad("handle: 2 to 30 characters of a to z, 0 to 9 and _."))
    }
}

/// Checks a new password: its length, that it is none that everybody has, and that it holds no NUL, which is in none that
/// was typed. What else is in it is its owner's affair.
pub fn check_password(password: &str) -> Result<()> {
    if !PASSWORD_LENGTH.contains(&password.len()) {
        return Err(Error::bad("password: 8 to 256 bytes."));
    }
    if password.contains('\0') {
        return Err(Error::bad("password: 8 to 256 bytes, without a NUL character."));
    }
    if common_passwords::contain(password) {
        return Err(Error::bad(
            "password: this is one of the 10,000 commonest, which are guessed first. Three words make a good one.",
        ));
    }
    Ok(())
}

/// A bio as it will be stored; may be empty.
pub fn normalize_bio(bio: &str) -> Result<String> {
    text::normalize("bio", bio, 0, BIO_LIMIT)
}

/// A name as it will be stored: one line, of which each character can be seen or shapes one that can.
pub fn normalize_name(name: &str) -> Result<String> {
    text::normalize_line("name", &visible::strip(name), 1, NAME_LIMIT)
}

/// A name that somebody chooses: none that looks like a mark of the site. What is theirs already stays theirs: the name
/// until now, and the handle, which stands beside the name anyway.
pub fn choose_name(name: &str, theirs: &[&str]) -> Result<String> {
    if theirs.contains(&name) {
        return Ok(name.to_owned());
    }
    let name = normalize_name(name)?;
    marks::check_name(&name)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_lower_case_letters_digits_and_underscores() {
        for good in ["ab", "ana_1", "0_", &"a".repeat(30)] {
            assert!(check_handle(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "Ana", "a b", "a-b", "ä1", "a\0", &"a".repeat(31)] {
            assert!(check_handle(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_handle_is_read_as_people_write_it() {
        for written in ["ana", "@ana", "ANA", " @Ana\n"] {
            assert_eq!(read_handle(written), "ana");
        }
        assert_eq!(read_handle("@@ana"), "@ana");
    }

    #[test]
    fn a_password_has_8_to_256_bytes() {
        assert!(check_password("12345679x").is_ok());
        assert!(check_password(&"é".repeat(128)).is_ok());
        assert!(check_password("1234567").is_err());
        assert!(check_password("1234\x00567").is_err());
        assert!(check_password(&"é".repeat(129)).is_err());
    }
}
