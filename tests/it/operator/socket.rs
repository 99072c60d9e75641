//! The socket in the data folder on which a running server is asked: whose it is, what it makes of nonsense, and what
//! happens where it can't be used.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use serde_json::{Value, json};

use super::{Site, user_on};
use crate::support::process::{Process, command, signal};
use crate::support::{PATIENCE, database, eventually};

#[tokio::test]
async fn the_socket_is_its_owners_replaces_a_dead_one_and_goes_with_the_server() {
    let mut site = Site::running();
    let ana = site.member("ana").await;
    let socket = site.data().join("plaudit.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    // A server that was killed leaves it behind.
    site.server.as_mut().unwrap().kill();
    assert!(socket.exists());
    site.user(&["promote", "ana"], 0);
    site.start();
    let mut again = site.server().visitor();
    again.token = ana.token.clone();
    let mut live = again.socket().await;
    live.subscribe(&["me"]).await;
    site.user(&["suspend", "ana"], 0);
    assert_eq!(live.closed().await, 4005, "the new server was asked");
    site.stop().await;
    assert!(!socket.exists());
}

#[tokio::test]
async fn nonsense_on_the_socket_is_answered_with_a_line_and_does_nothing() {
    let site = Site::running();
    site.member("ana").await;
    let before = database::dump(&site.data());
    let ask = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(site.data().join("plaudit.sock")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    let long = format!("{{\"do\":\"delete\",\"handle\":\"{}\"}}\n", "a".repeat(16 * 1024));
    for bad in [
        "\n",
        "{}\n",
        "null\n",
        "[]\n",
        "\u{0}\n",
        "{\"do\":\"dance\"}\n",
        "{\"do\":\"delete\"}\n",
        "{\"do\":\"delete\",\"handle\":5}\n",
        "{\"do\":\"delete\",\"handle\":\"ana\",\"really\":true}\n",
        "{\"do\":\"promote\",\"handle\":\"ana\",\"on\":\"yes\"}\n",
        // Not a whole line: the command line may have died in the middle of it.
        "{\"do\":\"delete\",\"handle\":\"ana\"}",
        "",
        &long,
    ] {
        let outcome = ask(bad.as_bytes());
        assert_eq!(
            (&outcome["outcome"], &outcome["code"]),
            (&json!("refused"), &json!("bad_request")),
            "{bad:?}"
        );
        assert!(outcome["message"].as_str().unwrap().len() > 10, "{outcome}");
    }
    assert_eq!(database::dump(&site.data()), before);
    // Those who say nothing hold up nobody.
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(UnixStream::connect(site.data().join("plaudit.sock")).unwrap());
    }
    assert_eq!(ask(b"{\"do\":\"promote\",\"handle\":\"ana\",\"on\":true}\n"), json!({"outcome": "done"}));
    // And are sent away.
    for stream in &mut silent {
        let mut said = String::new();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.contains("bad_request"), "{said}");
    }
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_makes_no_difference() {
    let here = tempfile::tempdir().unwrap();
    let data = format!("{}/{}", "a".repeat(60), "b".repeat(60));
    let mut serve = command(here.path());
    serve.args(["--listen", "127.0.0.1:0", "--data", &data]);
    let server = Process::start(serve);
    let socket = here.path().join(&data).join("plaudit.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let mut ana = server.visitor();
    ana.sign_up("ana").await.ok();
    let mut live = ana.socket().await;
    live.subscribe(&["me"]).await;
    assert!(user_on(here.path(), &data, &["suspend", "ana"], 0).contains("@ana is suspended"));
    assert_eq!(live.closed().await, 4005);
    assert_eq!(server.terminate().await, Some(0));
    assert!(!socket.exists());
}

#[tokio::test]
async fn beside_a_server_that_cannot_be_asked_nothing_is_done() {
    let mut site = Site::running();
    site.member("ana").await;
    std::fs::remove_file(site.data().join("plaudit.sock")).unwrap();
    let before = database::dump(&site.data());
    for instruction in [["suspend", "ana"], ["create", "ben"]] {
        let said = site.user(&instruction, 1);
        assert!(said.contains("can't be asked") && said.contains("nothing was changed"), "{said}");
    }
    assert_eq!(database::dump(&site.data()), before);
    // As the message says: without the server it can be done.
    site.stop().await;
    site.user(&["promote", "ana"], 0);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_without_end() {
    let site = Site::running();
    site.member("ana").await;
    let stopped = Stopped::stop(site.server().id());
    let asked = Instant::now();
    let said = site.user(&["promote", "ana"], 1);
    assert!(asked.elapsed() < 2 * PATIENCE);
    assert!(said.contains("did not answer") && said.contains("not known"), "{said}");
    // So many have asked that nobody gets in any more.
    let mut crowd = Vec::new();
    while let Ok(stream) = tokio::net::UnixStream::connect(site.data().join("plaudit.sock")).await {
        crowd.push(stream);
    }
    let said = site.user(&["suspend", "ana"], 1);
    assert!(said.contains("no more orders") && said.contains("nothing was done"), "{said}");
    // What the first one said: it may still be done.
    drop((stopped, crowd));
    let mut ana = site.server().visitor();
    ana.log_in("ana").await.ok();
    eventually("the order is carried out", async || ana.get("/api/reports").await.status == 200).await;
}

/// A process that stands still as long as this is held.
struct Stopped(u32);

impl Stopped {
    fn stop(process: u32) -> Self {
        signal(process, "STOP");
        Self(process)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal(self.0, "CONT");
    }
}
