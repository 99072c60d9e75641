//! The command line: roles and what each one takes. `main` reads it, `roles` runs it.

mod admin;
mod environment;
mod inbox;
mod user;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, Args, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use self::admin::{Backup, Check, Restore};
pub use self::inbox::{
    AddAgent, AgentRole, CreateInbox, DeleteInbox, EraseCustomer, InboxRole, RemoveAgent, SetInbox,
};
pub use self::user::{
    CreateUser, DeleteUser, PasswordSource, PromoteUser, ResetPassword, SuspendUser, UserRole,
};
use crate::config::{Config, ConfigError, Options};

const EXAMPLES: &str = "\
Examples:
  plaudit                                    serve on http://127.0.0.1:8080, data in ./data
  plaudit serve --listen 0.0.0.0:80 --data /var/lib/plaudit --public-url https://example.org
  plaudit user create ana                    make a member and print its password
  plaudit user promote ana                   and a moderator of it
  plaudit backup /backups/site.db            copy the database of this moment, verified
  PLAUDIT_LISTEN=127.0.0.1:0 plaudit         pick a free port

Every option can also stand in a file (--config plaudit.toml; see plaudit.example.toml) or in the environment
(PLAUDIT_LISTEN, PLAUDIT_DATA, …). A flag goes before the environment, the environment before the file.
There an empty value is none, and PLAUDIT_LOG says what is logged to standard error: info (usually), warn, debug, or
plaudit=debug.";

/// Live likes, comments, viewers and messages for the web, from one binary.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    site: Site,
    /// What to do; without one: serve.
    #[command(subcommand)]
    pub role: Option<Role>,
    /// What the environment says.
    #[arg(skip)]
    environment: Site,
    /// `PLAUDIT_LOG`.
    #[arg(skip)]
    log: Option<String>,
}

/// What every role takes, as flags or from the environment.
#[derive(Debug, Clone, Default, Args)]
struct Site {
    /// Read options from this file
    #[arg(long, env = "PLAUDIT_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

/// What the program can be asked to do.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Serve the site (what happens without a role, too)
    #[command(after_help = EXAMPLES)]
    Serve,
    /// Make and manage members
    #[command(subcommand, after_help = user::EXAMPLES)]
    User(UserRole),
    /// Make and manage a team's shared mailboxes
    #[command(subcommand, after_help = inbox::EXAMPLES)]
    Inbox(InboxRole),
    /// Measure a site under load: plaudit load --help
    #[command(disable_help_flag = true)]
    Load(Rest),
    /// Stand in for a provider of text messages: plaudit sms-sandbox --help
    #[command(disable_help_flag = true)]
    SmsSandbox(Rest),
    /// Write a copy of the database, while a server goes on or without one
    #[command(after_help = admin::BACKUP_EXAMPLES)]
    Backup(Backup),
    /// Put a copy of the database back
    #[command(after_help = admin::RESTORE_EXAMPLES)]
    Restore(Restore),
    /// Check the database: every page, and every number that it keeps
    #[command(after_help = admin::CHECK_EXAMPLES)]
    Check(Check),
    /// Move the site to another store
    #[command(hide = true, disable_help_flag = true)]
    Migrate(Rest),
}

/// Arguments that are not read here: of what has a command line of its own, and of what is not in this build.
#[derive(Debug, Args)]
pub struct Rest {
    /// As they were written.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub rest: Vec<String>,
}

impl Cli {
    /// Reads the command line and the environment of this process; ends it where the command line is wrong or asks for
    /// help.
    pub fn read() -> Result<Self, ConfigError> {
        let mut command = Self::command_line();
        let matches = command.try_get_matches_from_mut(with_rest(std::env::args_os()));
        let mut matches = matches.unwrap_or_else(|error| error.exit());
        let read = Self::from_arg_matches_mut(&mut matches);
        let mut cli = read.unwrap_or_else(|error| error.format(&mut command).exit());
        // These have options of their own, and what the site is served with says nothing about them.
        if !matches!(cli.role, Some(Role::Load(_) | Role::SmsSandbox(_))) {
            cli.environment = environment::read()?;
            cli.log = environment::variable("PLAUDIT_LOG")?;
        }
        Ok(cli)
    }

    /// Every role takes every option, so that one environment does for all; the help of a role shows those that make a
    /// difference to it.
    fn command_line() -> Command {
        let useful = |arg: &Arg| !arg.is_global_set() || ["config", "data"].contains(&arg.get_id().as_str());
        let show = move |arg: Arg| if useful(&arg) { arg } else { arg.hide(true) };
        let mut command = Self::command().mut_args(environment::only_named);
        // From here on the subcommands have the options that are everybody's.
        command.build();
        for role in ["backup", "restore", "check"] {
            command = command.mut_subcommand(role, |role| role.mut_args(show));
        }
        command
            .mut_subcommand("user", |user| user.mut_args(show).mut_subcommands(|role| role.mut_args(show)))
            .mut_subcommand("inbox", |inbox| {
                inbox
                    .mut_args(show)
                    .mut_subcommands(|role| role.mut_args(show).mut_subcommands(|role| role.mut_args(show)))
            })
    }

    /// The configuration for what was asked: flags, environment, file, defaults.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let file = self.site.config.as_deref().or(self.environment.config.as_deref());
        let file = file.map(Options::from_file).transpose()?.unwrap_or_default();
        Config::try_from(self.site.options.clone().or(self.environment.options.clone()).or(file))
    }

    /// What is to be logged, if the environment says so.
    pub fn log(&self) -> Option<&str> {
        self.log.as_deref()
    }
}

/// A command line in which what stands behind such a role is its own, also where an option has a name that is known here.
fn with_rest(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<_> = words.into_iter().collect();
    if words.get(1).is_some_and(|role| role == "sms-sandbox" || role == "load") {
        words.insert(2, "--".into());
    }
    words
}

impl Role {
    /// The name of a role that this build does not have.
    pub fn missing(&self) -> Option<&'static str> {
        match self {
            Self::Migrate(_) => Some("plaudit migrate"),
            _ => None,
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
        let cli = Cli::try_parse_from(["plaudit", "migrate", "--to", "postgres://127.0.0.1:1"]).unwrap();
        assert_eq!(cli.role.unwrap().missing(), Some("plaudit migrate"));
    }

    #[test]
    fn the_sandbox_gets_all_that_stands_behind_it_also_options_that_are_known_here() {
        for words in
            [&["--listen", "127.0.0.1:0", "--hook", "http://x/", "--chaos", "--help"][..], &["-h"], &[]]
        {
            let line = ["plaudit", "sms-sandbox"].iter().chain(words).map(OsString::from);
            let cli = Cli::try_parse_from(with_rest(line)).unwrap();
            let Some(Role::SmsSandbox(rest)) = cli.role else { panic!("{words:?}") };
            assert_eq!(rest.rest, words);
        }
    }

    #[test]
    fn load_gets_all_that_stands_behind_it() {
        for words in [&["--help"][..], &["watch", "--viewers", "5", "--data", "x", "-h"], &[]] {
            let line = ["plaudit", "load"].iter().chain(words).map(OsString::from);
            let cli = Cli::try_parse_from(with_rest(line)).unwrap();
            let Some(Role::Load(rest)) = cli.role else { panic!("{words:?}") };
            assert_eq!(rest.rest, words);
        }
    }
}
