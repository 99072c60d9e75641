//! `plaudit user …`: people, from the command line. A server that runs on the same folder does it, so that open pages
//! learn of it at once; without one it is done on the database itself, and never beside a server that was not asked.

use std::io::{self, BufRead, IsTerminal as _, Write};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use ring::rand::SecureRandom as _;

use super::runtime;
use crate::boot::{Parts, open_offline};
use crate::cli::{CreateUser, DeleteUser, PasswordSource, PromoteUser, ResetPassword, SuspendUser, UserRole};
use crate::config::Config;
use crate::control::{self, Instruction, Outcome, Unheard};
use crate::domain::user::read_handle;
use crate::folder::{self, FolderError};

/// A server that holds its folder listens within this time, and one that is asked by many has room for one more.
const STARTING: Duration = Duration::from_secs(5);

/// A server that was started a moment ago has made its database within this time.
const BEGINNING: Duration = Duration::from_secs(1);

/// What the site said no to.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// As in every refusal.
    pub code: String,
    message: String,
}

/// Runs one of them to its end, and says what is true now.
pub fn run(config: &Config, role: UserRole) -> anyhow::Result<()> {
    match role {
        UserRole::Create(CreateUser { handle, name, password }) => {
            let (password, shown) = choose(password)?;
            let done = format!("Made the member @{handle}.");
            do_it(config, Instruction::Create { handle, name, password })?;
            say(&done, shown)
        }
        UserRole::Promote(PromoteUser { handle, demote }) => {
            let now = if demote { "no moderator any more" } else { "a moderator now" };
            let done = format!("@{handle} is {now}.");
            do_it(config, Instruction::Promote { handle, on: !demote })?;
            say(&done, None)
        }
        UserRole::Suspend(SuspendUser { handle, lift }) => {
            let now = if lift { "let in again" } else { "suspended: its sessions have ended" };
            let done = format!("@{handle} is {now}.");
            do_it(config, Instruction::Suspend { handle, on: !lift })?;
            say(&done, None)
        }
        UserRole::ResetPassword(ResetPassword { handle, password }) => {
            let (password, shown) = choose(password)?;
            let done = format!("@{handle} has a new password, and its sessions have ended.");
            do_it(config, Instruction::ResetPassword { handle, password })?;
            say(&done, shown)
        }
        UserRole::Delete(DeleteUser { handle, yes }) => {
            if !yes && io::stdin().is_terminal() {
                let what = format!("Delete @{handle} and everything it wrote and liked?");
                confirm(&what, &handle, io::stdin().lock(), io::stderr())?;
            }
            let done = format!("@{handle} is deleted, with everything it wrote and liked.");
            do_it(config, Instruction::Delete { handle })?;
            say(&done, None)
        }
    }
}

/// By the server of the folder if there is one; else on the database.
pub(super) fn do_it(config: &Config, instruction: Instruction) -> anyhow::Result<Outcome> {
    match runtime()?.block_on(decide(config, instruction))? {
        Outcome::Refused { code, message } => Err(Refused { code, message }.into()),
        outcome => Ok(outcome),
    }
}

async fn decide(config: &Config, instruction: Instruction) -> anyhow::Result<Outcome> {
    // A folder without a site is a wrong folder, unless a server is just making one there.
    let start = Instant::now();
    while !folder::has_site(&config.data) {
        if start.elapsed() > BEGINNING {
            return Err(FolderError::Empty(config.data.clone()).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let error = match ask(config, &instruction).await {
        Err(Unheard::Nobody(error)) => error,
        answered => return Ok(answered?),
    };
    // As long as this is held no server begins: what it would have read is not changed behind its back.
    let _held = match folder::hold(&config.data) {
        Err(FolderError::InUse(path)) => anyhow::bail!(
            "a server holds {} and can't be asked ({error}): nothing was changed. Stop it, then try again",
            path.display()
        ),
        held => held?,
    };
    alone(config, instruction).await
}

/// Asks the server; one that is just starting gets some time to listen, and one that is busy to make room. Where the
/// path is too long it never will.
async fn ask(config: &Config, instruction: &Instruction) -> Result<Outcome, Unheard> {
    let start = Instant::now();
    loop {
        let outcome = control::ask(&config.data, instruction).await;
        let in_a_moment = match &outcome {
            Err(Unheard::Nobody(error)) => {
                error.kind() != io::ErrorKind::InvalidInput && folder::is_served(&config.data)
            }
            Err(Unheard::Busy) => true,
            _ => false,
        };
        if !in_a_moment || start.elapsed() > STARTING {
            return outcome;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn alone(config: &Config, instruction: Instruction) -> anyhow::Result<Outcome> {
    let (app, store) = open_offline(config, &Parts::default())?;
    let outcome = control::carry_out(&app, instruction).await;
    store.close().await;
    Ok(outcome.into())
}

/// A password from standard input, or a random one that will be shown.
fn choose(source: PasswordSource) -> anyhow::Result<(String, Option<String>)> {
    if source.stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).context("can't read the password from standard input")?;
        return Ok((line.trim_end_matches(['\n', '\r']).to_owned(), None));
    }
    let password = random_password()?;
    Ok((password.clone(), Some(password)))
}

/// 120 random bits in letters and digits that are not mistaken for each other.
fn random_password() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bits = [0_u8; 24];
    ring::rand::SystemRandom::new().fill(&mut bits).map_err(|_| anyhow::anyhow!("no random numbers"))?;
    Ok(bits.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect())
}

/// Goes on only if the handle is typed once more.
pub(super) fn confirm(
    what: &str,
    handle: &str,
    mut answers: impl BufRead,
    mut questions: impl Write,
) -> anyhow::Result<()> {
    write!(questions, "{what} There is no way back.\nType its handle to go on: ")?;
    questions.flush()?;
    let mut line = String::new();
    answers.read_line(&mut line)?;
    if read_handle(&line) == handle {
        Ok(())
    } else {
        anyhow::bail!("that is not @{handle}: nothing was deleted")
    }
}

/// Prints what is done, and the password if it was made here. It is on disk by now: a pipe that is closed must not
/// pass for a failure, unless a password was lost with it.
fn say(done: &str, password: Option<String>) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let said = writeln!(stdout, "{done}");
    match password {
        Some(password) => said
            .and_then(|()| writeln!(stdout, "Password: {password}"))
            .and_then(|()| stdout.flush())
            .with_context(|| format!("{done} But its new password could not be printed")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_handle_itself_confirms_a_deletion() {
        let asked = |typed: &str| {
            let mut question = Vec::new();
            let confirmed = confirm("Delete @ana?", "ana", typed.as_bytes(), &mut question).is_ok();
            assert!(String::from_utf8(question).unwrap().contains("@ana"));
            confirmed
        };
        assert!(asked("ana\n") && asked("@Ana\n") && asked(" ana "));
        for other in ["", "\n", "y\n", "yes\n", "ben\n", "ana ben\n"] {
            assert!(!asked(other), "{other:?}");
        }
    }
}
