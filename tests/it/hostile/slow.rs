//! Clients that say nothing, or say it slowly: closed after ten seconds, however they do it.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestApp;

/// Writes what it is given, then a byte of a header every now and then; gives the time until the server closes.
async fn until_closed(app: &TestApp, first: &str, trickle: bool) -> Duration {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let start = Instant::now();
    stream.write_all(first.as_bytes()).await.unwrap();
    let mut buffer = [0; 4096];
    loop {
        match tokio::time::timeout(Duration::from_millis(300), stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return start.elapsed(),
            Err(_) if trickle => {
                let _ = stream.write_all(b"a").await;
            }
            Ok(Ok(_)) | Err(_) => {}
        }
        assert!(start.elapsed() < Duration::from_secs(25), "{first:?} is still open");
    }
}

#[tokio::test]
async fn a_head_is_there_within_ten_seconds_or_the_connection_closes() {
    let app = TestApp::start().await;
    let answered = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    let half = format!("{answered}GET /healthz HTTP/1.1\r\nHo");
    let ends = tokio::join!(
        until_closed(&app, "", false),
        until_closed(&app, "GET / HT", false),
        until_closed(&app, "GET / HTTP/1.1\r\nHost: h\r\n", false),
        until_closed(&app, "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ", true),
        until_closed(&app, "\r\n", false),
        until_closed(&app, answered, false),
        until_closed(&app, &half, false),
        async {
            // Meanwhile everybody else is served.
            assert_eq!(app.visitor().get("/readyz").await.status, 200);
        },
    );
    let times = [ends.0, ends.1, ends.2, ends.3, ends.4, ends.5, ends.6];
    for time in times {
        assert!((Duration::from_secs(8)..Duration::from_secs(20)).contains(&time), "{times:?}");
    }
}
