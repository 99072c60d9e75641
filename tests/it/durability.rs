//! Promise 1: what was acknowledged is on disk. Killed under load, nothing acknowledged is missing; and, seen by the
//! system calls themselves, no acknowledgement leaves before the fsync of its commit.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::support::process::Process;
use crate::support::{Actor, Socket, database, eventually};

const LOAD: [&str; 2] = ["--limits", "off"];
const POSTS: u64 = 40;

/// Whether it is liked, as far as is known, and what has been asked for and not answered.
type Like = (Option<bool>, Option<bool>);

/// What the site has told its people so far.
#[derive(Default)]
struct Acknowledged {
    /// By user and post.
    likes: Mutex<HashMap<(u64, u64), Like>>,
    /// By post: the highest version that anybody heard of.
    versions: Mutex<HashMap<u64, u64>>,
    tokens: Mutex<Vec<String>>,
    count: AtomicUsize,
}

impl Acknowledged {
    fn asked(&self, user: u64, post: u64, on: bool) {
        self.likes.lock().unwrap().entry((user, post)).or_default().1 = Some(on);
    }

    fn heard(&self, user: u64, post: u64, on: bool, version: u64) {
        self.likes.lock().unwrap().insert((user, post), (Some(on), None));
        let mut versions = self.versions.lock().unwrap();
        let highest = versions.entry(post).or_default();
        *highest = version.max(*highest);
        self.count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Likes every post over a socket, all asked at once; ends with the connection.
async fn by_socket(me: Actor, posts: Vec<u64>, acknowledged: Arc<Acknowledged>) {
    let mut socket = me.socket().await;
    for post in &posts {
        acknowledged.asked(me.id, *post, true);
        if socket.try_send(&json!({"type": "like", "ref": post, "post": post, "on": true})).await.is_err() {
            return;
        }
    }
    while let Ok(answer) = socket.next_or_close().await {
        if answer["type"] == "ok" {
            let post = answer["ref"].as_u64().unwrap();
            acknowledged.heard(me.id, post, true, answer["version"].as_u64().unwrap());
        }
    }
}

/// Likes and unlikes over HTTP, one after the other, until the server is gone.
async fn by_http(me: Actor, posts: Vec<u64>, acknowledged: Arc<Acknowledged>) {
    for turn in 0_usize.. {
        let (post, on) = (posts[turn % posts.len()], (turn / posts.len()).is_multiple_of(2));
        acknowledged.asked(me.id, post, on);
        let method = if on { reqwest::Method::PUT } else { reqwest::Method::DELETE };
        let Ok(answer) = me.request(method, &format!("/api/posts/{post}/like")).send().await else { return };
        let Ok(answer) = answer.json::<serde_json::Value>().await else { return };
        acknowledged.heard(me.id, post, on, answer["version"].as_u64().unwrap());
    }
}

/// First likes of new guests, one after the other, until the server is gone.
async fn by_new_guests(visitor: Actor, acknowledged: Arc<Acknowledged>) {
    while let Ok(answer) = visitor.request(reqwest::Method::PUT, "/api/posts/1/like").send().await {
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        if answer.bytes().await.is_err() {
            return;
        }
        let token = cookie.split(['=', ';']).nth(1).unwrap();
        acknowledged.tokens.lock().unwrap().push(token.to_owned());
        acknowledged.count.fetch_add(1, Ordering::Relaxed);
    }
}

fn epoch(data: &Path) -> String {
    database::open(data).query_row("SELECT epoch FROM meta", [], |row| row.get(0)).unwrap()
}

fn check(data: &Path, acknowledged: &Acknowledged) {
    let db = database::open(data);
    let intact: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(intact, "ok");
    for ((user, post), (last, asked)) in &*acknowledged.likes.lock().unwrap() {
        let there: bool = db
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM likes WHERE post = ?1 AND user = ?2)",
                [post, user],
                |row| row.get(0),
            )
            .unwrap();
        // What was asked last and not answered may have happened or not.
        let possible = [Some(last.unwrap_or(false)), *asked];
        assert!(possible.contains(&Some(there)), "user {user}, post {post}: {there}, acknowledged {last:?}");
    }
    for (post, version) in &*acknowledged.versions.lock().unwrap() {
        let kept: u64 =
            db.query_row("SELECT version FROM posts WHERE id = ?1", [post], |row| row.get(0)).unwrap();
        assert!(kept >= *version, "post {post}: version {version} was told, {kept} is kept");
    }
    let wrong: i64 = db
        .query_row(
            "SELECT count(*) FROM posts WHERE likes <> (SELECT count(*) FROM likes WHERE post = posts.id)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(wrong, 0, "every count equals its rows");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_it_keeps_every_acknowledged_like() {
    let here = tempfile::tempdir().unwrap();
    let data = here.path().join("data");
    let mut process = Process::serve(here.path(), "127.0.0.1:0", &LOAD);
    let mut ana = process.visitor();
    ana.sign_up("ana").await.ok();
    let mut people = Vec::new();
    for _ in 0..8 {
        let mut guest = process.visitor();
        guest.become_guest().await;
        people.push(guest);
    }
    let epoch_before = epoch(&data);
    for round in 0..4 {
        let acknowledged = Arc::new(Acknowledged::default());
        let mut posts = Vec::new();
        for turn in 0..POSTS {
            posts.push(ana.write(&format!("Round {round}, post {turn}")).await);
        }
        let mut tasks = Vec::new();
        for (turn, me) in people.iter().enumerate() {
            let (me, posts, acknowledged) = (me.clone(), posts.clone(), acknowledged.clone());
            tasks.push(if turn % 2 == 0 {
                tokio::spawn(by_socket(me, posts, acknowledged))
            } else {
                tokio::spawn(by_http(me, posts, acknowledged))
            });
        }
        tasks.push(tokio::spawn(by_new_guests(process.visitor(), acknowledged.clone())));
        // In the middle of it: some have been answered, some wait.
        let enough = 60 + 45 * round;
        eventually("likes are acknowledged", async || acknowledged.count.load(Ordering::Relaxed) >= enough)
            .await;
        process.kill();
        for task in tasks {
            task.await.unwrap();
        }
        check(&data, &acknowledged);
        let address = process.address.to_string();
        process = Process::serve(here.path(), &address, &LOAD);
        check(&data, &acknowledged);
        assert_eq!(epoch(&data), epoch_before);
        // As its people see it: the guests whose cookies were sent are there, and so are their likes.
        let tokens = std::mem::take(&mut *acknowledged.tokens.lock().unwrap());
        for token in tokens {
            let mut guest = process.visitor();
            guest.token = Some(token);
            assert_eq!(guest.get("/api/me").await.ok()["user"]["kind"], "guest");
            assert_eq!(guest.get("/api/posts/1").await.ok()["post"]["liked"], true);
        }
        let mut socket = Socket::open(&format!("http://{address}"), None).await;
        let snapshot = socket.call(json!({"type": "subscribe", "topics": [{"topic": "post:1"}]})).await;
        assert_eq!(snapshot["epoch"], epoch_before.as_str());
    }
}

#[cfg(target_os = "linux")]
mod fsync {
    use std::path::Path;
    use std::process::Command;

