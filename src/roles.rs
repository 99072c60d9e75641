//! What the roles of the command line do.

pub mod users;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use tokio::net::{TcpListener, TcpSocket};
use tracing_subscriber::EnvFilter;

use crate::boot::{Parts, boot};
use crate::config::Config;

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

/// 2 for what the caller wrote wrongly, 1 for everything else.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    let wrong_use =
        error.downcast_ref::<users::Refused>().is_some_and(|refused| refused.code == "bad_request");
    ExitCode::from(if wrong_use { 2 } else { 1 })
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
