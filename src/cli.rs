//! The command line: roles and what each one takes. `main` runs what is parsed here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, Options};

const EXAMPLES: &str = "\
Examples:
  plaudit                                    serve on http://127.0.0.1:8080, data in ./data
  plaudit serve --listen 0.0.0.0:80 --data /var/lib/plaudit --public-url https://example.org
  plaudit user create ana                    make a member and print its password
  PLAUDIT_LISTEN=127.0.0.1:0 plaudit         pick a free port

Every option can also stand in a file (--config plaudit.toml; see plaudit.example.toml) or in the environment
(PLAUDIT_LISTEN, PLAUDIT_DATA, …). A flag goes before the environment, the environment before the file.
PLAUDIT_LOG says what is logged to standard error: info (usually), warn, debug, or plaudit=debug.";

const USER_EXAMPLES: &str = "\
Examples:
  plaudit user create ana --data /var/lib/plaudit
  plaudit user create ana --name 'Ana Lima'
  printf %s \"$PASSWORD\" | plaudit user create ana --password-stdin";

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
    /// Measure a site under load (not in this build)
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

/// Arguments of what is not in this build.
#[derive(Debug, Args)]
pub struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<String>,
}

/// `plaudit user …`.
#[derive(Debug, Subcommand)]
pub enum UserRole {
    /// Make a member; prints a new password unless one is given
    #[command(after_help = USER_EXAMPLES)]
    Create(CreateUser),
    /// Give a member the moderator's rights (not in this build)
    #[command(disable_help_flag = true)]
    Promote(Rest),
    /// Suspend a member (not in this build)
    #[command(disable_help_flag = true)]
    Suspend(Rest),
    /// Give a member a new password (not in this build)
    #[command(disable_help_flag = true)]
    ResetPassword(Rest),
    /// Delete a member and what it did (not in this build)
    #[command(disable_help_flag = true)]
    Delete(Rest),
}

/// `plaudit user create`.
#[derive(Debug, Args)]
pub struct CreateUser {
    /// 2 to 30 characters of a to z, 0 to 9 and _
    pub handle: String,
    /// The name to show, 1 to 50 characters [default: the handle]
    #[arg(long)]
    pub name: Option<String>,
    /// Read the password from standard input (its first line, 8 to 256 bytes)
    #[arg(long)]
    pub password_stdin: bool,
}

impl Cli {
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
            Self::Serve | Self::User(UserRole::Create(_)) => None,
            Self::User(UserRole::Promote(_)) => Some("plaudit user promote"),
            Self::User(UserRole::Suspend(_)) => Some("plaudit user suspend"),
            Self::User(UserRole::ResetPassword(_)) => Some("plaudit user reset-password"),
            Self::User(UserRole::Delete(_)) => Some("plaudit user delete"),
            Self::Load(_) => Some("plaudit load"),
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
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
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
        let cli = Cli::try_parse_from(["plaudit", "load", "watch", "--url", "http://127.0.0.1:1"]).unwrap();
        assert_eq!(cli.role.unwrap().missing(), Some("plaudit load"));
    }
}
