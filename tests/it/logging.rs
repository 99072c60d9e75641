//! What the site does with a log that cannot be written: it serves on, stops in order, and says what was lost.

use std::fs::OpenOptions;
use std::io::{PipeReader, Read as _};
use std::path::Path;
use std::process::Command;

use crate::support::eventually;
use crate::support::process::{Process, command};

/// One that has much to say.
fn talkative(here: &Path) -> Command {
    let mut serve = command(here);
    serve.args(["--listen", "127.0.0.1:0", "--data", "data", "--limits", "off"]).env("PLAUDIT_LOG", "trace");
    serve
}

/// Writes and reads, again and again: more lines than any pipe holds.
async fn works(process: &Process) {
    let mut guest = process.visitor();
    guest.become_guest().await;
    for _ in 0..40 {
        assert_eq!(guest.like(1).await["liked"], true);
        assert_eq!(process.visitor().get("/readyz").await.status, 200);
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_log_on_a_full_disk_stops_nothing() {
    let here = tempfile::tempdir().unwrap();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let process = Process::logging(talkative(here.path()), full);
    works(&process).await;
    assert_eq!(process.terminate().await, Some(0));
}

#[tokio::test]
async fn a_log_whose_pipe_is_closed_stops_nothing() {
    let here = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    let process = Process::logging(talkative(here.path()), writer);
    drop(reader);
    works(&process).await;
    assert_eq!(process.terminate().await, Some(0));
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let here = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    let process = Process::logging(talkative(here.path()), writer);
    for _ in 0..5 {
        works(&process).await;
    }
    assert_eq!(process.terminate().await, Some(0));
    drop(reader);
}

#[tokio::test]
async fn what_was_lost_is_said_once_somebody_reads_again() {
    let here = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    let process = Process::logging(talkative(here.path()), writer);
    // More than the pipe and the queue hold.
    for _ in 0..20 {
        works(&process).await;
    }
    let reading = std::thread::spawn(move || until_lost_lines_are_said(reader));
    eventually("the log says how many lines were lost", async || reading.is_finished()).await;
    reading.join().unwrap();
    works(&process).await;
}

/// Reads on to the end, whatever comes.
fn until_lost_lines_are_said(mut log: PipeReader) {
    let (mut text, mut bytes) = (String::new(), vec![0; 65536]);
    while !text.contains("lines of this log could not be written") {
        let count = log.read(&mut bytes).unwrap();
        assert!(count > 0, "the log ended");
        // A notice may be cut in two by the end of the buffer.
        let kept = text.len().saturating_sub(100);
        text = String::from_utf8_lossy(&[&text.as_bytes()[kept..], &bytes[..count]].concat()).into_owned();
    }
}
