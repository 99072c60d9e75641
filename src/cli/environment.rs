//! The environment: each option of the site also as `PLAUDIT_…`. Read here, once, and nowhere else.
//!
//! Clap could do it, but takes each value as it is. Compose files and `.env` files bring empty values, blanks, lists
//! with blanks, and the carriage returns of other systems.

use std::env;
use std::ffi::OsString;

use clap::{Arg, Args as _, Command, FromArgMatches as _};

use super::Site;
use crate::config::ConfigError;

/// Reads every option that the environment has.
pub(super) fn read() -> Result<Site, ConfigError> {
    read_from(|name| env::var_os(name))
}

/// One variable; none if it is not set, or empty.
pub(super) fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    match env::var_os(name).map(OsString::into_string) {
        Some(Ok(value)) => clean(name, &value),
        Some(Err(_)) => Err(ConfigError::Value(format!("{name}: this is not UTF-8"))),
        None => Ok(None),
    }
}

/// The help names the variable; the value is read here.
pub(super) fn only_named(arg: Arg) -> Arg {
    let Some(name) = arg.get_env().map(|name| name.to_string_lossy().into_owned()) else { return arg };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.env(None::<&str>).help(format!("{help} [env: {name}]"))
}

fn read_from(variables: impl Fn(&str) -> Option<OsString>) -> Result<Site, ConfigError> {
    let mut site = Site::default();
    let command =
        Site::augment_args(Command::new("environment").no_binary_name(true).disable_help_flag(true));
    // One by one, so that what is wrong is said with the name of its variable.
    for arg in command.get_arguments() {
        let (Some(name), Some(flag)) = (arg.get_env().and_then(|name| name.to_str()), arg.get_long()) else {
            continue;
        };
        let Some(value) = variables(name) else { continue };
        let mut argument = OsString::from(format!("--{flag}="));
        match value.to_str() {
            Some(text) => match clean(name, text)? {
                None => continue,
                Some(text) if arg.get_value_delimiter().is_some() => argument.push(list(&text)),
                Some(text) => argument.push(text),
            },
            // A path need not be UTF-8; for all others it is refused below.
            None => argument.push(&value),
        }
        let reader = command.clone().mut_args(|arg| arg.env(None::<&str>));
        let read = reader.try_get_matches_from([argument]);
        read.and_then(|mut matches| site.update_from_arg_matches_mut(&mut matches))
            .map_err(|error| ConfigError::Value(in_words(name, flag, &error)))?;
    }
    Ok(site)
}

/// Without blanks around it; none if nothing is left. A carriage return is not seen on any screen, and would be part of
/// a folder's name.
fn clean(name: &str, value: &str) -> Result<Option<String>, ConfigError> {
    if value.contains('\r') {
        return Err(ConfigError::Value(format!(
            "{name} has a carriage return (CR) in it: the file it comes from has the line ends of Windows, save it with \
             those of Unix"
        )));
    }
    let value = value.trim();
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

/// Separated by commas, blanks or both.
fn list(value: &str) -> String {
    let parts = value.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(",")
}

/// What clap says of a flag, said of the variable.
fn in_words(name: &str, flag: &str, error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let text = text.split("\n\nFor more information").next().unwrap_or(text).trim_end();
    let shown = text.split('\'').find(|part| part.starts_with(&format!("--{flag}")));
    shown.map_or_else(|| format!("{name}: {text}"), |shown| text.replace(&format!("'{shown}'"), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Site, String> {
        let find =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into());
        read_from(find).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_empty_is_not_set_and_blanks_around_a_value_do_not_count() {
        let site = read(&[("PLAUDIT_LISTEN", ""), ("PLAUDIT_PUBLIC_URL", "  "), ("PLAUDIT_DATA", " here ")]);
        let options = site.unwrap().options;
        assert!(options.listen.is_none() && options.public_url.is_none());
        assert_eq!(options.data, Some("here".into()));
    }

    #[test]
    fn a_carriage_return_is_refused_with_the_name_of_the_variable() {
        for value in ["./data\r", "\r", "a\r\nb"] {
            let error = read(&[("PLAUDIT_DATA", value)]).unwrap_err();
            assert!(error.contains("PLAUDIT_DATA") && error.contains("CR"), "{error}");
        }
    }

    #[test]
    fn lists_may_have_blanks_and_a_last_comma() {
        for value in ["10.0.0.0/8,127.0.0.1", "10.0.0.0/8, 127.0.0.1", " 10.0.0.0/8 127.0.0.1 ,"] {
            let options = read(&[("PLAUDIT_TRUSTED_PROXIES", value)]).unwrap().options;
            assert_eq!(options.trusted_proxies.unwrap().len(), 2, "{value:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_its_variable() {
        for (name, value) in [
            ("PLAUDIT_LISTEN", "nowhere"),
            ("PLAUDIT_PUBLIC_URL", "example.org"),
            ("PLAUDIT_TRUSTED_PROXIES", "10.0.0.0/8 10.0.0.0/99"),
            ("PLAUDIT_TICK_MS", "soon"),
            ("PLAUDIT_GUESTS", "dance"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.contains(name) && !error.contains("--"), "{error}");
        }
    }
}
