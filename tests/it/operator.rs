//! `plaudit user …`: beside a running server, whose open pages learn of it at once, and on the database itself.

mod socket;

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::process::{Process, command, run};
use crate::support::{Actor, database, eventually};

/// A data folder, and a server on it as long as it is wanted.
struct Site {
    here: TempDir,
    server: Option<Process>,
}

impl Site {
    fn running() -> Self {
        let here = tempfile::tempdir().unwrap();
        let server = Process::serve(here.path(), "127.0.0.1:0", &[]);
        Self { here, server: Some(server) }
    }

    fn server(&self) -> &Process {
        self.server.as_ref().unwrap()
    }

    async fn member(&self, handle: &str) -> Actor {
        let mut actor = self.server().visitor();
        actor.sign_up(handle).await.ok();
        actor
    }

    async fn stop(&mut self) {
        assert_eq!(self.server.take().unwrap().terminate().await, Some(0));
    }

    fn start(&mut self) {
        self.server = Some(Process::serve(self.here.path(), "127.0.0.1:0", &[]));
    }

    fn data(&self) -> std::path::PathBuf {
        self.here.path().join("data")
    }

    /// Runs `plaudit user …`, wants this exit code; gives all that was said.
    #[track_caller]
    fn user(&self, arguments: &[&str], code: i32) -> String {
        user_on(self.here.path(), "data", arguments, code)
    }
}

#[track_caller]
fn user_on(here: &Path, data: &str, arguments: &[&str], code: i32) -> String {
    let output = run(here, &[&["user"], arguments, &["--data", data]].concat());
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    said
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn likes(actor: &Actor) -> Value {
    actor.get("/api/posts/1").await.ok()["post"]["likes"].clone()
}

async fn log_in(site: &Site, handle: &str, password: &str) -> crate::support::actor::Answer {
    site.server().visitor().post("/api/session", &json!({"handle": handle, "password": password})).await
}

fn password(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("Password: "));
    line.unwrap_or_else(|| panic!("no password in {said:?}")).to_owned()
}

#[tokio::test]
async fn suspending_beside_a_server_closes_sockets_with_4005_and_takes_the_likes_out_on_open_pages() {
    let mut site = Site::running();
    let (ana, ben) = (site.member("ana").await, site.member("ben").await);
    ana.like(1).await;
    ben.like(1).await;
    let (mut hers, mut page) = (ana.socket().await, ben.socket().await);
    hers.subscribe(&["me"]).await;
    page.subscribe(&["post:1"]).await;
    assert!(site.user(&["suspend", "ana"], 0).contains("@ana is suspended"));
    assert_eq!(hers.closed().await, 4005);
    page.until(|push| push["type"] == "counts" && push["likes"] == 1).await;
    log_in(&site, "ana", "correct horse").await.refused(403, "forbidden");
    // It holds over a restart, repeating is harmless, and there is a way back.
    site.stop().await;
    site.start();
    let visitor = site.server().visitor();
    assert_eq!(likes(&visitor).await, 1);
    site.user(&["suspend", "@ana"], 0);
    let mut page = visitor.socket().await;
    page.subscribe(&["post:1"]).await;
    assert!(site.user(&["suspend", "ana", "--lift"], 0).contains("@ana is let in again"));
    page.until(|push| push["type"] == "counts" && push["likes"] == 2).await;
    assert_eq!(log_in(&site, "ana", "correct horse").await.status, 200);
}

#[tokio::test]
async fn a_promoted_member_may_remove_at_once_and_a_demoted_one_no_more() {
    let site = Site::running();
    let (ana, ben) = (site.member("ana").await, site.member("ben").await);
    let posts = [ben.write("One").await, ben.write("Two").await];
    ana.delete(&format!("/api/posts/{}", posts[0])).await.refused(403, "forbidden");
    assert!(site.user(&["promote", "ana"], 0).contains("@ana is a moderator now"));
    assert_eq!(ana.get("/api/reports").await.status, 200);
    assert_eq!(ana.delete(&format!("/api/posts/{}", posts[0])).await.status, 204);
    assert!(site.user(&["promote", "ana", "--demote"], 0).contains("no moderator any more"));
    ana.delete(&format!("/api/posts/{}", posts[1])).await.refused(403, "forbidden");
    ana.get("/api/reports").await.refused(403, "forbidden");
    // The operator may suspend a moderator, who else?
    site.user(&["promote", "ana"], 0);
    site.user(&["suspend", "ana"], 0);
    assert_eq!(ana.get("/api/me").await.ok()["user"], Value::Null);
}

