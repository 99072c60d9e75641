//! Sessions and sockets: who may open one, and what ends it.

use plaudit::config::{Options, Switch};
use plaudit::domain::Guests;
use serde_json::{Value, json};

use crate::support::{Actor, Socket, TestApp, eventually};

#[tokio::test]
async fn logging_out_closes_the_sessions_sockets_with_4004_and_no_others() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let mut elsewhere = app.visitor();
    elsewhere.log_in("ana").await.ok();
    let (mut here, mut there) = (ana.socket().await, elsewhere.socket().await);
    here.subscribe(&["post:1"]).await;
    there.subscribe(&["post:1"]).await;
    assert_eq!(ana.delete("/api/session").await.status, 204);
    assert_eq!(here.closed().await, 4004);
    there.flush_out().await;
    assert_eq!(elsewhere.delete("/api/sessions").await.status, 204);
    assert_eq!(there.closed().await, 4004);
}

#[tokio::test]
async fn signing_up_ends_the_guests_session_and_its_sockets() {
    let app = TestApp::start().await;
    let mut guest = app.guest().await;
    let mut socket = guest.socket().await;
    socket.subscribe(&["me"]).await;
    guest.sign_up("ana").await.ok();
    assert_eq!(socket.closed().await, 4004);
    let mut socket = guest.socket().await;
    assert_eq!(socket.subscribe(&["post:1"]).await[0]["liked"], true, "the like has stayed");
}

#[tokio::test]
async fn a_bad_bearer_is_401_and_a_bad_cookie_is_nobody() {
    let app = TestApp::start().await;
    let base = app.url("");
    let bad = "A".repeat(43);
    for value in [format!("Bearer {bad}"), "Bearer".into(), "Bearer x".into()] {
        assert_eq!(Socket::open_with(&base, &[("authorization", &value)]).await.err(), Some(401), "{value}");
    }
    assert!(Socket::open_with(&base, &[("authorization", "Basic abc")]).await.is_ok(), "that is a proxy's");
    let cookie = format!("plaudit_session={bad}");
    let mut socket = Socket::open_with(&base, &[("cookie", &cookie), ("origin", &base)]).await.unwrap();
    assert_eq!(socket.like(1, true).await["code"], "no_session");
}

#[tokio::test]
async fn a_foreign_origin_opens_no_socket() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let base = app.url("");
    let cookie = format!("plaudit_session={}", ana.token.clone().unwrap());
    for origin in [
        "null",
        "http://evil.example",
        "https://127.0.0.1",
        &format!("{base}.evil.example"),
        &format!("{base}/"),
        "",
    ] {
        let refused = Socket::open_with(&base, &[("cookie", &cookie), ("origin", origin)]).await.err();
        assert_eq!(refused, Some(403), "{origin:?}");
    }
    assert_eq!(
        Socket::open_with(&base, &[("cookie", &cookie)]).await.err(),
        Some(403),
        "a cookie needs an origin"
    );
    let mut socket = Socket::open_with(&base, &[("cookie", &cookie), ("origin", &base)]).await.unwrap();
    assert_eq!(socket.like(1, true).await["type"], "ok");
}

#[tokio::test]
async fn without_an_upgrade_live_answers_426() {
    let app = TestApp::start().await;
    assert_eq!(app.visitor().get("/live").await.status, 426);
    let half = app.visitor();
    let request = half
        .request(reqwest::Method::GET, "/live")
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    assert_eq!(half.send(request.header("sec-websocket-version", "8")).await.status, 426);
}

#[tokio::test]
async fn another_users_page_opens_no_socket() {
    let app = TestApp::start().await;
    let (ana, ben, guest) = (app.member("ana").await, app.member("ben").await, app.guest().await);
    let open = async |who: &Actor, user: &str| {
        let request = who
            .request(reqwest::Method::GET, &format!("/live{user}"))
            .header("origin", app.url(""))
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        who.send(request).await.status.as_u16()
    };
    let of = |who: &Actor| format!("?user={}", who.id);
    for (who, user, status) in [
        (&ana, of(&ana), 101),
        (&ana, String::new(), 101),
        (&ana, of(&ben), 409),
        (&ana, "?user=0".to_owned(), 409),
        (&guest, "?user=0".to_owned(), 101),
        (&guest, of(&ana), 409),
        (&app.visitor(), "?user=0".to_owned(), 101),
        (&app.visitor(), of(&ana), 409),
        (&ana, "?user=".to_owned(), 400),
        (&ana, "?user=ana".to_owned(), 400),
        (&ana, format!("{}&user=0", of(&ana)), 400),
    ] {
        assert_eq!(open(who, &user).await, status, "{user}");
    }
}

