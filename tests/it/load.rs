//! `plaudit load` against the real program, small: every scenario must find that what it received is what it must have
//! received. How long anything takes is not asserted here.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::process::{Process, command};

/// Nothing here limits who measures: the server runs without rates, as a load wants it.
fn server(here: &Path) -> Process {
    let mut serve = command(here);
    serve.args(["--listen", "127.0.0.1:0", "--data"]).arg(here.join("data")).env("PLAUDIT_LIMITS", "off");
    Process::start(serve)
}

fn load(here: &Path, words: &str) -> Command {
    let mut load = command(here);
    load.arg("load").args(words.split(' ')).stdin(Stdio::null());
    load
}

/// Runs a scenario against a server that is there; gives its JSON.
#[track_caller]
fn right(process: &Process, here: &Path, words: &str) -> Value {
    let mut load = load(here, words);
    load.args(["--json", "--url", &format!("http://{}", process.address)]);
    load.args(["--server-pid", &process.id().to_string()]);
    let output = load.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{words}: {said}"));
    assert_eq!(outcome["passed"], true, "{words}: {outcome:#}");
    assert_eq!(output.status.code(), Some(0), "{words}: {said}");
    outcome
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn figure(outcome: &Value, key: &str) -> f64 {
    outcome["figures"][key].as_f64().unwrap_or_else(|| panic!("{key} is missing: {outcome:#}"))
}

#[test]
fn likes_arrive_as_acknowledged_in_every_scenario() {
    let here = folder();
    let process = server(here.path());
    for words in [
        "watch --viewers 20 --seconds 0.4",
        "watch --viewers 20 --posts 3 --seconds 0.4 --rate 100",
        "like-storm --viewers 20 --likers 8 --seconds 0.3 --rates 100,1000",
        "feed --viewers 20 --posts 30 --each 10 --seconds 0.4",
        "feed --viewers 20 --posts 30 --each 10 --seconds 0.4 --rate 500",
    ] {
        let outcome = right(&process, here.path(), words);
        let (likes, frames) = (figure(&outcome, "acts"), figure(&outcome, "frames"));
        // Not every like needs a frame of its own, but every viewer needs one at least.
        assert!(likes >= 2.0 && frames >= 20.0, "{words}: {outcome:#}");
        if cfg!(target_os = "linux") {
            assert!(figure(&outcome, "server_pss_mib") > 0.0, "{words}");
        }
    }
}

#[test]
fn a_closed_loop_brings_each_like_to_each_viewer_in_one_frame() {
    let here = folder();
    let process = server(here.path());
    let outcome = right(&process, here.path(), "watch --viewers 15 --seconds 0.5");
    assert!((figure(&outcome, "frames") - 15.0 * figure(&outcome, "acts")).abs() < 0.5, "{outcome:#}");
}

#[test]
fn writes_over_sockets_and_by_http_are_all_there() {
    let here = folder();
    let process = server(here.path());
    for words in ["--likers 8", "--likers 4 --depth 8", "--likers 8 --http"] {
        let outcome = right(&process, here.path(), &format!("write {words} --posts 10 --seconds 0.4"));
        assert!(figure(&outcome, "acts") > 8.0, "{words}: {outcome:#}");
    }
}

#[test]
fn an_author_is_notified_in_its_turns_only() {
    let here = folder();
    let process = server(here.path());
    let outcome = right(&process, here.path(), "author --likers 8 --turns 1 --seconds 1.2");
    assert!(figure(&outcome, "pushes_per_second") > 0.0, "{outcome:#}");
    assert!(figure(&outcome, "acts_per_second_without") > 8.0, "{outcome:#}");
}

#[test]
fn comments_idle_slow_readers_and_pages_are_right() {
    let here = folder();
    let process = server(here.path());
    let outcome = right(&process, here.path(), "comments --viewers 10 --likers 2 --seconds 0.5 --rate 100");
    assert!(figure(&outcome, "frames") >= 10.0 * 10.0, "{outcome:#}");
    right(&process, here.path(), "comments --viewers 5 --likers 2 --seconds 0.4");
    right(&process, here.path(), "idle --viewers 30 --seconds 0.2");
    right(&process, here.path(), "slow-readers --viewers 20 --slow 4 --posts 5 --seconds 0.5 --rate 500");
    right(&process, here.path(), "pages --viewers 4 --seconds 0.3");
}

#[test]
fn it_starts_a_server_of_its_own_and_kills_it() {
    let here = folder();
    for words in [
        "watch --viewers 5 --seconds 0.2",
        "soak --viewers 30 --likers 4 --seconds 4 --kills 1",
        "bare --viewers 10 --seconds 0.2",
    ] {
        let output = load(here.path(), words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let why = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words}: {said}{why}");
        assert!(
            said.contains("PASSED: what was received is what must have been received"),
            "{words}: {said}"
        );
    }
    assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0, "it leaves nothing behind");
}

