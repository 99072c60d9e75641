//! The program as people start it: its options, its exit codes, what it prints, how it stops.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::support::process::{Process, command, run};
use crate::support::raw::{exchange, status};
use crate::support::{Socket, database};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Wants this exit code and these words; gives all that was said.
#[track_caller]
fn refused(here: &Path, arguments: &[&str], code: i32, words: &[&str]) -> String {
    let output = run(here, arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{arguments:?} should say {words:?}: {said}");
    assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    said
}

#[test]
fn help_shows_examples_for_every_role() {
    let here = folder();
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["user", "--help"],
        &["user", "create", "--help"],
        &["user", "promote", "--help"],
        &["user", "suspend", "--help"],
        &["user", "reset-password", "--help"],
        &["user", "delete", "--help"],
        &["backup", "--help"],
        &["restore", "--help"],
        &["check", "--help"],
    ] {
        refused(here.path(), arguments, 0, &["Examples:", "plaudit "]);
    }
    refused(
        here.path(),
        &["--help"],
        0,
        &["--listen", "--data", "PLAUDIT_LISTEN", "--public-url", "--trusted-proxies"],
    );
    refused(here.path(), &["--version"], 0, &["plaudit 0."]);
    let help = refused(here.path(), &["serve", "--help"], 0, &["https://example.org"]);
    assert!(!help.contains("<http"), "{help}");
    let help = refused(here.path(), &["--help"], 0, &["backup", "restore", "check"]);
    assert!(!help.contains("not in this build"), "{help}");
    assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0, "asking makes no data folder");
}

#[test]
fn wrong_use_is_2_and_says_what_is_wrong() {
    let here = folder();
    for (arguments, word) in [
        (&["--no-such-flag"][..], "--no-such-flag"),
        (&["dance"], "dance"),
        (&["serve", "extra"], "extra"),
        (&["--listen", "nowhere"], "nowhere"),
        (&["--listen", "127.0.0.1"], "127.0.0.1:8080"),
        (&["--listen", "localhost:port"], "127.0.0.1:8080"),
        (&["--listen", "127.0.0.1:99999"], "99999"),
        (&["--public-url", "example.org"], "example.org"),
        (&["--public-url", "https://example.org/below"], "below"),
        (&["--trusted-proxies", "10.0.0.0/99"], "10.0.0.0/99"),
        (&["--guests", "dance"], "dance"),
        (&["--limits", "maybe"], "maybe"),
        (&["--likes-per-minute", "0"], "--likes-per-minute"),
        (&["--tick-ms", "5"], "--tick-ms"),
        (&["--keep-alive-seconds", "0"], "--keep-alive-seconds: 1 to 3600"),
        (&["--stalled-write-seconds", "3601"], "--stalled-write-seconds: 1 to 3600"),
        (&["--ping-seconds", "26"], "--ping-seconds: 1 to 25"),
        (&["backup"], "FILE"),
        (&["restore", "--force"], "FILE"),
        (&["check", "everything"], "everything"),
        (&["user"], "create"),
        (&["user", "create"], "HANDLE"),
        (&["user", "create", "Not A Handle"], "handle"),
        (&["user", "create", "ana", "--name", ""], "name"),
        (&["user", "create", "ana", "--password", "correct horse"], "--password"),
        (&["user", "promote"], "HANDLE"),
        (&["user", "promote", "ana", "ben"], "ben"),
        (&["user", "suspend", "ana", "--demote"], "--demote"),
        (&["user", "reset-password"], "HANDLE"),
        (&["user", "delete", "--yes"], "HANDLE"),
        (&["user", "rename", "ana"], "rename"),
    ] {
        refused(here.path(), arguments, 2, &[word]);
    }
}