#[tokio::test]
async fn a_reset_password_ends_the_sessions_and_is_the_only_one_that_counts() {
    let site = Site::running();
    let ana = site.member("ana").await;
    let mut socket = ana.socket().await;
    socket.subscribe(&["me"]).await;
    let password = password(&site.user(&["reset-password", "ana"], 0));
    assert!(password.len() >= 16, "{password}");
    assert_eq!(socket.closed().await, 4004);
    log_in(&site, "ana", "correct horse").await.refused(401, "bad_credentials");
    assert_eq!(log_in(&site, "ana", &password).await.status, 200);
    let set = |text: &str| {
        let mut reset = command(site.here.path());
        reset.args(["user", "reset-password", "ana", "--password-stdin", "--data", "data"]);
        let mut child =
            reset.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = set("a chosen horse\nmore\n");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!said(&output).contains("chosen"), "{}", said(&output));
    assert_eq!(log_in(&site, "ana", "a chosen horse").await.status, 200);
    for bad in ["short\n", "", &"x".repeat(300)] {
        let output = set(bad);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("8 to 256"), "{}", said(&output));
    }
    assert_eq!(log_in(&site, "ana", "a chosen horse").await.status, 200);
}

#[tokio::test]
async fn a_deleted_member_leaves_open_pages_with_all_it_did() {
    let site = Site::running();
    let (ana, ben) = (site.member("ana").await, site.member("ben").await);
    let hers = ana.write("A post of hers").await;
    ana.like(1).await;
    ana.comment(1, "A comment of hers").await;
    let (mut socket, mut page) = (ana.socket().await, ben.socket().await);
    socket.subscribe(&["me"]).await;
    page.subscribe(&["feed:latest", "post:1"]).await;
    assert!(site.user(&["delete", "ana"], 0).contains("@ana is deleted"), "a script is not asked");
    assert_eq!(socket.closed().await, 4004);
    let (mut removed, mut counted) = (false, false);
    while !(removed && counted) {
        let push = page.next().await;
        removed |= push["type"] == "post.removed" && push["id"] == hers;
        counted |= push["type"] == "counts" && push["likes"] == 0 && push["comments"] == 0;
    }
    ben.get("/api/users/ana").await.refused(404, "not_found");
    site.user(&["delete", "ana"], 1);
}

#[tokio::test]
async fn without_a_server_it_is_done_on_the_database() {
    let mut site = Site::running();
    let (ana, ben) = (site.member("ana").await, site.member("ben").await);
    let eva = site.member("eva").await;
    let hers = eva.write("A post of hers").await;
    for who in [&ana, &ben, &eva] {
        who.like(1).await;
    }
    site.stop().await;
    site.user(&["suspend", "ana"], 0);
    site.user(&["promote", "ben"], 0);
    let password = password(&site.user(&["reset-password", "ben"], 0));
    site.user(&["delete", "eva", "--yes"], 0);
    site.user(&["create", "kim"], 0);
    let likes_left: i64 = database::open(&site.data())
        .query_row("SELECT likes FROM posts WHERE id = 1", [], |row| row.get(0))
        .unwrap();
    assert_eq!(likes_left, 1, "Ben's");
    site.start();
    let visitor = site.server().visitor();
    assert_eq!(likes(&visitor).await, 1);
    log_in(&site, "ana", "correct horse").await.refused(403, "forbidden");
    visitor.get("/api/users/eva").await.refused(404, "not_found");
    visitor.get(&format!("/api/posts/{hers}")).await.refused(404, "not_found");
    assert_eq!(visitor.get("/api/users/kim").await.status, 200);
    let mut moderator = visitor.clone();
    moderator.token = log_in(&site, "ben", &password).await.ok()["token"].as_str().map(str::to_owned);
    assert_eq!(moderator.get("/api/reports").await.status, 200);
}

