//! How the site stops where much stands in its way: within ten seconds and with 0 all the same, and with 1 and a sentence
//! where a part of it has ended.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser as _;
use plaudit::boot::Parts;
use plaudit::cli::Cli;
use plaudit::domain::Event;
use plaudit::store::{Batch, Sink};
use reqwest::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::process::Process;
use crate::support::{database, raw};

/// Upgrades, and then neither reads nor writes any more.
async fn stubborn(process: &Process) -> TcpStream {
    let mut stream = TcpStream::connect(process.address).await.unwrap();
    let upgrade = format!(
        "GET /live HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        process.address
    );
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let answer = raw::read(&mut stream, |text| text.contains("\r\n\r\n")).await;
    assert_eq!(raw::status(&answer), 101, "{answer}");
    stream
}

#[tokio::test]
async fn stubborn_sockets_a_request_without_end_and_a_log_that_cannot_be_taken_in_hold_nobody_up() {
    let here = tempfile::tempdir().unwrap();
    let process = Process::serve(here.path(), "127.0.0.1:0", &["--limits", "off"]);
    process.visitor().put("/api/posts/1/like").await.ok();
    let mut sockets = Vec::new();
    for _ in 0..200 {
        sockets.push(stubborn(&process).await);
    }
    let mut request = TcpStream::connect(process.address).await.unwrap();
    let begun = format!(
        "POST /api/posts HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{{",
        process.address
    );
    request.write_all(begun.as_bytes()).await.unwrap();
    // Somebody reads, and as long as that goes on the log stays.
    let reader = database::open(&here.path().join("data"));
    reader.execute_batch("BEGIN; SELECT count(*) FROM posts;").unwrap();
    process.visitor().put("/api/posts/1/like").await.ok();
    let start = Instant::now();
    assert_eq!(process.terminate().await, Some(0));
    assert!(start.elapsed() < Duration::from_secs(10), "it took {:?}", start.elapsed());
    drop(reader);
    let process = Process::serve(here.path(), "127.0.0.1:0", &[]);
    assert_eq!(process.visitor().get("/api/posts/1").await.ok()["post"]["likes"], 2);
}

/// Panics when somebody posts.
struct Nervous(Box<dyn Sink>);

impl Sink for Nervous {
    fn settle(&mut self, batch: Batch) {
        let posted = batch.events.iter().any(|event| matches!(event, Event::FeedChanged(_)));
        assert!(!posted, "a planted mistake");
        self.0.settle(batch);
    }
}

/// What fails, in [`serves_with_a_planted_mistake`].
const MISTAKE: &str = "MISTAKE_OF_THIS_TEST";

/// The child of the tests below: the program as it is, with one mistake.
#[test]
#[ignore = "started by other tests"]
fn serves_with_a_planted_mistake() {
    let mut parts = Parts::default();
    match std::env::var(MISTAKE).unwrap().as_str() {
        "writer" => parts.sink = |sink| Box::new(Nervous(sink)),
        // A time that no clock reaches: the shard panics as soon as it has somebody to ping.
        "shard" => parts.hub.ping_every = Duration::MAX,
        other => panic!("{other}"),
    }
    let cli = Cli::try_parse_from(["plaudit", "--listen", "127.0.0.1:0", "--data", "data"]).unwrap();
    let fine = plaudit::roles::run(Ok(cli), parts) == ExitCode::SUCCESS;
    std::process::exit(i32::from(!fine));
}

/// Starts it, with its log in a file.
fn with_mistake(here: &Path, mistake: &str) -> Process {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "stopping::serves_with_a_planted_mistake", "--ignored", "--nocapture"]);
    child.current_dir(here).env(MISTAKE, mistake);
    Process::logging(child, std::fs::File::create(here.join("log")).unwrap())
}

#[tokio::test]
async fn a_writer_that_ends_ends_the_process_with_a_sentence() {
    let here = tempfile::tempdir().unwrap();
    let process = with_mistake(here.path(), "writer");
    let mut page = process.visitor().socket().await;
    page.subscribe(&["feed:latest"]).await;
    let mut ana = process.visitor();
    ana.sign_up("ana").await.ok();
    let post = ana.request(Method::POST, "/api/posts").header("content-type", "application/json");
    // Whether there is an answer is not known; it is no success.
    let answer = post.body(r#"{"text": "Lost"}"#).send().await;
    assert!(answer.map_or(true, |answer| answer.status().is_server_error()));
    // Who is connected hears that it should come back.
    assert_eq!(page.closed().await, 4200);
    assert_eq!(process.exit().await, Some(1));
    let log = std::fs::read_to_string(here.path().join("log")).unwrap();
    assert!(log.contains("the store's writer has ended"), "{log}");
}

#[tokio::test]
async fn a_shard_that_ends_ends_the_process_with_a_sentence() {
    let here = tempfile::tempdir().unwrap();
    let process = with_mistake(here.path(), "shard");
    let _dropped = stubborn(&process).await;
    assert_eq!(process.exit().await, Some(1));
    let log = std::fs::read_to_string(here.path().join("log")).unwrap();
    assert!(
        log.contains("shard 0 of the hub has ended") || log.contains("shard 1 of the hub has ended"),
        "{log}"
    );
}
