//! Every option of the site: its type, its default, its sentence. One struct reads flags, environment and file, so that
//! the three cannot differ.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use serde::Deserialize;
use url::Url;

use super::{ConfigError, Listen, SmsOptions};
use crate::domain::Guests;
use crate::door::proxies::Network;

/// What can be set, by flag, by environment, by file; in this order the first one counts.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Options of the site")]
pub struct Options {
    /// Where to listen, for example 0.0.0.0:80 or 8080; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, global = true, env = "PLAUDIT_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<Listen>,
    /// Folder for the database, made if missing [default: ./data]
    #[arg(long, global = true, env = "PLAUDIT_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// The site's address as visitors see it, for example `https://example.org`; with https cookies are Secure
    /// and HSTS is sent [default: http:// and the request's Host]
    #[arg(long, global = true, env = "PLAUDIT_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
    /// Further origins whose pages may use the API and open sockets, with a Bearer, separated by commas [default: none]
    #[arg(long, global = true, env = "PLAUDIT_ORIGINS", value_name = "URL,…", value_delimiter = ',', value_parser = trimmed::<Url>)]
    pub origins: Option<Vec<Url>>,
    /// Networks of the proxies in front, whose X-Forwarded-For is believed, separated by commas [default: none]
    #[arg(
        long,
        global = true,
        env = "PLAUDIT_TRUSTED_PROXIES",
        value_name = "CIDR,…",
        value_delimiter = ',',
        value_parser = trimmed::<Network>
    )]
    pub trusted_proxies: Option<Vec<Network>>,
    /// The name of the session's cookie; two sites on one host, told apart by their ports only, need two names
    /// [default: `plaudit_session`]
    #[arg(long, global = true, env = "PLAUDIT_COOKIE_NAME", value_name = "NAME")]
    pub cookie_name: Option<String>,
    /// Where posts and likes are kept: sqlite [default: sqlite]
    #[arg(long, global = true, env = "PLAUDIT_STORE", value_name = "STORE")]
    pub store: Option<String>,
    /// What carries events between nodes: local [default: local]
    #[arg(long, global = true, env = "PLAUDIT_BUS", value_name = "BUS")]
    pub bus: Option<String>,
    /// What visitors without an account may do [default: like]
    #[arg(long, global = true, env = "PLAUDIT_GUESTS", value_name = "RIGHTS")]
    pub guests: Option<Guests>,
    /// Whether rates and connections per address are limited; off is for load tests [default: on]
    #[arg(long, global = true, env = "PLAUDIT_LIMITS", value_name = "SWITCH")]
    pub limits: Option<Switch>,
    /// Likes and unlikes of one user in a minute [default: 60]
    #[arg(long, global = true, env = "PLAUDIT_LIKES_PER_MINUTE", value_name = "N")]
    pub likes_per_minute: Option<u32>,
    /// Comments of one user in a minute, written or edited [default: 20]
    #[arg(long, global = true, env = "PLAUDIT_COMMENTS_PER_MINUTE", value_name = "N")]
    pub comments_per_minute: Option<u32>,
    /// Posts of one user in a minute [default: 10]
    #[arg(long, global = true, env = "PLAUDIT_POSTS_PER_MINUTE", value_name = "N")]
    pub posts_per_minute: Option<u32>,
    /// Commands of one connection in a second; three times as many at once [default: 20]
    #[arg(long, global = true, env = "PLAUDIT_COMMANDS_PER_SECOND", value_name = "N")]
    pub commands_per_second: Option<u32>,
    /// Sign-ups from one address in an hour [default: 5]
    #[arg(long, global = true, env = "PLAUDIT_SIGN_UPS_PER_HOUR", value_name = "N")]
    pub sign_ups_per_hour: Option<u32>,
    /// Pages and API reads of one address in a second; ten times as many at once [default: 300]
    #[arg(long, global = true, env = "PLAUDIT_READS_PER_SECOND", value_name = "N")]
    pub reads_per_second: Option<u32>,
    /// Subscriptions of one connection [default: 200]
    #[arg(long, global = true, env = "PLAUDIT_SUBSCRIPTIONS", value_name = "N")]
    pub subscriptions: Option<u32>,
    /// Connections from one address; an IPv6 /64 is one address [default: 100]
    #[arg(long, global = true, env = "PLAUDIT_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub connections_per_address: Option<u32>,
    /// Connections in all [default: as many as file descriptors allow]
    #[arg(long, global = true, env = "PLAUDIT_CONNECTIONS", value_name = "N")]
    pub connections: Option<u32>,
    /// Seconds that a connection may be idle between two requests, 1 to 3600; more than the proxy in front keeps one
    /// [default: 75]
    #[arg(long, global = true, env = "PLAUDIT_KEEP_ALIVE_SECONDS", value_name = "N")]
    pub keep_alive_seconds: Option<u32>,
    /// Seconds after which a client that does not read its answer is disconnected, 1 to 3600 [default: 30]
    #[arg(long, global = true, env = "PLAUDIT_STALLED_WRITE_SECONDS", value_name = "N")]
    pub stalled_write_seconds: Option<u32>,
    /// Seconds between two pings of an open page, 1 to 25 [default: 25]
    #[arg(long, global = true, env = "PLAUDIT_PING_SECONDS", value_name = "N")]
    pub ping_seconds: Option<u32>,
    /// Milliseconds between two counts of one post to one viewer, 10 to 10000 [default: 100]
    #[arg(long, global = true, env = "PLAUDIT_TICK_MS", value_name = "MS")]
    pub tick_ms: Option<u32>,
    /// The numbers that send and receive text messages. Only in the file.
    #[arg(skip)]
    pub sms: Option<Vec<SmsOptions>>,
}

/// One of a list, which may have blanks behind its commas.
fn trimmed<T: FromStr>(text: &str) -> Result<T, T::Err> {
    text.trim().parse()
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl Options {
    /// Reads a file with the same names as the flags.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::from_toml(&text)
            .map_err(|reason| ConfigError::Malformed { path: path.to_owned(), reason: reason.to_string() })
    }

    /// Reads the text of a config file.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Takes from `other` what is not set here.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            data: self.data.or(other.data),
            public_url: self.public_url.or(other.public_url),
            origins: self.origins.or(other.origins),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            cookie_name: self.cookie_name.or(other.cookie_name),
            store: self.store.or(other.store),
            bus: self.bus.or(other.bus),
            guests: self.guests.or(other.guests),
            limits: self.limits.or(other.limits),
            likes_per_minute: self.likes_per_minute.or(other.likes_per_minute),
            comments_per_minute: self.comments_per_minute.or(other.comments_per_minute),
            posts_per_minute: self.posts_per_minute.or(other.posts_per_minute),
            commands_per_second: self.commands_per_second.or(other.commands_per_second),
            sign_ups_per_hour: self.sign_ups_per_hour.or(other.sign_ups_per_hour),
            reads_per_second: self.reads_per_second.or(other.reads_per_second),
            subscriptions: self.subscriptions.or(other.subscriptions),
            connections_per_address: self.connections_per_address.or(other.connections_per_address),
            connections: self.connections.or(other.connections),
            keep_alive_seconds: self.keep_alive_seconds.or(other.keep_alive_seconds),
            stalled_write_seconds: self.stalled_write_seconds.or(other.stalled_write_seconds),
            ping_seconds: self.ping_seconds.or(other.ping_seconds),
            tick_ms: self.tick_ms.or(other.tick_ms),
            sms: self.sms.or(other.sms),
        }
    }
}
