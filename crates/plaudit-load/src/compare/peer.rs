//! Who is compared: how each server is started, and whether it can be here.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use super::dialect::Dialect;
use crate::people::Cast;
use crate::pin::Cores;
use crate::site::Site;

/// One of the servers.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// For programs.
    pub(crate) key: &'static str,
    /// For people.
    pub(crate) name: &'static str,
    kind: Kind,
    command: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plaudit,
    Plain,
    SocketIo,
}

/// Plaudit, and what the folder `bench` holds and is installed. What is missing is said.
pub(crate) fn peers(plaudit: &str, bench: &Path, install: bool) -> anyhow::Result<(Vec<Peer>, Vec<String>)> {
    let ours = Peer { key: "plaudit", name: "Plaudit", kind: Kind::Plaudit, command: plaudit.to_owned() };
    let (mut peers, mut missing) = (vec![ours], Vec::new());
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    for (key, name, kind, file, installed) in [
        ("tutorial", "the tutorial", Kind::Plain, "server.js", "node_modules"),
        ("socketio", "Socket.IO 4", Kind::SocketIo, "server.js", "node_modules"),
        ("picows", "picows", Kind::Plain, "server.py", ".venv"),
    ] {
        let folder = bench.join(key);
        if !folder.join(file).exists() {
            missing.push(format!("{name} is left out: there is no {}", folder.join(file).display()));
            continue;
        }
        if install && !folder.join(installed).exists() {
            get(&folder, kind == Kind::Plain && key == "picows")?;
        }
        if !folder.join(installed).exists() {
            missing.push(format!("{name} is left out: it is not installed (--install does it)"));
            continue;
        }
        let folder = std::path::absolute(&folder)?;
        let server = quoted(&folder.join(file));
        let program = if key == "picows" { quoted(&folder.join(".venv/bin/python")) } else { "node".into() };
        peers.push(Peer { key, name, kind, command: format!("{program} {server} {{listen}} {{data}}") });
    }
    Ok((peers, missing))
}

/// Installs what a server needs, from the package registries.
fn get(folder: &Path, python: bool) -> anyhow::Result<()> {
    let line = if python {
        "python3 -m venv .venv && .venv/bin/pip install --quiet --requirement requirements.txt"
    } else {
        "npm ci --no-audit --no-fund --loglevel=error"
    };
    let status =
        Command::new("sh").args(["-c", line]).current_dir(folder).status().context("can't start sh")?;
    if !status.success() {
        bail!("in {}: {line} failed", folder.display());
    }
    Ok(())
}

/// A server that runs, with what a page of it needs.
pub(crate) struct Running {
    pub(crate) site: Site,
    pub(crate) dialect: Dialect,
    /// The likers' sessions, where it has such things.
    pub(crate) tokens: Vec<String>,
}

impl Peer {
    /// Starts it, empty.
    pub(crate) fn start(&self, likers: usize, cores: Option<&Cores>) -> anyhow::Result<Running> {
        let site =
            Site::start(&self.command, cores).with_context(|| format!("{} did not start", self.name))?;
        let (dialect, tokens) = match self.kind {
            Kind::Plain => (Dialect::Plain, Vec::new()),
            Kind::SocketIo => (Dialect::SocketIo, Vec::new()),
            Kind::Plaudit => {
                let cast = Cast::gather(&site, 1)?;
                (Dialect::Plaudit { post: cast.posts[0] }, cast.guests(&site, likers)?)
            }
        };
        Ok(Running { site, dialect, tokens })
    }
}
