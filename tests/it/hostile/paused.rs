//! The machine pauses, as a virtual one that is moved does: what has come meanwhile is read before anybody's time is
//! over.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::process::{Process, signal};
use crate::support::raw::{read, statuses};
use crate::support::{Socket, Waiting};

/// With a ping each second silence ends after 2.4 s, an idle connection after one more.
const OPTIONS: [&str; 6] = ["--ping-seconds", "1", "--keep-alive-seconds", "2", "--limits", "off"];
const PAUSE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn after_a_pause_nobody_is_cut_off_who_has_spoken_or_was_not_asked() {
    let here = tempfile::tempdir().unwrap();
    let process = Process::serve(here.path(), "127.0.0.1:0", &OPTIONS);
    let base = format!("http://{}", process.address);
    let mut talks = Socket::open(&base, None).await;
    let mut quiet = Socket::open(&base, None).await;
    let request = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = TcpStream::connect(process.address).await.unwrap();
        client.write_all(request).await.unwrap();
        let answer = read(&mut client, |text| text.ends_with("ok\n")).await;
        assert_eq!(statuses(&answer), [200], "{answer}");
        clients.push(client);
    }
    talks.flush_out().await;
    quiet.flush_out().await;

    signal(process.id(), "STOP");
    let start = Instant::now();
    talks.send_text(r#"{"type":"unsubscribe","ref":7,"topics":["post:1"]}"#).await;
    for client in &mut clients {
        client.write_all(request).await.unwrap();
    }
    let waiting = Waiting::until("the pause is longer than anybody may be silent");
    while start.elapsed() < PAUSE {
        waiting.a_moment().await;
    }
    signal(process.id(), "CONT");

    assert_eq!(talks.until(|message| message["ref"] == 7).await["type"], "ok");
    quiet.flush_out().await;
    for client in &mut clients {
        let answer = read(client, |text| text.ends_with("ok\n")).await;
        assert_eq!(statuses(&answer), [200], "a request that came in the pause: {answer:?}");
    }
}
