//! The server under load: one that runs already, or one that is started for the purpose, with a data folder that goes
//! with it, and that can be killed and started again.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::client::Client;
use crate::pin::Cores;

/// A server has said where it listens within this time, also after a crash.
const START: Duration = Duration::from_mins(1);

/// Usually.
const PATIENCE: Duration = Duration::from_secs(15);

/// See the module.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    /// The process, where it is known.
    pub(crate) pid: Option<u32>,
    /// Whatever is still owed at the end must come within this.
    pub(crate) patience: Duration,
    own: Option<Own>,
}

/// A server of our own.
struct Own {
    child: Child,
    command: String,
    cores: Option<Cores>,
    folder: TempDir,
}

impl Site {
    /// One that runs.
    pub(crate) fn at(url: &str, pid: Option<u32>) -> anyhow::Result<Self> {
        let rest = url.strip_prefix("http://").with_context(|| {
            format!("{url:?} should be like http://127.0.0.1:8080: this client speaks no TLS")
        })?;
        let host = rest.trim_end_matches('/');
        let with_port = if host.rsplit(']').next().is_some_and(|end| end.contains(':')) {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        let address = with_port
            .to_socket_addrs()
            .with_context(|| format!("can't find {host}"))?
            .next()
            .with_context(|| format!("{host} has no address"))?;
        Ok(Self { address, pid, patience: PATIENCE, own: None })
    }

    /// One that a command starts. `{listen}` in it is replaced by an address and `{data}` by a folder; it must print
    /// its address, as `http://…`, on its first line.
    pub(crate) fn start(command: &str, cores: Option<&Cores>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("plaudit-load-").tempdir()?;
        let (child, address) = spawn(command, "127.0.0.1:0", folder.path(), cores)?;
        let pid = child.id();
        let own = Own { child, command: command.to_owned(), cores: cores.cloned(), folder };
        Ok(Self { address, pid: Some(pid), patience: PATIENCE, own: Some(own) })
    }

    /// The command that serves with this very program.
    pub(crate) fn own_command() -> anyhow::Result<String> {
        let program = std::env::current_exe().context("can't tell which program this is")?;
        Ok(format!("{} serve --listen {{listen}} --data {{data}}", quoted(&program)))
    }

    /// A client.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        Client::connect(self.address)
    }

    /// kill -9. Only for a server of our own.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        let own = self.own.as_mut().context("only a server that was started here is killed")?;
        own.child.kill()?;
        own.child.wait()?;
        Ok(())
    }

    /// Starts the killed server again, on the same port and data. Gives the time until it said that it serves.
    pub(crate) fn start_again(&mut self) -> anyhow::Result<Duration> {
        let own = self.own.as_mut().context("only a server that was started here is started again")?;
        let began = Instant::now();
        let listen = self.address.to_string();
        let (child, address) = spawn(&own.command, &listen, own.folder.path(), own.cores.as_ref())?;
        if address != self.address {
            bail!("the server came back on {address} instead of {}", self.address);
        }
        self.pid = Some(child.id());
        own.child = child;
        Ok(began.elapsed())
    }

    /// How often a server of our own has read its database for live snapshots since it started, where it says so.
    pub(crate) fn snapshot_reads(&self) -> Option<f64> {
        self.order(&serde_json::json!({"do": "stats"})).ok()?["snapshot_reads"].as_f64()
    }

    /// Asks a server of our own for something as its operator; gives what it says.
    pub(crate) fn order(&self, instruction: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let own = self.own.as_ref().context("only a server that was started here takes orders")?;
        let mut stream = UnixStream::connect(own.folder.path().join("data/plaudit.sock"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{instruction}\n").as_bytes())?;
        let line = BufReader::new(stream).lines().next().context("the server said nothing")??;
        let said: serde_json::Value = serde_json::from_str(&line)?;
        ensure!(said["outcome"] != "refused", "the server refused: {line}");
        Ok(said)
    }

    /// The last lines that a server of our own said to standard error.
    pub(crate) fn last_words(&self) -> String {
        self.own.as_ref().map(|own| tail(own.folder.path())).unwrap_or_default()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(
    command: &str,
    listen: &str,
    folder: &Path,
    cores: Option<&Cores>,
) -> anyhow::Result<(Child, SocketAddr)> {
    let data = folder.join("data");
    let line = command.replace("{listen}", listen).replace("{data}", &quoted(&data));
    let log = std::fs::File::options().create(true).append(true).open(log_of(folder))?;
    let mut child = Command::new("sh")
        // The shell reads the quotes and is then replaced, so that the child is the server.
        .args(["-c", &format!("exec {line}")])
        .env("PLAUDIT_LIMITS", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .context("can't start sh")?;
    if let Some(cores) = cores {
        cores.put(child.id())?;
    }
    let stdout = child.stdout.take().context("the server has no standard output")?;
    let said = first_line(stdout);
    let address = said.split_whitespace().find_map(|word| {
        let word = word.strip_prefix("http://")?;
        word.trim_end_matches(|sign: char| !sign.is_ascii_digit()).parse().ok()
    });
    if let Some(address) = address {
        return Ok((child, address));
    }
    let _ = child.kill();
    let _ = child.wait();
    bail!("{line} did not say where it serves, but {:?}\n{}", said.trim(), tail(folder));
}

/// Waits for the first line and goes on reading behind it: a full pipe would stop the server.
fn first_line(stdout: std::process::ChildStdout) -> String {
    let (tell, told) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stdout).lines();
        let _ = tell.send(lines.next().and_then(Result::ok).unwrap_or_default());
        lines.for_each(drop);
    });
    told.recv_timeout(START).unwrap_or_default()
}

fn log_of(folder: &Path) -> PathBuf {
    folder.join("log")
}

fn tail(folder: &Path) -> String {
    let log = std::fs::read_to_string(log_of(folder)).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(10).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_lack_its_port_but_not_its_scheme() {
        let at = |url: &str| Site::at(url, None).map(|site| site.address.to_string());
        assert_eq!(at("http://127.0.0.1:8080/").unwrap(), "127.0.0.1:8080");
        assert_eq!(at("http://127.0.0.1").unwrap(), "127.0.0.1:80");
        assert_eq!(at("http://[::1]:9").unwrap(), "[::1]:9");
        assert_eq!(at("http://[::1]").unwrap(), "[::1]:80");
        assert!(at("https://127.0.0.1").unwrap_err().to_string().contains("TLS"));
    }

    #[test]
    fn a_server_is_started_killed_and_started_again_with_its_data() {
        let command = "sh -c 'echo ready at http://127.0.0.1:9 for; mkdir -p {data}; echo x >> {data}/starts; \
                       exec sleep 60'";
        let mut site = Site::start(command, None).unwrap();
        let first = site.pid;
        let data = site.own.as_ref().unwrap().folder.path().join("data/starts");
        let starts = || std::fs::read_to_string(&data).unwrap_or_default().len();
        while starts() < 2 {
            std::thread::yield_now();
        }
        site.kill().unwrap();
        site.start_again().unwrap();
        assert_ne!(site.pid, first);
        while starts() < 4 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_server_that_does_not_start_leaves_its_last_words() {
        let error = Site::start("sh -c 'echo no port left >&2; exit 3'", None).err().unwrap().to_string();
        assert!(error.contains("no port left"), "{error}");
    }
}
