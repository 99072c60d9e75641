//! Clients that say nothing, or say it slowly: a request's head is whole within ten seconds, however they send it, and
//! between two requests they may be idle for longer.

use std::time::{Duration, Instant};

use plaudit::config::Options;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestApp;

/// Longer than a head may take, so that the two can be told apart.
const KEEP_ALIVE: u32 = 14;

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
        assert!(start.elapsed() < Duration::from_secs(30), "{first:?} is still open");
    }
}

#[tokio::test]
async fn a_head_is_there_within_ten_seconds_and_the_next_one_may_come_later() {
    let app =
        TestApp::with(Options { keep_alive_seconds: Some(KEEP_ALIVE), ..Options::default() }, |_| {}).await;
    let answered = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    let posted = "PUT /api/posts/1/like HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";
    let half = format!("{answered}GET /healthz HTTP/1.1\r\nHo");
    let ends = tokio::join!(
        until_closed(&app, "", false),
        until_closed(&app, "GET / HT", false),
        until_closed(&app, "GET / HTTP/1.1\r\nHost: h\r\n", false),
        until_closed(&app, "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ", true),
        until_closed(&app, "\r\n", false),
        until_closed(&app, &half, false),
        until_closed(&app, answered, false),
        until_closed(&app, posted, false),
        async {
            // Meanwhile everybody else is served.
            assert_eq!(app.visitor().get("/readyz").await.status, 200);
        },
    );
    let heads = [ends.0, ends.1, ends.2, ends.3, ends.4, ends.5];
    for time in heads {
        assert!((Duration::from_secs(8)..Duration::from_secs(20)).contains(&time), "{heads:?}");
    }
    let idle = [ends.6, ends.7];
    for time in idle {
        assert!(time >= Duration::from_secs(u64::from(KEEP_ALIVE)), "{idle:?}");
    }
    let metrics = app.visitor().get("/metrics").await.text;
    assert!(metrics.contains("plaudit_slow_heads_total 6"), "{metrics}");
}
