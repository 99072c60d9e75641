//! What the roles of the command line do. `main` runs them.

mod backup;
mod check;
mod inboxes;
mod log;
mod progress;
mod serve;
pub mod users;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

pub use self::serve::serve;
use crate::boot::Parts;
use crate::cli::{Cli, Role};
use crate::config::ConfigError;

/// Runs what was asked for, with these parts. What goes wrong is said on standard error.
pub fn run(cli: Result<Cli, ConfigError>, parts: Parts) -> ExitCode {
    match cli.map_err(anyhow::Error::from).and_then(|cli| run_role(cli, parts)) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("plaudit: {error:#}\n"));
            exit_code(&error)
        }
    }
}

fn run_role(cli: Cli, parts: Parts) -> anyhow::Result<ExitCode> {
    if let Some(missing) = cli.role.as_ref().and_then(Role::missing) {
        return Err(ConfigError::NotInThisBuild(missing.to_owned()).into());
    }
    if let Some(Role::Load(load)) = &cli.role {
        // It has options of its own: what the site is served with says nothing about how it is measured.
        return Ok(plaudit_load::run_from(&load.rest));
    }
    if let Some(Role::SmsSandbox(sandbox)) = &cli.role {
        return Ok(plaudit_sandbox::run_from(&sandbox.rest));
    }
    let filter = log::filter(cli.log()).map_err(ConfigError::Value)?;
    let config = cli.config()?;
    // Held to the end: what is logged last is written too.
    let _log = log::start(filter)?;
    match cli.role {
        Some(Role::User(role)) => users::run(&config, role)?,
        Some(Role::Inbox(role)) => inboxes::run(&config, role)?,
        Some(Role::Backup(role)) => backup::backup(&config, &role)?,
        Some(Role::Restore(role)) => backup::restore(&config, &role)?,
        Some(Role::Check(role)) => check::check(&config, &role)?,
        _ => serve(config, parts)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// 2 for what the caller wrote wrongly, 1 for everything else.
fn exit_code(error: &anyhow::Error) -> ExitCode {
    let refused = error.downcast_ref::<users::Refused>();
    let wrong_use = error.is::<ConfigError>() || refused.is_some_and(|refused| refused.code == "bad_request");
    ExitCode::from(if wrong_use { 2 } else { 1 })
}

/// Writes to standard error, but neither fails nor waits for long: it may be a pipe that nobody reads.
fn complain(text: &str) {
    let (text, (done, written)) = (text.to_owned(), sync_channel::<()>(1));
    std::thread::spawn(move || {
        let _ = std::io::stderr().write_all(text.as_bytes());
        drop(done);
    });
    let _ = written.recv_timeout(Duration::from_secs(1));
}

/// A line on standard output. It is done by now: a pipe that is closed must not pass for a failure.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