#[tokio::test]
async fn only_get_opens_a_socket() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let request = visitor
        .request(reqwest::Method::HEAD, "/live")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(visitor.send(request).await.status, 405);
}

#[tokio::test]
async fn the_subprotocol_is_confirmed_where_it_is_offered() {
    let app = TestApp::start().await;
    assert!(Socket::open_with(&app.url(""), &[("sec-websocket-protocol", "plaudit.v1")]).await.is_ok());
}

#[tokio::test]
async fn me_needs_a_session_and_means_ones_own() {
    let app = TestApp::start().await;
    let mut nobody = app.visitor().socket().await;
    assert_eq!(nobody.subscribe(&["me"]).await[0], json!({"topic": "me", "error": "no_session"}));
    let mut ana = app.member("ana").await.socket().await;
    assert_eq!(ana.subscribe(&["me"]).await[0], json!({"topic": "me"}));
}

#[tokio::test]
async fn closed_sockets_give_their_places_back() {
    let options = plaudit::config::Options { connections_per_address: Some(3), ..Default::default() };
    let app = TestApp::with(options, |_| {}).await;
    let base = app.url("");
    let sockets =
        [Socket::open(&base, None).await, Socket::open(&base, None).await, Socket::open(&base, None).await];
    let refused = tokio::net::TcpStream::connect(app.address).await.unwrap();
    let mut refused = refused;
    let answer = crate::support::raw::read(&mut refused, |_| false).await;
    assert_eq!(crate::support::raw::status(&answer), 503, "{answer}");
    assert!(answer.contains("Retry-After:"), "{answer}");
    drop(sockets);
    eventually("places come back", async || Socket::open_with(&base, &[]).await.is_ok()).await;
}

#[tokio::test]
async fn logging_in_takes_over_what_the_guest_did_and_open_pages_see_it() {
    let options = Options { guests: Some(Guests::Comment), limits: Some(Switch::Off), ..Options::default() };
    let app = TestApp::with(options, |_| {}).await;
    let ana = app.member("ana").await;
    let (both, one) = (ana.write("Liked by both").await, ana.write("Liked by one").await);
    ana.like(both).await;
    let mut browser = app.guest().await;
    for post in [both, one] {
        browser.like(post).await;
    }
    let comment = browser.comment(one, "Written as a guest").await;

    let mut watcher = app.visitor().socket().await;
    let topics = [both, one].map(|post| format!("post:{post}"));
    let comments = format!("post:{one}/comments");
    let shown = watcher.subscribe(&[&topics[0], &topics[1], &comments]).await;
    assert_eq!(
        (&shown[0]["likes"], &shown[1]["likes"], &shown[1]["comments"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let mut elsewhere = ana.socket().await;
    elsewhere.subscribe(&["me"]).await;
    let mut guests_page = browser.socket().await;

    browser.log_in("ana").await.ok();
    assert_eq!(browser.id, ana.id);
    assert_eq!(guests_page.closed().await, 4004);
    let told = elsewhere.until(|push| push["type"] == "liked" && push["post"] == one).await;
    assert_eq!(told["liked"], true);
    let (mut count, mut moved, mut author) = (Value::Null, false, Value::Null);
    while count != 1 || !moved || author != "ana" {
        let push = watcher.next().await;
        match push["type"].as_str().unwrap() {
            "counts" if push["topic"] == *topics[0] => count = push["likes"].clone(),
            "counts" => {
                assert_eq!((&push["likes"], &push["comments"]), (&json!(1), &json!(1)));
                moved = true;
            }
            "comment.edited" => {
                assert_eq!(push["comment"]["id"], comment);
                assert_eq!(push["comment"]["edited_at"], Value::Null, "its text is as it was");
                author = push["comment"]["author"]["handle"].clone();
            }
            other => panic!("{other}: {push}"),
        }
    }
    for post in [both, one] {
        let likers = browser.get(&format!("/api/posts/{post}/likes")).await.ok();
        let handles: Vec<_> =
            likers["items"].as_array().unwrap().iter().map(|it| &it["user"]["handle"]).collect();
        assert_eq!(handles, ["ana"]);
        assert_eq!(browser.like(post).await["changed"], false, "one person likes once");
    }
}
