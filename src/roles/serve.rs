//! `plaudit serve`: the site, until a signal says stop or a part of it has ended.

use std::io::Write as _;

use anyhow::Context as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};

use super::runtime;
use crate::boot::{Parts, Server, boot};
use crate::config::Config;

/// Connections that wait to be accepted; the system's own limit may be lower.
const BACKLOG: u32 = 4096;

/// Serves until SIGTERM, SIGINT (Ctrl+C) or SIGHUP (the terminal was closed).
pub fn serve(config: Config, parts: Parts) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        // Before anything else: a signal while starting must stop the start too, not kill it half-way.
        let mut stopping = Box::pin(stop_signal()?);
        let listener = listen(&config)?;
        let public_url = config.public_url.clone();
        let server = boot(config, listener, parts).await?;
        let address = server.address;
        let public =
            public_url.map(|url| format!(" for {}", url.origin().ascii_serialization())).unwrap_or_default();
        // One line, and whoever started this may have closed the pipe behind it: that is no reason to stop.
        let mut stdout = std::io::stdout();
        let _ =
            writeln!(stdout, "Plaudit is ready at http://{address}{public}").and_then(|()| stdout.flush());
        tokio::select! {
            name = stopping.as_mut() => {
                tracing::info!(signal = name, "stopping");
                server.stop().await;
                Ok(())
            }
            part = server.ended() => Err(give_up(server, &part).await),
        }
    });
    // Whatever still hangs must not keep the process.
    runtime.shutdown_background();
    served
}

/// Stops what is left, so that open pages hear that they should come back, and says why.
async fn give_up(server: Server, part: &str) -> anyhow::Error {
    tracing::error!(part, "a part of the site has ended, and it cannot go on without: stopping");
    server.stop().await;
    anyhow::anyhow!("{part} has ended, a mistake of ours: the site cannot go on and must be started again")
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

/// Resolves with the name of the signal that asks to stop. The handlers are in place when this returns.
fn stop_signal() -> std::io::Result<impl Future<Output = &'static str>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
            _ = hang_up.recv() => "SIGHUP",
        }
    })
}