    use crate::support::process::{Process, command_under};
    use crate::support::trace::check;
    use crate::support::{Actor, eventually};

    /// Serves under strace, which writes down what goes into the log and out of the sockets, in the order in which it
    /// happens. Our child is the server itself (`-D`), so that it can be stopped like any other.
    fn traced(here: &Path) -> Process {
        assert!(
            Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()),
            "strace is missing, and without it nobody sees whether the fsync comes first: apt-get install strace"
        );
        let calls = "trace=pwrite64,pwritev,pwritev2,write,writev,fsync,fdatasync,sendto,sendmsg,sendmmsg";
        let mut serve =
            command_under(here, &["strace", "-D", "-f", "-y", "-s", "2048", "-o", "trace", "-e", calls]);
        serve.args(["--listen", "127.0.0.1:0", "--data", "data", "--limits", "off"]);
        Process::start(serve)
    }

    /// Each act waits for the answer to the last: so what was written since then is what its answer promises.
    async fn one_by_one(process: &Process, ana: &Actor) {
        let mut socket = ana.socket().await;
        for _ in 0..25 {
            assert_eq!(socket.like(1, false).await["changed"], true);
            assert_eq!(ana.like(1).await["changed"], true);
        }
        for turn in 0..5 {
            process.visitor().put("/api/posts/1/like").await.ok();
            let mut member = process.visitor();
            member.sign_up(&format!("user{turn}")).await.ok();
            member.write("A promise too").await;
        }
    }

    #[tokio::test]
    async fn no_acknowledgement_leaves_before_the_fsync_of_its_commit() {
        let here = tempfile::tempdir().unwrap();
        let process = traced(here.path());
        let mut ana = process.visitor();
        ana.become_guest().await;
        one_by_one(&process, &ana).await;
        assert_eq!(process.terminate().await, Some(0));
        let trace = || std::fs::read_to_string(here.path().join("trace")).unwrap_or_default();
        eventually("the trace is complete", async || trace().trim_end().ends_with("+++ exited with 0 +++"))
            .await;
        let checked = check(&trace()).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(
            (checked.by_socket, checked.by_http),
            (25, 1 + 25 + 15),
            "every answer was seen: {checked:?}"
        );
        assert!(checked.syncs >= 66, "{checked:?}");
    }

    const WRITE: &str = "7 pwrite64(9</d/plaudit.db-wal>, \"page\"..., 4096, 32) = 4096\n";
    const SYNC: &str = "7 fdatasync(9</d/plaudit.db-wal>) = 0\n";
    const BEGIN: &str = "7 fdatasync(9</d/plaudit.db-wal> <unfinished ...>\n";
    const END: &str = "7 <... fdatasync resumed>) = 0\n";
    const OK: &str = "8 sendto(12<socket:[5]>, \"\\201h{\\\"type\\\":\\\"ok\\\",\\\"changed\\\":true}\", 9, 0, NULL, 0) = 9\n";
    const OK_BEGINS: &str = "8 sendto(12<socket:[5]>, \"\\201h{\\\"type\\\":\\\"ok\\\",\\\"changed\\\":true}\", 9 <unfinished ...>\n";

    #[test]
    fn the_reader_of_the_trace_sees_an_answer_that_is_too_early() {
        for good in [[WRITE, SYNC, OK].concat(), [WRITE, WRITE, BEGIN, END, OK].concat()] {
            assert_eq!(check(&good).map(|checked| checked.by_socket), Ok(1), "{good}");
        }
        for bad in [
            [WRITE, OK].concat(),
            [WRITE, OK, SYNC].concat(),
            [WRITE, BEGIN, OK, END].concat(),
            [WRITE, BEGIN, OK_BEGINS, END].concat(),
            [WRITE, SYNC, WRITE, OK].concat(),
            [WRITE, BEGIN, WRITE, END, OK].concat(),
            [WRITE, &SYNC.replace("= 0", "= -1 EIO (Input/output error)"), OK].concat(),
            [WRITE, &SYNC.replace("plaudit.db-wal", "plaudit.db"), OK].concat(),
            [WRITE, SYNC, OK, OK].concat(),
            OK.to_owned(),
        ] {
            assert!(check(&bad).is_err(), "{bad}");
        }
    }
}
