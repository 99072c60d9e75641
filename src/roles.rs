//! What the roles of the command line do.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use ring::rand::SecureRandom as _;
use tokio::net::{TcpListener, TcpSocket};
use tracing_subscriber::EnvFilter;

use crate::app::sessions::SignUp;
use crate::boot::{Parts, boot, open_offline};
use crate::cli::CreateUser;
use crate::config::Config;
use crate::domain::Error;

/// Connections that wait to be accepted; the system's own limit may be lower.
const BACKLOG: u32 = 4096;

/// Serves until SIGTERM or Ctrl+C.
pub fn serve(config: Config) -> anyhow::Result<()> {
    start_log();
    runtime()?.block_on(async {
        // Before anything else: a signal while starting must stop the start too, not kill it half-way.
        let mut stopping = Box::pin(stop_signal()?);
        let listener = listen(&config)?;
        let public_url = config.public_url.clone();
        let server = boot(config, listener, Parts::default()).await?;
        let address = server.address;
        let public =
            public_url.map(|url| format!(" for {}", url.origin().ascii_serialization())).unwrap_or_default();
        // One line, and whoever started this may have closed the pipe behind it: that is no reason to stop.
        let mut stdout = std::io::stdout();
        let _ =
            writeln!(stdout, "Plaudit is ready at http://{address}{public}").and_then(|()| stdout.flush());
        stopping.as_mut().await;
        tracing::info!("stopping");
        server.stop().await;
        Ok(())
    })
}

/// `plaudit user create`.
pub fn create_user(config: &Config, create: CreateUser) -> anyhow::Result<()> {
    start_log();
    let (password, chosen_here) = if create.password_stdin {
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .context("can't read the password from standard input")?;
        (line.trim_end_matches(['\n', '\r']).to_owned(), false)
    } else {
        (random_password()?, true)
    };
    runtime()?.block_on(async {
        let (app, store) = open_offline(config, &Parts::default())?;
        let form = SignUp { handle: create.handle, password: password.clone(), name: create.name };
        let made = app.create_member(form).await;
        store.close().await;
        let user = made?;
        println!("Made the member @{}.", user.handle.unwrap_or_default());
        if chosen_here {
            println!("Password: {password}");
        }
        Ok(())
    })
}

/// 2 for what the caller wrote wrongly, 1 for everything else.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<Error>() {
        Some(Error::BadRequest(_)) => ExitCode::from(2),
        _ => ExitCode::from(1),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn start_log() {
    // What refinery says of each migration is of no use to an operator.
    let usual = || EnvFilter::new("info,refinery_core=warn");
    let filter = EnvFilter::try_from_env("PLAUDIT_LOG").unwrap_or_else(|_| usual());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}

fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.listen;
    let listening = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A restart must not wait for the old connections to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listening().with_context(|| format!("can't listen on {address}: choose another address with --listen"))
}

/// Resolves on SIGTERM or Ctrl+C. The handlers are in place when this returns.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// 120 random bits in letters and digits that are not mistaken for each other.
fn random_password() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bits = [0_u8; 24];
    ring::rand::SystemRandom::new().fill(&mut bits).map_err(|_| anyhow::anyhow!("no random numbers"))?;
    Ok(bits.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect())
}
