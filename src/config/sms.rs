//! The numbers that send and receive text messages: a `[[sms]]` in the file for each. Secrets stand in files of their own.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::ConfigError;
use crate::domain::user::check_handle;
use crate::domain::{Country, Phone};
use crate::sms::ProviderKind;

/// A number, as the file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SmsOptions {
    inbox: Option<String>,
    provider: Option<String>,
    number: Option<String>,
    account: Option<String>,
    secret_file: Option<PathBuf>,
    public_key_file: Option<PathBuf>,
    api: Option<Url>,
    country: Option<String>,
}

/// A number that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsConfig {
    /// The inbox's handle.
    pub inbox: String,
    /// Who sends and receives.
    pub provider: ProviderKind,
    /// The number.
    pub number: Phone,
    /// Twilio's account; Telnyx has none.
    pub account: Option<String>,
    /// Where the secret stands.
    pub secret_file: PathBuf,
    /// Where the key stands with which Telnyx signs.
    pub public_key_file: Option<PathBuf>,
    /// Where the provider is asked, if not at its own address.
    pub api: Option<Url>,
    /// Whose numbers may be written without a country's code.
    pub country: Option<Country>,
}

/// Checks all numbers. Their hooks are signed over the site's address, so there must be one.
pub(super) fn check(
    options: Vec<SmsOptions>,
    public_url: Option<&Url>,
) -> Result<Vec<SmsConfig>, ConfigError> {
    if !options.is_empty() && public_url.is_none() {
        let why = "[[sms]] needs public-url: the provider calls the site at that address and signs it";
        return Err(ConfigError::Value(why.into()));
    }
    let mut numbers: Vec<SmsConfig> = Vec::new();
    for number in options {
        let number = check_one(number)?;
        for (what, same) in [
            (&number.inbox, numbers.iter().any(|other| other.inbox == number.inbox)),
            (&number.number.to_string(), numbers.iter().any(|other| other.number == number.number)),
        ] {
            if same {
                return Err(ConfigError::Value(format!(
                    "[[sms]]: {what} is there twice: an inbox has one number, and a number one inbox"
                )));
            }
        }
        numbers.push(number);
    }
    Ok(numbers)
}

fn check_one(options: SmsOptions) -> Result<SmsConfig, ConfigError> {
    let SmsOptions { inbox, provider, number, account, secret_file, public_key_file, api, country } = options;
    let inbox = inbox.ok_or_else(|| ConfigError::Value("[[sms]]: inbox is missing, the handle".into()))?;
    let wrong = |why: &str| ConfigError::Value(format!("[[sms]] of the inbox {inbox:?}: {why}"));
    check_handle(&inbox).map_err(|error| wrong(&error.to_string()))?;
    let kind = provider.as_deref().and_then(ProviderKind::parse);
    let provider = kind.ok_or_else(|| wrong("provider: twilio or telnyx"))?;
    match (provider, &account, &public_key_file) {
        (ProviderKind::Twilio, Some(_), None) | (ProviderKind::Telnyx, None, Some(_)) => {}
        (ProviderKind::Twilio, None, _) => {
            return Err(wrong("account is missing, the id that begins with AC"));
        }
        (ProviderKind::Twilio, Some(_), Some(_)) => return Err(wrong("public-key-file is for telnyx only")),
        (ProviderKind::Telnyx, _, None) => {
            return Err(wrong("public-key-file is missing: a file with the public key of the account"));
        }
        (ProviderKind::Telnyx, Some(_), Some(_)) => return Err(wrong("account is for twilio only")),
    }
    let number = number.as_deref().and_then(Phone::parse);
    let number = number.ok_or_else(|| wrong("number: as +15550100, + and 2 to 15 digits"))?;
    let secret_file = secret_file.ok_or_else(|| {
        wrong("secret-file is missing: a file with the auth token of twilio, or the API key of telnyx")
    })?;
    let known = |name: String| {
        Country::find(&name).ok_or_else(|| wrong("country: two capital letters, such as US or DE"))
    };
    let country = country.map(known).transpose()?;
    Ok(SmsConfig { inbox, provider, number, account, secret_file, public_key_file, api, country })
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Options};
    use crate::sms::ProviderKind;

    const SITE: &str = "public-url = \"https://example.org\"\n";
    const TWILIO: &str = "[[sms]]\ninbox = \"shop\"\nprovider = \"twilio\"\nnumber = \"+15550100\"\n\
        account = \"AC1\"\nsecret-file = \"/secret\"\n";
    const TELNYX: &str = "[[sms]]\ninbox = \"lab\"\nprovider = \"telnyx\"\nnumber = \"+15550101\"\n\
        public-key-file = \"/key\"\nsecret-file = \"/secret\"\ncountry = \"DE\"\n";

    fn read(text: &str) -> Result<Config, String> {
        let options = Options::from_toml(text).map_err(|error| error.to_string())?;
        Config::try_from(options).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_is_set_up_in_the_file() {
        let config = read(&format!("{SITE}{TWILIO}{TELNYX}")).unwrap();
        let [twilio, telnyx] = &config.sms[..] else { panic!("{config:?}") };
        assert_eq!((twilio.inbox.as_str(), twilio.provider), ("shop", ProviderKind::Twilio));
        assert_eq!((twilio.account.as_deref(), &twilio.api), (Some("AC1"), &None));
        assert!(telnyx.country.is_some() && telnyx.public_key_file.is_some());
        assert!(!format!("{config:?}").contains("5550100"), "no number in what may be logged");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let without = |line: &str, text: &str| {
            let kept: Vec<&str> = text.lines().filter(|other| !other.starts_with(line)).collect();
            format!("{SITE}{}", kept.join("\n"))
        };
        for (text, why) in [
            (TWILIO.to_owned(), "public-url"),
            (without("inbox", TWILIO), "inbox"),
            (without("provider", TWILIO), "twilio or telnyx"),
            (without("number", TWILIO), "number"),
            (without("account", TWILIO), "account"),
            (without("secret-file", TWILIO), "secret-file"),
            (without("public-key-file", TELNYX), "public-key-file"),
            (format!("{SITE}{TWILIO}public-key-file = \"/key\""), "telnyx only"),
            (format!("{SITE}{TELNYX}account = \"AC1\""), "twilio only"),
            (format!("{SITE}{TWILIO}{TWILIO}"), "twice"),
            (format!("{SITE}{TWILIO}").replace("twilio", "carrier"), "twilio or telnyx"),
            (format!("{SITE}{TWILIO}").replace("+1555", "555"), "number"),
            (format!("{SITE}{TWILIO}").replace("shop", "The Shop"), "handle"),
            (format!("{SITE}{TWILIO}country = \"USA\""), "country"),
            (format!("{SITE}{TWILIO}secret = \"12345\""), "unknown field"),
        ] {
            let refused = read(&text).unwrap_err();
            assert!(refused.contains(why), "{why}: {refused}");
        }
    }
}
