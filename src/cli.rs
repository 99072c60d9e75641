//! The command line: roles and what each one takes. `main` runs what is parsed here.

use std::path::PathBuf;

use clap::{Arg, Args, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::{Config, ConfigError, Options};

const EXAMPLES: &str = "\
Examples:
  plaudit                                    serve on http://127.0.0.1:8080, data in ./data
  plaudit serve --listen 0.0.0.0:80 --data /var/lib/plaudit --public-url https://example.org
  plaudit user create ana                    make a member and print its password
  plaudit user promote ana                   and a moderator of it
  PLAUDIT_LISTEN=127.0.0.1:0 plaudit         pick a free port

Every option can also stand in a file (--config plaudit.toml; see plaudit.example.toml) or in the environment
(PLAUDIT_LISTEN, PLAUDIT_DATA, …). A flag goes before the environment, the environment before the file.
PLAUDIT_LOG says what is logged to standard error: info (usually), warn, debug, or plaudit=debug.";

const USER_EXAMPLES: &str = "\
Examples:
  plaudit user create ana --data /var/lib/plaudit
  plaudit user promote ana                   make a moderator of a member
  plaudit user suspend ben                   nobody can log in as @ben until you lift it
  plaudit user reset-password ana            print a new password
  plaudit user delete ben                    delete the account and what it did

Where a server runs on the same data folder it carries these out, so that open pages change at once; otherwise they
are done on the database itself. --data says which folder (or PLAUDIT_DATA, or the file of --config).";

const CREATE_EXAMPLES: &str = "\
Examples:
  plaudit user create ana --data /var/lib/plaudit
  plaudit user create ana --name 'Ana Lima'
  printf %s \"$PASSWORD\" | plaudit user create ana --password-stdin";

const PROMOTE_EXAMPLES: &str = "\
Examples:
  plaudit user promote ana                   ana may remove posts and comments, and suspend members
  plaudit user promote ana --demote          and no longer";

const SUSPEND_EXAMPLES: &str = "\
Examples:
  plaudit user suspend ben                   its sessions end, its likes leave every count
  plaudit user suspend ben --lift            it can log in again, its likes come back";

const RESET_EXAMPLES: &str = "\
Examples:
  plaudit user reset-password ana            print a new password; the sessions of ana end
  printf %s \"$PASSWORD\" | plaudit user reset-password ana --password-stdin";

const DELETE_EXAMPLES: &str = "\
Examples:
  plaudit user delete ben                    at a terminal you are asked to type the handle once more
  plaudit user delete ben --yes              never asks
  for handle in $(cat spammers); do plaudit user delete \"$handle\" < /dev/null; done";

/// Live likes, comments, viewers and messages for the web, from one binary.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    options: Options,
    /// What to do; without one: serve.
    #[command(subcommand)]
    pub role: Option<Role>,
}

/// What every role takes.
#[derive(Debug, Args)]
struct Common {
    /// Read options from this file
    #[arg(long, env = "PLAUDIT_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

/// What the program can be asked to do.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Serve the site (what happens without a role, too)
    #[command(after_help = EXAMPLES)]
    Serve,
    /// Make and manage members
    #[command(subcommand, after_help = USER_EXAMPLES)]
    User(UserRole),
    /// Measure a site under load: plaudit load --help
    #[command(disable_help_flag = true)]
    Load(Rest),
    /// Bring the database up to date (not in this build: serving does it)
    #[command(disable_help_flag = true)]
    Migrate(Rest),
    /// Write a copy of the database (not in this build)
    #[command(disable_help_flag = true)]
    Backup(Rest),
    /// Put a copy of the database back (not in this build)
    #[command(disable_help_flag = true)]
    Restore(Rest),
    /// Check the database (not in this build)
    #[command(disable_help_flag = true)]
    Check(Rest),
}

/// Arguments that are not read here: of what has a command line of its own, and of what is not in this build.
#[derive(Debug, Args)]
pub struct Rest {
    /// As they were written.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub rest: Vec<String>,
}

/// `plaudit user …`.
#[derive(Debug, Subcommand)]
pub enum UserRole {
    /// Make a member; prints a new password unless one is given
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateUser),
    /// Make a member a moderator
    #[command(after_help = PROMOTE_EXAMPLES)]
    Promote(PromoteUser),
    /// Suspend a member
    #[command(after_help = SUSPEND_EXAMPLES)]
    Suspend(SuspendUser),
    /// Give a member a new password; prints it unless one is given
    #[command(after_help = RESET_EXAMPLES)]
    ResetPassword(ResetPassword),
    /// Delete a member and everything it did; there is no way back
    #[command(after_help = DELETE_EXAMPLES)]
    Delete(DeleteUser),
}

/// `plaudit user create`.
#[derive(Debug, Args)]
pub struct CreateUser {
    /// 2 to 30 characters of a to z, 0 to 9 and _
    #[arg(value_parser = handle)]
    pub handle: String,
    /// The name to show, 1 to 50 characters [default: the handle]
    #[arg(long)]
    pub name: Option<String>,
    /// Where its password comes from.
    #[command(flatten)]
    pub password: PasswordSource,
}

