//! The command line's side of the operator's door: knocks at the socket of a data folder and waits for the outcome, but
//! not without end. `roles` asks here.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::{Instruction, LINE_LIMIT, Outcome, SOCKET};

/// A server says at least that it is still at it, several times within this time.
const SILENCE: Duration = Duration::from_secs(10);
/// How long the outcome may take: deleting a large account goes in slices.
const OUTCOME_PATIENCE: Duration = Duration::from_mins(10);

/// Why the server could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unheard {
    /// Nobody listens: there is no server, or one without a socket.
    #[error("no server listens: {0}")]
    Nobody(io::Error),
    /// So many have asked already that nobody else gets in.
    #[error("the server takes no more orders at the moment: nothing was done, try again later")]
    Busy,
    /// This user may not.
    #[error("the server's socket {0} is another user's: run this as the user that serves")]
    Forbidden(PathBuf),
    /// Somebody listens and does not answer. What was asked for may have been done, or be done later.
    #[error(
        "the server did not answer: {0}. Whether this was done is not known, and it may still be done: see the \
         server's log, and look at the member's page, before you try again"
    )]
    Silent(io::Error),
}

/// Asks the server of a data folder, and waits until it has answered.
pub async fn ask(folder: &Path, instruction: &Instruction) -> Result<Outcome, Unheard> {
    let stream = connect(folder).await.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => Unheard::Forbidden(folder.join(SOCKET)),
        io::ErrorKind::WouldBlock => Unheard::Busy,
        _ => Unheard::Nobody(error),
    })?;
    within(OUTCOME_PATIENCE, exchange(stream, instruction)).await.map_err(Unheard::Silent)
}

/// Never waits: a Unix socket either takes one more or says that it is full.
async fn connect(folder: &Path) -> io::Result<UnixStream> {
    let address = Address::of(folder)?;
    UnixStream::connect(&address.path).await
}

pub(super) async fn exchange(stream: UnixStream, instruction: &Instruction) -> io::Result<Outcome> {
    let (reading, mut writing) = stream.into_split();
    let mut line = serde_json::to_vec(instruction)?;
    line.push(b'\n');
    within(SILENCE, writing.write_all(&line)).await?;
    let mut lines = BufReader::new(reading.take(LINE_LIMIT)).lines();
    loop {
        match within(SILENCE, lines.next_line()).await? {
            // A sign of life: it is still at it.
            Some(line) if line.is_empty() => {}
            Some(line) => return Ok(serde_json::from_str(&line)?),
            None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up")),
        }
    }
}

async fn within<T>(time: Duration, result: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, format!("nothing came within {time:?}"));
    tokio::time::timeout(time, result).await.map_err(late)?
}

/// Where the socket of a data folder can be bound and found: by its path, or by a shorter one where that is longer than
/// a socket's may be.
pub(super) struct Address {
    pub(super) path: PathBuf,
    /// What the shorter one goes by.
    _folder: Option<File>,
}

impl Address {
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let path = folder.join(SOCKET);
        // Only Linux leads through an open folder; elsewhere the path itself is refused, with a sentence.
        if !cfg!(target_os = "linux") || SocketAddr::from_pathname(&path).is_ok() {
            return Ok(Self { path, _folder: None });
        }
        let folder = File::open(folder)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(SOCKET);
        Ok(Self { path, _folder: Some(folder) })
    }
}
