//! `plaudit user …`: people, from the command line.

use clap::{Args, Subcommand};

use crate::domain::Error;
use crate::domain::user::{check_handle, normalize_name, read_handle};

pub(super) const EXAMPLES: &str = "\
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
    #[arg(value_parser = new_handle)]
    pub handle: String,
    /// The name to show, 1 to 50 characters [default: the handle]
    #[arg(long, value_parser = normalize_name)]
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

/// A handle that somebody may have: what can be none is wrong use, whatever folder is meant.
pub(super) fn new_handle(text: &str) -> Result<String, Error> {
    let handle = read_handle(text);
    check_handle(&handle).map(|()| handle)
}

/// A handle as people write it. Whether it can be one is the site's to say.
#[expect(clippy::unnecessary_wraps, reason = "the signature of a value parser")]
pub(super) fn handle(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(read_handle(text))
}