#[test]
fn every_agent_of_an_inbox_is_shown_every_message() {
    let here = folder();
    let output = load(here.path(), "inbox --viewers 6 --customers 4 --seconds 0.5 --rate 100 --json")
        .output()
        .unwrap();
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{why}"));
    assert_eq!(outcome["passed"], true, "{outcome:#}");
    assert!(figure(&outcome, "acts") >= 20.0 && figure(&outcome, "frames") >= 100.0, "{outcome:#}");
}

#[test]
fn all_who_come_back_after_a_kill_share_one_read_of_each_topic() {
    let here = folder();
    let words = "reconnect-storm --viewers 300 --likers 4 --seconds 0.3 --down 0.1 --json";
    let output = load(here.path(), words).output().unwrap();
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{why}"));
    assert_eq!(outcome["passed"], true, "{outcome:#}");
    // A post and the feed, which all of them watch.
    assert!((1.0..=2.0).contains(&figure(&outcome, "reads")), "{outcome:#}");
}

#[test]
fn a_report_and_a_comparison_write_their_documents() {
    let here = folder();
    let read = |name: &str| std::fs::read_to_string(here.path().join(name)).unwrap();
    std::fs::write(
        here.path().join("page.md"),
        "# Here\n<!-- compare:begin -->\n<!-- compare:end -->\nthere\n",
    )
    .unwrap();
    // The other servers need packages that are not there: without the folder only Plaudit is left.
    let compare =
        "compare --viewers 10 --likers 4 --seconds 0.2 --rounds 1 --kills 1 --bench nowhere --write page.md";
    for words in [compare, "report --quick --rounds 1 --only quiet,write", "report --again"] {
        let output = load(here.path(), words).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{words}: {said}");
    }
    let page = read("page.md");
    assert!(page.contains("| kill -9: times that likes were missing | 0 of 1 |"), "{page}");
    assert!(page.starts_with("# Here\n") && page.ends_with("there\n"), "{page}");
    let document = read("docs/performance.md");
    assert!(
        document.contains("### A quiet post") && document.contains("images/performance/quiet.svg"),
        "{document}"
    );
    assert!(read("docs/images/performance/quiet.svg").starts_with("<svg "));
}

#[test]
fn it_draws_a_chart() {
    let here = folder();
    let output = load(here.path(), "watch --viewers 5 --seconds 0.3 --chart watch.svg").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let chart = std::fs::read_to_string(here.path().join("watch.svg")).unwrap();
    assert!(chart.starts_with("<svg ") && chart.contains("the last viewer"), "{chart}");
}

#[test]
fn a_server_that_limits_rates_is_named_as_the_reason() {
    let here = folder();
    let process = Process::serve(here.path(), "127.0.0.1:0", &[]);
    let url = format!("http://{}", process.address);
    let output = load(here.path(), "write --likers 64 --seconds 0.2 --url").arg(&url).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("PLAUDIT_LIMITS=off"), "{said}");
}

#[test]
fn wrong_use_is_2_and_help_has_examples() {
    let here = folder();
    for (words, code, word) in [
        ("--help", 0, "plaudit load report --rounds 7"),
        ("watch --help", 0, "Examples:"),
        ("dance", 2, "dance"),
        ("watch --viewers many", 2, "many"),
        ("watch --url http://127.0.0.1:1 --server-command x", 2, "--server-command"),
        ("watch --url ftp://127.0.0.1", 1, "TLS"),
        ("watch --url http://127.0.0.1:1", 1, "127.0.0.1:1"),
    ] {
        let output = load(here.path(), words).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{words}: {said}");
        assert!(said.contains(word) && !said.contains("panicked"), "{words} should say {word:?}: {said}");
    }
}
