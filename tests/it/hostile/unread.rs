//! Clients that ask and never read what they are answered: they lose their places. Whoever reads slowly keeps its own.

use plaudit::config::{Options, Switch};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::raw::{exchange, status};
use crate::support::{TestApp, Waiting, eventually};

/// How many requests each sends; their answers are more than any buffer of the system holds.
const REQUESTS: usize = 60;
const LONGEST_TEXT: usize = 500;

const METRICS: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
/// At the end of each answer.
const END: &str = "\"next\":";

/// A site with so many places and a hundred long posts.
async fn site(places: u32, stalled: u32) -> TestApp {
    let options = Options {
        limits: Some(Switch::Off),
        connections: Some(places),
        stalled_write_seconds: Some(stalled),
        ..Options::default()
    };
    let app = TestApp::with(options, |_| {}).await;
    let ana = app.member("ana").await;
    for _ in 0..100 {
        ana.write(&"\u{1f44f}".repeat(LONGEST_TEXT)).await;
    }
    drop(ana);
    eventually("her connection is closed", async || {
        exchange(app.address, METRICS, |_| false).await.contains("\nplaudit_connections 1\n")
    })
    .await;
    app
}

/// A client with little room for what it is sent.
async fn connect(app: &TestApp) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.connect(app.address).await.unwrap()
}

/// Asks without reading.
async fn ask(stream: &mut TcpStream) {
    let requests = "GET /api/posts?limit=100 HTTP/1.1\r\nHost: h\r\n\r\n".repeat(REQUESTS);
    stream.write_all(requests.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn whoever_never_reads_loses_its_place_and_is_counted() {
    let places = 20;
    let app = site(places, 3).await;
    let mut clients = Vec::new();
    for _ in 0..places {
        clients.push(connect(&app).await);
    }
    assert_eq!(status(&exchange(app.address, b"", |_| false).await), 503, "all places are taken");
    for client in &mut clients {
        ask(client).await;
    }
    eventually("somebody else is served", async || {
        status(&exchange(app.address, METRICS, |_| false).await) == 200
    })
    .await;
    let counted = format!("plaudit_stalled_writes_total {places}\n");
    eventually("each of them is counted", async || {
        exchange(app.address, METRICS, |_| false).await.contains(&counted)
    })
    .await;
}

#[tokio::test]
async fn whoever_reads_slowly_gets_all_of_it() {
    let app = site(20, 1).await;
    let mut client = connect(&app).await;
    ask(&mut client).await;
    let waiting = Waiting::until("all is read");
    let (mut bytes, mut answers, mut buffer) = (0, 0, vec![0; 32 * 1024]);
    let mut text = String::new();
    while answers < REQUESTS {
        waiting.a_moment().await;
        let count = client.read(&mut buffer).await.unwrap();
        assert!(count > 0, "it was cut off after {bytes} bytes");
        bytes += count;
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        answers += text.matches(END).count();
        // One that is cut in two is found with the next bytes.
        text.drain(..text.ceil_char_boundary(text.len().saturating_sub(END.len() - 1)));
    }
    assert!(bytes > REQUESTS * 100 * LONGEST_TEXT * 4, "{bytes}");
}
