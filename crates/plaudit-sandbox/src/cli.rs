//! The command line of `plaudit sms-sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

use crate::world::is_number;

const EXAMPLES: &str = "\
Example, for a site on http://127.0.0.1:8080 whose inbox is @shop:
  plaudit sms-sandbox --hook http://127.0.0.1:8080/hooks/sms/shop --secret-file sms.secret

  and in the site's configuration, read at its start:
    public-url = \"http://127.0.0.1:8080\"

    [[sms]]
    inbox = \"shop\"
    provider = \"twilio\"
    number = \"+15550100\"
    account = \"ACsandbox\"
    secret-file = \"sms.secret\"
    api = \"http://127.0.0.1:9010\"

Then open http://127.0.0.1:9010 and write from a telephone there. With --chaos the calls to the site are doubled, delayed,
reordered and forgotten, as it happens to real providers: the site must get along with it.

Nothing is kept: when it ends, telephones and messages are gone. Exit code: 0 when it was ended, 1 when it can't run, 2 for
wrong use.";

/// Stands in for a provider of text messages: its API, its signed calls, and telephones in the browser
#[derive(Debug, Parser)]
#[command(name = "plaudit sms-sandbox", about, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Cli {
    /// Where to listen: the page with telephones, and the API
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9010")]
    pub(crate) listen: SocketAddr,
    /// The site's address for text messages that come in: below its public-url, which is signed
    #[arg(long, value_name = "URL", value_parser = hook)]
    pub(crate) hook: String,
    /// The file with the secret that site and provider share; made with a new one if it is not there
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: PathBuf,
    /// The site's number
    #[arg(long, value_name = "NUMBER", default_value = "+15550100", value_parser = number)]
    pub(crate) number: String,
    /// Double, delay, reorder and forget calls by chance
    #[arg(long)]
    pub(crate) chaos: bool,
}

fn hook(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    if ["http", "https"].contains(&url.scheme()) && url.fragment().is_none() {
        Ok(text.to_owned())
    } else {
        Err("an address such as http://127.0.0.1:8080/hooks/sms/shop".to_owned())
    }
}

fn number(text: &str) -> Result<String, String> {
    if is_number(text) {
        Ok(text.to_owned())
    } else {
        Err("a number is + and 2 to 15 digits, the first not 0, such as +15550100".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_refuses_what_cannot_be() {
        Cli::command().debug_assert();
        let read = |words: &str| Cli::try_parse_from(words.split(' '));
        let good = read("x --hook http://127.0.0.1:8080/hooks/sms/shop --secret-file f").unwrap();
        assert_eq!((good.listen.to_string().as_str(), good.number.as_str()), ("127.0.0.1:9010", "+15550100"));
        for bad in [
            "x",
            "x --hook nowhere --secret-file f",
            "x --hook ftp://a/b --secret-file f",
            "x --hook http://a/b#c --secret-file f",
            "x --hook http://a/b",
            "x --hook http://a/b --secret-file f --number 5550100",
            "x --hook http://a/b --secret-file f --listen somewhere",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
