//! The program itself, as a process.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The program under test.
pub const PLAUDIT: &str = env!("CARGO_BIN_EXE_plaudit");

/// A serving process; killed when it is dropped.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// What it printed when it was ready.
    pub line: String,
}

/// A command without this environment's own options.
pub fn command(data: &Path) -> Command {
    without_options(Command::new(PLAUDIT), data)
}

/// The same behind another program and its arguments.
pub fn command_under(data: &Path, outer: &[&str]) -> Command {
    let mut command = Command::new(outer[0]);
    command.args(&outer[1..]).arg(PLAUDIT);
    without_options(command, data)
}

fn without_options(mut command: Command, data: &Path) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PLAUDIT_")) {
        command.env_remove(name);
    }
    command.current_dir(data);
    command
}

/// Runs to the end.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs what must end by itself; a server that starts where it must not is killed, and its output shows it.
pub fn ends(mut command: Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (id, over) = (child.id(), Arc::new(AtomicBool::new(false)));
    let ended = over.clone();
    let guard = std::thread::spawn(move || {
        let start = Instant::now();
        while !ended.load(Ordering::Relaxed) && start.elapsed() < super::PATIENCE {
            std::thread::park_timeout(Duration::from_millis(100));
        }
        if !ended.load(Ordering::Relaxed) {
            signal(id, "KILL");
        }
    });
    let output = child.wait_with_output().unwrap();
    over.store(true, Ordering::Relaxed);
    guard.thread().unpark();
    guard.join().unwrap();
    output
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap();
    assert!(sent.success());
}

impl Process {
    /// Serves `data` on an address; port 0 picks one.
    pub fn serve(data: &Path, listen: &str, arguments: &[&str]) -> Self {
        let mut command = command(data);
        command.args(["serve", "--listen", listen, "--data"]).arg(data.join("data")).args(arguments);
        Self::start(command)
    }

    /// Starts a command that serves, and waits for its line.
    pub fn start(command: Command) -> Self {
        Self::logging(command, Stdio::null())
    }

    /// The same, with its log where it is wanted.
    pub fn logging(mut command: Command, log: impl Into<Stdio>) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        // A test that is a child of another says something of its own before.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let line = lines.find(|line| line.contains("http://")).expect("it says where it is");
        let address = line.split("http://").nth(1).unwrap_or_else(|| panic!("no address in {line:?}"));
        let address = address.split_whitespace().next().unwrap().parse().unwrap();
        Self { child, address, line }
    }

    /// Somebody without a session.
    pub fn visitor(&self) -> super::Actor {
        super::Actor::new(format!("http://{}", self.address))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; gives the exit code.
    pub async fn terminate(self) -> Option<i32> {
        self.signal("TERM").await
    }

    /// Sends a signal that ends it; gives the exit code.
    pub async fn signal(self, name: &str) -> Option<i32> {
        signal(self.id(), name);
        self.exit().await
    }

    /// Waits for its end; gives the exit code.
    pub async fn exit(mut self) -> Option<i32> {
        let mut code = None;
        super::eventually("the process ends", async || {
            let status = self.child.try_wait().unwrap();
            code = status.and_then(|status| status.code());
            status.is_some()
        })
        .await;
        code
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
