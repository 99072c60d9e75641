//! `/metrics`: figures for whoever asks on the machine itself, and for nobody else.

use plaudit::config::Options;
use reqwest::Method;

use crate::support::TestApp;

#[tokio::test]
async fn figures_are_for_the_machine_itself() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let answer = visitor.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"), "{answer:?}");
    assert!(
        answer.text.contains("\nplaudit_connections 1\n") && answer.text.ends_with("# EOF\n"),
        "{answer:?}"
    );
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.1"),
        ("forwarded", "for=192.0.2.1"),
        ("host", "example.org"),
        ("host", "127.0.0.1.example.org"),
    ] {
        let answer = visitor.send(visitor.request(Method::GET, "/metrics").header(name, value)).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
        assert!(answer.text.contains("127.0.0.1 or localhost"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_refused_read_is_counted() {
    let app = TestApp::with(Options { reads_per_second: Some(1), ..Options::default() }, |_| {}).await;
    let mut refused = 0;
    while refused < 3 {
        refused += usize::from(app.visitor().get("/api/posts").await.status == 429);
    }
    let metrics = app.visitor().get("/metrics").await.text;
    assert!(metrics.contains("\nplaudit_refused_reads_total 3\n"), "{metrics}");
}
