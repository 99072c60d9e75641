//! The operator's door: a Unix socket in the data folder on which a running server takes what `plaudit user …` asks
//! for, so that sockets close and counts move on open pages at once. `boot()` opens it, `roles` knocks.
//!
//! One JSON line in, one JSON line out, then it closes; what takes long sends an empty line now and then before. The
//! rights are those of the socket's file: its owner's alone.

mod ask;
mod instruction;

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixSocket, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::ask::{Unheard, ask};
pub use self::instruction::{Instruction, ListedInbox, Outcome, carry_out};
use crate::app::App;
use crate::domain::Error;

/// The socket's file in the data folder.
const SOCKET: &str = "plaudit.sock";
/// A line is at most this long: a password of 256 bytes, all escaped, and a long name fit in several times.
const LINE_LIMIT: u64 = 16 * 1024;
/// A line is there, and taken, within this time.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many are served at once; the system lets some more wait.
const AT_ONCE: usize = 8;
/// How often whoever waits hears that its order is being carried out.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// What is being carried out may finish within this time when the site stops; a deletion goes on with the next start.
const FINISH_PATIENCE: Duration = Duration::from_secs(3);

/// Opens the door of a folder whose lock this process holds. A site that cannot have one serves all the same.
pub fn listen(folder: &Path) -> Option<UnixListener> {
    let path = folder.join(SOCKET);
    let listening = || {
        // That of a server that was killed; the lock says that nobody listens there any more.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let socket = UnixSocket::new_stream()?;
        socket.bind(&ask::Address::of(folder)?.path)?;
        // Between bind and listen nobody gets in: there is no moment in which the file is anybody else's.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        socket.listen(16)
    };
    listening()
        .inspect_err(|error| {
            let path = path.display();
            tracing::warn!(%path, %error, "no control socket: `plaudit user` works only while this server is stopped");
        })
        .ok()
}

/// Serves until `stop` says so, then takes the socket away and lets what has begun finish.
pub async fn serve(listener: UnixListener, folder: PathBuf, app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            // An error says that nobody is left who could say stop: that is the end, too.
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = running.join_next() => continue,
            accepted = listener.accept(), if running.len() < AT_ONCE => accepted,
        };
        match accepted {
            Ok((stream, _)) => drop(running.spawn(answer(stream, app.clone()))),
            Err(error) => {
                tracing::error!(%error, "accepting on the control socket failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    let _ = std::fs::remove_file(folder.join(SOCKET));
    drop(listener);
    let finish = async { while running.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FINISH_PATIENCE, finish).await;
}

async fn answer(stream: UnixStream, app: Arc<App>) {
    let (reading, mut writing) = stream.into_split();
    let mut line = Vec::new();
    let mut reading = BufReader::new(reading.take(LINE_LIMIT));
    let outcome = match tokio::time::timeout(PATIENCE, reading.read_until(b'\n', &mut line)).await {
        // A line that is not whole is never carried out.
        Ok(Ok(_)) if line.last() == Some(&b'\n') => match serde_json::from_slice::<Instruction>(&line) {
            Ok(instruction) => {
                let asked = instruction.describe();
                let outcome = with_signs_of_life(&writing, SIGN_OF_LIFE, carry_out(&app, instruction)).await;
                match &outcome {
                    Ok(_) => tracing::info!(asked, "done for the command line"),
                    Err(error) => tracing::warn!(asked, %error, "refused to the command line"),
                }
                outcome
            }
            Err(error) => Err(Error::bad(format!("The server does not understand this: {error}."))),
        },
        _ => Err(Error::bad("Send one line of JSON of at most 16 KiB.")),
    };
    let mut answer = serde_json::to_vec(&Outcome::from(outcome)).unwrap_or_default();
    answer.push(b'\n');
    let _ = tokio::time::timeout(PATIENCE, writing.write_all(&answer)).await;
}

/// Lets whoever waits tell a server that is busy from one that hangs.
async fn with_signs_of_life<T>(
    writing: &OwnedWriteHalf,
    every: Duration,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(every, &mut work).await {
            Ok(done) => return done,
            // Whether somebody still waits makes no difference to what is carried out.
            Err(_) => drop(writing.try_write(b"\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_for_what_takes_long_hears_of_it_and_gets_the_outcome() {
        let (server, client) = UnixStream::pair().unwrap();
        let (_, mut writing) = server.into_split();
        // Ready when it has been asked for so often that there must have been signs.
        let mut asked = 0;
        let long = std::future::poll_fn(|_| {
            asked += 1;
            if asked > 6 { std::task::Poll::Ready(Outcome::Done) } else { std::task::Poll::Pending }
        });
        let outcome = with_signs_of_life(&writing, Duration::from_millis(1), long).await;
        let line = format!("{}\n", serde_json::to_string(&outcome).unwrap());
        writing.write_all(line.as_bytes()).await.unwrap();
        drop(writing);
        let mut heard = String::new();
        let (mut reading, _) = client.into_split();
        reading.read_to_string(&mut heard).await.unwrap();
        assert!(heard.starts_with('\n') && heard.trim_start_matches('\n') == line, "{heard:?}");
        let (server, client) = UnixStream::pair().unwrap();
        let (_unread, mut writing) = server.into_split();
        writing.write_all(heard.as_bytes()).await.unwrap();
        let instruction = Instruction::Delete { handle: "ana".into() };
        assert_eq!(ask::exchange(client, &instruction).await.unwrap(), Outcome::Done);
    }
}
