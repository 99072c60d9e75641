//! What a site runs with: [`Options`] is what was asked for, [`Config`] is what comes out, checked.

mod listen;
mod options;
mod sms;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

pub use self::listen::Listen;
pub use self::options::{Options, Switch};
pub use self::sms::{SmsConfig, SmsOptions};
use crate::domain::Guests;
use crate::door::limits::Limits;
use crate::door::proxies::Network;
use crate::web::cookie::SESSION_COOKIE;
use crate::web::exchange::Times;

/// Why a configuration cannot be used: the caller's mistake, exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("can't read the config file {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the config file {path} is wrong: {reason}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// A value is outside of what is allowed.
    #[error("{0}")]
    Value(String),
    /// Something that this program will do one day.
    #[error("{0} is not in this build")]
    NotInThisBuild(String),
}

/// A configuration that can be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// The site's address, if it is not to be taken from each request.
    pub public_url: Option<Url>,
    /// Further allowed origins.
    pub origins: Vec<Url>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<Network>,
    /// The name of the session's cookie.
    pub cookie_name: String,
    /// What guests may do.
    pub guests: Guests,
    /// Rates and sizes.
    pub limits: Limits,
    /// Connections in all; none: as many as descriptors allow.
    pub connections: Option<u32>,
    /// What clients of HTTP may take their time for.
    pub times: Times,
    /// Seconds between two pings of a connection; none: the hub's.
    pub ping_seconds: Option<u32>,
    /// Milliseconds of a tick.
    pub tick_ms: u32,
    /// The numbers of inboxes.
    pub sms: Vec<SmsConfig>,
}

impl TryFrom<Options> for Config {
    type Error = ConfigError;

    fn try_from(options: Options) -> Result<Self, ConfigError> {
        for (name, value, only) in [("--store", &options.store, "sqlite"), ("--bus", &options.bus, "local")] {
            if let Some(value) = value.as_ref().filter(|value| *value != only) {
                // An address may hold a password: only what stands before the first colon is shown.
                let scheme = value.split(':').next().unwrap_or_default();
                return Err(ConfigError::NotInThisBuild(format!("{name} {scheme}")));
            }
        }
        let at_least_one = |name: &str, value: Option<u32>, default: u32| match value.unwrap_or(default) {
            0 => Err(ConfigError::Value(format!("{name}: at least 1"))),
            value => Ok(value),
        };
        let defaults = Limits::default();
        let limits = Limits {
            on: options.limits != Some(Switch::Off),
            likes_per_minute: at_least_one(
                "--likes-per-minute",
                options.likes_per_minute,
                defaults.likes_per_minute,
            )?,
            comments_per_minute: at_least_one(
                "--comments-per-minute",
                options.comments_per_minute,
                defaults.comments_per_minute,
            )?,
            posts_per_minute: at_least_one(
                "--posts-per-minute",
                options.posts_per_minute,
                defaults.posts_per_minute,
            )?,
            commands_per_second: at_least_one(
                "--commands-per-second",
                options.commands_per_second,
                defaults.commands_per_second,
            )?,
            sign_ups_per_hour: at_least_one(
                "--sign-ups-per-hour",
                options.sign_ups_per_hour,
                defaults.sign_ups_per_hour,
            )?,
            reads_per_second: at_least_one(
                "--reads-per-second",
                options.reads_per_second,
                defaults.reads_per_second,
            )?,
            subscriptions: at_least_one("--subscriptions", options.subscriptions, defaults.subscriptions)?,
            connections_per_address: at_least_one(
                "--connections-per-address",
                options.connections_per_address,
                defaults.connections_per_address,
            )?,
        };
        let tick_ms = options.tick_ms.unwrap_or(100);
        if !(10..=10_000).contains(&tick_ms) {
            return Err(ConfigError::Value("--tick-ms: 10 to 10000".into()));
        }
        let seconds = |name: &str, value: Option<u32>, default: u32| match value.unwrap_or(default) {
            value @ 1..=3600 => Ok(Duration::from_secs(u64::from(value))),
            _ => Err(ConfigError::Value(format!("{name}: 1 to 3600"))),
        };
        let times = Times {
            keep_alive: seconds("--keep-alive-seconds", options.keep_alive_seconds, 75)?,
            stalled_write: seconds("--stalled-write-seconds", options.stalled_write_seconds, 30)?,
        };
        if options.ping_seconds.is_some_and(|value| !(1..=25).contains(&value)) {
            return Err(ConfigError::Value("--ping-seconds: 1 to 25".into()));
        }
        let urls = options.public_url.iter().chain(options.origins.iter().flatten());
        for url in urls {
            check_site_url(url)?;
        }
        let sms = sms::check(options.sms.unwrap_or_default(), options.public_url.as_ref())?;
        Ok(Self {
            listen: options
                .listen
                .map_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)), |listen| listen.address()),
            data: options.data.unwrap_or_else(|| PathBuf::from("./data")),
            public_url: options.public_url,
            origins: options.origins.unwrap_or_default(),
            trusted_proxies: options.trusted_proxies.unwrap_or_default(),
            cookie_name: cookie_name(options.cookie_name)?,
            guests: options.guests.unwrap_or(Guests::Like),
            limits,
            connections: options
                .connections
                .map(|value| at_least_one("--connections", Some(value), 1))
                .transpose()?,
            times,
            // 25 is what the hub does by itself, and what tests may change there.
            ping_seconds: options.ping_seconds.filter(|value| *value != 25),
            tick_ms,
            sms,
        })
    }
}