#[test]
fn what_is_not_in_this_build_says_so_with_2() {
    let here = folder();
    for arguments in [&["migrate"][..], &["--bus", "nats://127.0.0.1"]] {
        refused(here.path(), arguments, 2, &["not in this build"]);
    }
    let said = refused(
        here.path(),
        &["--store", "postgres://ana:secret@db/x"],
        2,
        &["not in this build", "postgres"],
    );
    assert!(!said.contains("secret"), "{said}");
    assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn a_config_file_that_is_wrong_is_2_and_names_file_and_line() {
    let here = folder();
    let file = here.path().join("plaudit.toml");
    let path = file.to_str().unwrap();
    refused(here.path(), &["--config", path], 2, &["plaudit.toml"]);
    for (text, word) in [
        ("lissten = \"127.0.0.1:0\"", "lissten"),
        ("\n\nguests = \"dance\"", "3"),
        ("listen = 5", "listen"),
        ("not toml", "plaudit.toml"),
        ("tick-ms = 1", "tick-ms"),
        ("store = \"postgres://x\"", "not in this build"),
        ("[section]\nlisten = \"127.0.0.1:0\"", "section"),
    ] {
        std::fs::write(&file, text).unwrap();
        refused(here.path(), &["--config", path], 2, &[word]);
    }
    std::fs::write(&file, b"\xff\xfe").unwrap();
    refused(here.path(), &["--config", path], 2, &["plaudit.toml"]);
}

/// Whether a guest may like there.
async fn guests_may(process: &Process) -> bool {
    process.visitor().put("/api/posts/1/like").await.status == 200
}

#[tokio::test]
async fn a_flag_goes_before_the_environment_that_before_the_file_that_before_the_default() {
    let here = folder();
    let port = |port: u16| format!("127.0.0.{port}:0");
    let file = here.path().join("site.toml");
    std::fs::write(&file, format!("listen = \"{}\"\nguests = \"off\"\ndata = \"from-file\"\n", port(4)))
        .unwrap();
    let start = |flags: &[&str], environment: &[(&str, &str)]| {
        let mut command = command(here.path());
        Process::start({
            command.arg("--config").arg(&file).args(flags).envs(environment.iter().copied());
            command
        })
    };
    let from_file = start(&[], &[]);
    assert_eq!(
        (from_file.address.ip().to_string(), guests_may(&from_file).await),
        ("127.0.0.4".into(), false)
    );
    assert!(here.path().join("from-file/plaudit.db").exists());
    drop(from_file);
    let (listen, off) = (port(3), [("PLAUDIT_GUESTS", "like")]);
    let environment = [("PLAUDIT_LISTEN", listen.as_str()), off[0], ("PLAUDIT_DATA", "from-environment")];
    let from_environment = start(&[], &environment);
    assert_eq!(from_environment.address.ip().to_string(), "127.0.0.3");
    assert!(guests_may(&from_environment).await);
    assert!(here.path().join("from-environment/plaudit.db").exists());
    drop(from_environment);
    // Also one that stands before the role.
    let flags = ["--listen", &port(2), "--guests", "off", "--data", "from-flag", "serve"];
    let from_flag = start(&flags, &environment);
    assert_eq!(
        (from_flag.address.ip().to_string(), guests_may(&from_flag).await),
        ("127.0.0.2".into(), false)
    );
    assert!(here.path().join("from-flag/plaudit.db").exists());
    drop(from_flag);
    // Without any: like, in ./data; the default port may be somebody else's here.
    let mut defaults = command(here.path());
    defaults.env("PLAUDIT_LISTEN", "127.0.0.1:0");
    let defaults = Process::start(defaults);
    assert!(guests_may(&defaults).await);
    assert!(here.path().join("data/plaudit.db").exists());
}

#[tokio::test]
async fn it_makes_its_folder_says_one_line_and_serves() {
    let here = folder();
    let mut serve = command(here.path());
    serve
        .args(["serve", "--listen", "127.0.0.1:0", "--data", "a/b/c"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = serve.spawn().unwrap();
    let mut line = String::new();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    let url =
        line.split_whitespace().find(|word| word.starts_with("http://127.0.0.1:")).expect(&line).to_owned();
    let address = url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    for path in ["/", "/healthz", "/readyz", "/api/posts/1"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&exchange(address, request.as_bytes(), |_| false).await), 200, "{path}");
    }
    let mode = |path: &str| std::fs::metadata(here.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("a/b/c"), mode("a/b/c/plaudit.db")), (0o700, 0o600));
    for beside in ["a/b/c/plaudit.db-wal", "a/b/c/plaudit.db-shm"] {
        assert_eq!(mode(beside) & 0o077, 0, "{beside} is nobody else's");
    }
    assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stdout, &mut rest).unwrap();
    assert_eq!(rest, "", "one line and no more");
}

#[test]
fn what_cannot_start_is_1_and_says_what_to_do() {
    let here = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(here.path(), &["--listen", &address], 1, &[&address, "--listen"]);
    std::fs::write(here.path().join("file"), "").unwrap();
    refused(here.path(), &["--listen", "127.0.0.1:0", "--data", "file"], 1, &["file"]);
    std::fs::create_dir(here.path().join("broken")).unwrap();
    std::fs::write(here.path().join("broken/plaudit.db"), "this is no database ".repeat(500)).unwrap();
    refused(here.path(), &["--listen", "127.0.0.1:0", "--data", "broken"], 1, &["database"]);
}

