//! Runs `plaudit sms-sandbox` until somebody ends it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Parser as _;
use tokio::net::TcpListener;

use crate::cli::Cli;
use crate::sandbox::{Sandbox, Settings};

/// A step of a message each so often: people can see it.
const PACE: Duration = Duration::from_millis(600);
/// So many telephones are there at the start.
const PHONES: usize = 2;

/// Runs what these words ask for, as they stand behind `plaudit sms-sandbox`.
pub fn run_from(words: &[String]) -> ExitCode {
    let words = std::iter::once("plaudit sms-sandbox").chain(words.iter().map(String::as_str));
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(wrong) => {
            let _ = wrong.print();
            return ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2));
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plaudit sms-sandbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let secret = secret(&cli.secret_file)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(cli.listen).await;
        let listener = listener.with_context(|| format!("can't listen on {}", cli.listen))?;
        let settings = Settings {
            chaos: cli.chaos,
            pace: PACE,
            talkative: true,
            ..Settings::new(cli.hook, secret, cli.number)
        };
        let sandbox = Sandbox::start(listener, settings)?;
        for _ in 0..PHONES {
            sandbox.add_phone();
        }
        // A pipe that is closed must not end it.
        let _ = writeln!(std::io::stdout(), "telephones on {}", sandbox.api());
        ended().await
    })
}

/// Until somebody ends it.
async fn ended() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended?,
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// The secret in the file's first line; a new one, for its owner alone, if there is no such file.
fn secret(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let mut text = String::new();
    match File::open(path) {
        Ok(file) => {
            file.take(4096).read_to_string(&mut text).with_context(|| format!("can't read {shown}"))?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            text = new_secret()?;
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path).and_then(|mut file| writeln!(file, "{text}"));
            file.with_context(|| format!("can't write {shown}"))?;
        }
        Err(error) => return Err(error).with_context(|| format!("can't read {shown}")),
    }
    let secret = text.lines().next().unwrap_or_default().trim();
    if secret.is_empty() {
        bail!("{shown} is empty: one line with a secret");
    }
    Ok(secret.to_owned())
}

fn new_secret() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| anyhow::anyhow!("this machine gives no random numbers"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_read_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let made = secret(&path).unwrap();
        assert_eq!(made.len(), 32);
        assert_eq!(secret(&path).unwrap(), made);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&path, " two words \nanother\n").unwrap();
        assert_eq!(secret(&path).unwrap(), "two words");
        std::fs::write(&path, "\n").unwrap();
        assert!(secret(&path).unwrap_err().to_string().contains("is empty"));
        assert!(secret(&folder.path().join("no/such/folder")).is_err());
    }
}