/// A name that needs no quoting in any header.
fn cookie_name(name: Option<String>) -> Result<String, ConfigError> {
    let name = name.unwrap_or_else(|| SESSION_COOKIE.to_owned());
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        Ok(name)
    } else {
        Err(ConfigError::Value(format!("--cookie-name {name:?}: 1 to 64 of a to z, A to Z, 0 to 9, _ and -")))
    }
}

/// The site lives at the root of its origin: a path would be silently lost.
fn check_site_url(url: &Url) -> Result<(), ConfigError> {
    let plain =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
        Ok(())
    } else {
        Err(ConfigError::Value(format!(
            "{url}: an address like https://example.org, http or https and without a path"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_names_every_option_with_its_default() {
        let text = include_str!("../plaudit.example.toml");
        let uncommented: String = text
            .lines()
            .map(|line| line.strip_prefix("#= ").unwrap_or(line))
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| [line, "\n"])
            .collect();
        let options = Options::from_toml(&uncommented).unwrap();
        // Those without a default have an example that differs from "not set", so they are looked at by themselves.
        assert!(options.public_url.is_some() && options.connections.is_some() && options.sms.is_some());
        let with_defaults = Options { public_url: None, connections: None, sms: None, ..options };
        for line in format!("{with_defaults:#?}").lines().filter(|line| line.ends_with(": None,")) {
            assert!(
                ["public_url", "connections:", "sms:"].iter().any(|name| line.contains(name)),
                "not in the example: {line}"
            );
        }
        let config = Config::try_from(with_defaults).unwrap();
        assert_eq!(config, Config::try_from(Options::default()).unwrap());
    }

    #[test]
    fn what_is_not_in_this_build_says_so_without_its_password() {
        for address in ["postgres://ana:secret@db/plaudit", "postgres:ana:secret@db", "postgres"] {
            let options = Options { store: Some(address.into()), ..Options::default() };
            let error = Config::try_from(options).unwrap_err().to_string();
            assert_eq!(error, "--store postgres is not in this build");
        }
    }

    #[test]
    fn a_cookies_name_is_one_that_every_header_can_hold() {
        let with = |name: &str| {
            Config::try_from(Options { cookie_name: Some(name.to_owned()), ..Options::default() })
        };
        assert_eq!(with("plaudit-2").unwrap().cookie_name, "plaudit-2");
        for bad in ["", "a b", "a;b", "a=b", "k\u{e4}se", &"x".repeat(65)] {
            assert!(with(bad).unwrap_err().to_string().contains("--cookie-name"), "{bad}");
        }
    }

    #[test]
    fn an_unknown_name_in_the_file_is_refused() {
        assert!(Options::from_toml("lissten = \"127.0.0.1:1\"").is_err());
        assert!(Options::from_toml("guests = \"dance\"").is_err());
    }

    #[test]
    fn a_public_url_with_a_path_is_refused() {
        for bad in [
            "https://example.org/plaudit",
            "ftp://example.org",
            "https://ana@example.org",
            "https://e.org/?a",
        ] {
            let options = Options { public_url: Some(bad.parse().unwrap()), ..Options::default() };
            assert!(Config::try_from(options).is_err(), "{bad}");
        }
    }
}