/// `plaudit user promote`.
#[derive(Debug, Args)]
pub struct PromoteUser {
    /// Whom
    #[arg(value_parser = handle)]
    pub handle: String,
    /// Take the moderator's rights away
    #[arg(long)]
    pub demote: bool,
}

/// `plaudit user suspend`.
#[derive(Debug, Args)]
pub struct SuspendUser {
    /// Whom
    #[arg(value_parser = handle)]
    pub handle: String,
    /// Let a suspended member in again
    #[arg(long)]
    pub lift: bool,
}

/// `plaudit user reset-password`.
#[derive(Debug, Args)]
pub struct ResetPassword {
    /// Whose
    #[arg(value_parser = handle)]
    pub handle: String,
    /// Where its password comes from.
    #[command(flatten)]
    pub password: PasswordSource,
}

/// `plaudit user delete`.
#[derive(Debug, Args)]
pub struct DeleteUser {
    /// Whom
    #[arg(value_parser = handle)]
    pub handle: String,
    /// Do not ask, even at a terminal
    #[arg(long)]
    pub yes: bool,
}

/// Where a password comes from. Never from the arguments: other users of the machine can read those.
#[derive(Debug, Clone, Copy, Args)]
pub struct PasswordSource {
    /// Read the password from standard input (its first line, 8 to 256 bytes)
    #[arg(long = "password-stdin")]
    pub stdin: bool,
}

/// A handle as people write it, with or without its @. Whether it can be one is the site's to say.
#[expect(clippy::unnecessary_wraps, reason = "the signature of a value parser")]
fn handle(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.strip_prefix('@').unwrap_or(text).to_owned())
}

impl Cli {
    /// Reads the command line of this process; ends it where that is wrong or asks for help.
    pub fn read() -> Self {
        let read = Self::from_arg_matches(&Self::command_line().get_matches());
        read.unwrap_or_else(|error| error.exit())
    }

    /// Every role takes every option, so that one environment does for all; the help of `plaudit user` shows those that
    /// make a difference to it.
    fn command_line() -> Command {
        let useful = |arg: &Arg| !arg.is_global_set() || ["config", "data"].contains(&arg.get_id().as_str());
        let show = move |arg: Arg| if useful(&arg) { arg } else { arg.hide(true) };
        let mut command = Self::command();
        // From here on the subcommands have the options that are everybody's.
        command.build();
        command.mut_subcommand("user", |user| user.mut_args(show).mut_subcommands(|role| role.mut_args(show)))
    }

    /// The configuration for what was asked: flags, environment, file, defaults.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let file = self.common.config.as_deref().map(Options::from_file).transpose()?.unwrap_or_default();
        Config::try_from(self.options.clone().or(file))
    }
}

impl Role {
    /// The name of a role that this build does not have.
    pub fn missing(&self) -> Option<&'static str> {
        match self {
            Self::Serve | Self::User(_) | Self::Load(_) => None,
            Self::Migrate(_) => Some("plaudit migrate"),
            Self::Backup(_) => Some("plaudit backup"),
            Self::Restore(_) => Some("plaudit restore"),
            Self::Check(_) => Some("plaudit check"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_of_user_shows_what_is_useful_there() {
        let help = |words: &[&str]| {
            let words = ["plaudit"].iter().chain(words).chain(&["--help"]);
            Cli::command_line().try_get_matches_from(words).unwrap_err().to_string()
        };
        for role in ["create", "promote", "suspend", "reset-password", "delete"] {
            let help = help(&["user", role]);
            assert!(help.contains("--data") && help.contains("--config"), "{help}");
            assert!(!help.contains("--listen") && !help.contains("--tick-ms"), "{help}");
        }
        assert!(!help(&["user"]).contains("--listen"));
        assert!(help(&["user", "promote"]).contains("--demote"));
        assert!(help(&[]).contains("--listen") && help(&["serve"]).contains("--listen"));
        // Hidden is not refused: an alias may name all of them.
        let line = ["plaudit", "user", "promote", "ana", "--listen", "127.0.0.1:1"];
        assert!(Cli::command_line().try_get_matches_from(line).is_ok());
    }

    #[test]
    fn options_may_stand_before_and_behind_serve() {
        for line in
            [&["plaudit", "--listen", "127.0.0.1:1"][..], &["plaudit", "serve", "--listen", "127.0.0.1:1"]]
        {
            let config = Cli::try_parse_from(line).unwrap().config().unwrap();
            assert_eq!(config.listen.port(), 1, "{line:?}");
        }
    }

    #[test]
    fn what_is_not_in_this_build_takes_any_arguments_and_says_so() {
        let cli = Cli::try_parse_from(["plaudit", "backup", "file", "--to", "http://127.0.0.1:1"]).unwrap();
        assert_eq!(cli.role.unwrap().missing(), Some("plaudit backup"));
    }

    #[test]
    fn load_gets_all_that_stands_behind_it() {
        for words in [&["--help"][..], &["watch", "--viewers", "5", "--data", "x", "-h"], &[]] {
            let cli = Cli::try_parse_from(["plaudit", "load"].iter().chain(words)).unwrap();
            let Some(Role::Load(rest)) = cli.role else { panic!("{words:?}") };
            assert_eq!(rest.rest, words);
        }
    }
}
