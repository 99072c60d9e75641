//! What the environment says, as compose files and `.env` files bring it.

use std::path::Path;

use crate::support::process::{Process, command, ends};

fn fails(here: &Path, variables: &[(&str, &str)], words: &[&str]) {
    let mut serve = command(here);
    serve.args(["--listen", "127.0.0.1:0"]).envs(variables.iter().copied());
    let output = ends(serve);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{variables:?}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{variables:?} should say {words:?}: {said}");
}

#[tokio::test]
async fn empty_variables_blanks_and_lists_with_blanks_start() {
    let here = tempfile::tempdir().unwrap();
    let mut serve = command(here.path());
    for (name, value) in [
        ("PLAUDIT_LISTEN", " 127.0.0.1:0 "),
        ("PLAUDIT_DATA", " kept "),
        ("PLAUDIT_PUBLIC_URL", ""),
        ("PLAUDIT_ORIGINS", "https://a.example, https://b.example,"),
        ("PLAUDIT_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.0/16"),
        ("PLAUDIT_CONNECTIONS", ""),
        ("PLAUDIT_GUESTS", " "),
        ("PLAUDIT_CONFIG", ""),
        ("PLAUDIT_LOG", ""),
        ("PLAUDIT_STORE", ""),
    ] {
        serve.env(name, value);
    }
    let process = Process::start(serve);
    assert_eq!(process.visitor().get("/readyz").await.status, 200);
    assert!(here.path().join("kept/plaudit.db").exists());
}

#[test]
fn what_cannot_be_read_is_2_and_named() {
    let here = tempfile::tempdir().unwrap();
    fails(here.path(), &[("PLAUDIT_DATA", "./data\r")], &["PLAUDIT_DATA", "carriage return"]);
    fails(here.path(), &[("PLAUDIT_LOG", "debug\r")], &["PLAUDIT_LOG", "carriage return"]);
    fails(here.path(), &[("PLAUDIT_LOG", "debgu")], &["PLAUDIT_LOG", "debgu", "debug"]);
    fails(here.path(), &[("PLAUDIT_TICK_MS", "soon")], &["PLAUDIT_TICK_MS", "soon"]);
    fails(here.path(), &[("PLAUDIT_LISTEN", "nowhere")], &["PLAUDIT_LISTEN", "127.0.0.1:8080"]);
    assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0, "nothing was made");
}

#[tokio::test]
async fn an_empty_log_filter_still_says_errors_and_a_port_alone_is_enough() {
    let here = tempfile::tempdir().unwrap();
    let log = here.path().join("log");
    let mut serve = command(here.path());
    serve.args(["--listen", "0"]).env("PLAUDIT_LOG", "");
    let process = Process::logging(serve, std::fs::File::create(&log).unwrap());
    assert!(process.address.ip().is_loopback());
    assert_eq!(process.terminate().await, Some(0));
    assert!(std::fs::read_to_string(&log).unwrap().contains("stopping"));
}