#[tokio::test]
async fn a_handle_is_taken_as_people_write_it() {
    let mut site = Site::running();
    for turn in ["beside a server", "alone"] {
        let made = if site.server.is_some() { ["@Ana", "ANA"] } else { ["BEN", "@ben"] };
        assert!(site.user(&["create", made[0]], 0).contains("Made the member @"), "{turn}");
        site.user(&["promote", made[1]], 0);
        site.user(&["suspend", &format!(" {} ", made[0])], 0);
        if site.server.is_some() {
            site.stop().await;
        }
    }
    let members: i64 = database::open(&site.data())
        .query_row(
            "SELECT count(*) FROM users WHERE handle IN ('ana', 'ben') AND moderator AND suspended_at IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(members, 2);
}

#[tokio::test]
async fn the_log_says_what_was_done_and_what_was_refused() {
    let here = tempfile::tempdir().unwrap();
    let log = here.path().join("log");
    let mut serve = command(here.path());
    serve.args(["--listen", "127.0.0.1:0", "--data", "data"]);
    let _server = Process::logging(serve, std::fs::File::create(&log).unwrap());
    user_on(here.path(), "data", &["promote", "nobody"], 1);
    user_on(here.path(), "data", &["create", "ana"], 0);
    let text = || std::fs::read_to_string(&log).unwrap();
    eventually("both are in the log", async || text().contains("create ana")).await;
    let text = text();
    let line = |word: &str| text.lines().find(|line| line.contains(word)).unwrap_or_default().to_owned();
    assert!(line("promote nobody").contains("refused"), "{text}");
    assert!(line("create ana").contains("done"), "{text}");
}

#[tokio::test]
async fn a_server_that_is_just_starting_is_waited_for() {
    let mut site = Site::running();
    site.member("ana").await;
    site.stop().await;
    let mut serve = command(site.here.path());
    serve.args(["--listen", "127.0.0.1:0", "--data", "data"]);
    let starting = std::thread::spawn(move || Process::start(serve));
    eventually("the server holds its folder", async || {
        let lock = std::fs::File::open(site.data().join("plaudit.lock")).unwrap();
        lock.try_lock_shared().is_err()
    })
    .await;
    let said = site.user(&["promote", "ana"], 0);
    assert!(!said.contains("reload"), "{said}");
    site.server = Some(starting.join().unwrap());
    let mut ana = site.server().visitor();
    ana.log_in("ana").await.ok();
    assert_eq!(ana.get("/api/reports").await.status, 200);
}

#[tokio::test]
async fn the_sites_own_account_can_speak_but_not_leave() {
    let site = Site::running();
    let password = password(&site.user(&["reset-password", "plaudit"], 0));
    let mut own = site.server().visitor();
    own.token = log_in(&site, "plaudit", &password).await.ok()["token"].as_str().map(str::to_owned);
    assert_eq!(own.post("/api/posts", &json!({"text": "An announcement"})).await.status, 201);
    own.call(Method::DELETE, "/api/me", &json!({"password": password})).await.refused(403, "forbidden");
    assert_eq!(own.get("/api/users/plaudit").await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_done_is_1_and_says_why() {
    let mut site = Site::running();
    site.member("ana").await;
    for turn in ["beside a server", "alone"] {
        for role in ["promote", "suspend", "reset-password", "delete"] {
            for nobody in ["nobody", "Not A Handle", ""] {
                let said = site.user(&[role, nobody], 1);
                assert!(said.contains("no user with this handle"), "{turn}: {said}");
            }
        }
        for role in ["suspend", "delete"] {
            let said = site.user(&[role, "plaudit"], 1);
            assert!(said.contains("the site's own account"), "{turn}: {said}");
        }
        assert!(site.user(&["create", "ana"], 1).contains("taken"), "{turn}");
        assert!(site.user(&["create", "A"], 2).contains("handle"), "{turn}");
        if site.server.is_some() {
            site.stop().await;
        }
    }
    // A folder without a site is a wrong folder, not a new site.
    for role in ["create", "promote", "suspend", "reset-password", "delete"] {
        let said = user_on(site.here.path(), "elsewhere", &[role, "ana"], 1);
        assert!(said.contains("there is no site in elsewhere") && said.contains("--data"), "{said}");
    }
    assert!(!site.here.path().join("elsewhere").exists());
}

#[tokio::test]
async fn an_inbox_is_made_staffed_and_deleted_beside_a_server_and_without() {
    let mut site = Site::running();
    let (_, ben, eva) = (site.member("ana").await, site.member("ben").await, site.member("eva").await);
    let inbox = |site: &Site, arguments: &[&str], code: i32| {
        let output = run(site.here.path(), &[&["inbox"], arguments, &["--data", "data"]].concat());
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    };
    assert!(inbox(&site, &["list"], 0).contains("There is no inbox yet"));
    let made = inbox(&site, &["create", "shop", "--name", "The Shop", "--agent", "@Ana"], 0);
    assert!(made.contains("Made the inbox @shop"), "{made}");
    assert!(inbox(&site, &["create", "shop", "--agent", "ana"], 1).contains("taken"));
    assert!(inbox(&site, &["create", "help", "--agent", "nobody"], 1).contains("no user"));
    inbox(&site, &["create", "No", "--agent"], 2);
    inbox(&site, &["agent", "add", "shop", "ben"], 0);
    let first = json!({"to": "shop", "text": "Hello", "key": "e1"});
    assert_eq!(eva.post("/api/conversations", &first).await.status, 201);
    assert_eq!(ben.get("/api/inboxes/shop/cases").await.ok()["items"][0]["last"]["text"], "Hello");
    let listed = inbox(&site, &["list"], 0);
    assert!(listed.contains("@shop (The Shop)  admins: @ana  agents: @ben"), "{listed}");
    assert!(inbox(&site, &["agent", "remove", "shop", "ana"], 1).contains("only admin"));

    site.stop().await;
    inbox(&site, &["agent", "add", "shop", "ben", "--admin"], 0);
    inbox(&site, &["agent", "remove", "shop", "ana"], 0);
    site.start();
    let again = async |handle: &str| {
        let mut actor = site.server().visitor();
        actor.log_in(handle).await.ok();
        actor
    };
    let (ana, ben, eva) = (again("ana").await, again("ben").await, again("eva").await);
    ana.get("/api/inboxes/shop/cases").await.refused(404, "not_found");
    assert_eq!(ben.get("/api/inboxes/shop/cases").await.ok()["items"][0]["last"]["text"], "Hello");
    assert!(inbox(&site, &["delete", "shop", "--yes"], 0).contains("is deleted"));
    ben.get("/api/inboxes/shop").await.refused(404, "not_found");
    let kept = eva.get("/api/conversations").await.ok();
    assert_eq!(kept["items"][0]["last"]["text"], "Hello", "what was said stays");
}