#[tokio::test]
async fn a_folder_has_one_server() {
    let here = folder();
    let first = Process::serve(here.path(), "127.0.0.1:0", &[]);
    assert!(first.line.contains(&format!("http://{}", first.address)), "{}", first.line);
    refused(here.path(), &["--listen", "127.0.0.1:0", "--data", "data"], 1, &["in use", "data"]);
    first.visitor().get("/readyz").await;
    assert_eq!(first.terminate().await, Some(0));
    let again = Process::serve(here.path(), "127.0.0.1:0", &[]);
    assert_eq!(again.visitor().get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_signal_ends_it_promptly_with_open_sockets_and_the_log_in_the_database() {
    for name in ["TERM", "INT", "HUP"] {
        let here = folder();
        let process = Process::serve(here.path(), "127.0.0.1:0", &[]);
        let mut guest = process.visitor();
        guest.become_guest().await;
        let mut sockets = [guest.socket().await, guest.socket().await, process.visitor().socket().await];
        for socket in &mut sockets {
            socket.subscribe(&["post:1", "feed:latest"]).await;
        }
        // One that has not finished its request.
        let _half = tokio::net::TcpStream::connect(process.address).await.unwrap();
        let start = Instant::now();
        let closed = async move {
            for mut socket in sockets {
                assert_eq!(socket.closed().await, 4200);
            }
        };
        let (code, ()) = tokio::join!(process.signal(name), closed);
        assert_eq!(code, Some(0), "SIG{name}");
        assert!(start.elapsed() < Duration::from_secs(10), "SIG{name} took {:?}", start.elapsed());
        let data = here.path().join("data");
        let wal = std::fs::metadata(data.join("plaudit.db-wal")).map_or(0, |wal| wal.len());
        assert_eq!(wal, 0, "the log has been taken in");
        let likes: i64 =
            database::open(&data).query_row("SELECT count(*) FROM likes", [], |row| row.get(0)).unwrap();
        assert_eq!(likes, 1);
    }
}

#[tokio::test]
async fn user_create_makes_a_member_who_can_log_in_while_a_server_runs() {
    let here = folder();
    let process = Process::serve(here.path(), "127.0.0.1:0", &[]);
    let made = run(here.path(), &["user", "create", "ana", "--name", "Ana Lima", "--data", "data"]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let out = String::from_utf8(made.stdout).unwrap();
    let password = out.lines().find_map(|line| line.strip_prefix("Password: ")).expect(&out);
    assert!(password.len() >= 16, "{password}");
    let log_in = json!({"handle": "ana", "password": password});
    let answer = process.visitor().post("/api/session", &log_in).await.ok();
    assert_eq!(answer["user"]["name"], "Ana Lima");
    refused(here.path(), &["user", "create", "ana", "--data", "data"], 1, &["taken"]);
    refused(here.path(), &["user", "create", "admin", "--data", "data"], 1, &["taken"]);
    refused(here.path(), &["user", "create", "a", "--data", "data"], 2, &["handle"]);
    assert_eq!(process.terminate().await, Some(0));
}

#[tokio::test]
async fn user_create_takes_a_password_from_standard_input() {
    let here = folder();
    assert_eq!(Process::serve(here.path(), "127.0.0.1:0", &[]).terminate().await, Some(0));
    let create = |handle: &str, password: &str| {
        let mut create = command(here.path());
        create.args(["user", "create", handle, "--password-stdin", "--data", "data"]);
        let mut child =
            create.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    for (handle, password) in
        [("ana", "correct horse\n"), ("ben", "correct horse"), ("eva", "correct horse\r\nmore\n")]
    {
        let made = create(handle, password);
        assert_eq!(made.status.code(), Some(0), "{}", said(&made));
        assert!(!said(&made).contains("correct horse"), "{}", said(&made));
    }
    assert_eq!(create("kim", "short\n").status.code(), Some(2));
    assert_eq!(create("kim", "").status.code(), Some(2));
    let process = Process::serve(here.path(), "127.0.0.1:0", &[]);
    for handle in ["ana", "ben", "eva"] {
        process.visitor().log_in(handle).await.ok();
    }
    process.visitor().get("/api/users/kim").await.refused(404, "not_found");
}

#[tokio::test]
async fn plaudit_limits_off_lifts_rates_and_connections_per_address_but_no_sizes() {
    let here = folder();
    let mut serve = command(here.path());
    serve.args(["--listen", "127.0.0.1:0", "--connections-per-address", "3"]).env("PLAUDIT_LIMITS", "off");
    let process = Process::start(serve);
    let base = format!("http://{}", process.address);
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(Socket::open(&base, None).await);
    }
    let mut last = sockets.pop().unwrap();
    for _ in 0..100 {
        last.flush_out().await;
    }
    for _ in 0..35 {
        process.visitor().put("/api/posts/1/like").await.ok();
    }
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(70_000));
    process.visitor().post_bytes("/api/posts", long).await.refused(413, "too_large");
}
