//! How much in how much time: likes, posts, sign-ups, guests, failed log-ins; and whose address counts.

use std::collections::HashMap;
use std::time::Instant;

use plaudit::config::{Options, Switch};
use serde_json::json;

use super::check_problem;
use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

/// A site with all limits, behind a proxy on this machine: each test chooses who comes from where.
pub(super) async fn site(options: Options) -> TestApp {
    let proxies = vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
    TestApp::with(Options { trusted_proxies: Some(proxies), ..options }, |_| {}).await
}

/// Somebody at an address.
fn at(app: &TestApp, address: &str) -> Actor {
    app.visitor().at(address)
}

pub(super) async fn member_at(app: &TestApp, handle: &str, address: &str) -> Actor {
    // Members are made elsewhere, so that this address's sign-ups are still all there.
    let home = handle.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 65_521);
    let mut actor = at(app, &format!("2001:db8:{home:x}::1"));
    actor.sign_up(handle).await.ok();
    actor.at(address)
}

/// Runs so many at once; gives how often each status came, and one of the refusals.
pub(super) async fn at_once<F>(
    count: usize,
    one: impl Fn(usize) -> F,
) -> (HashMap<u16, usize>, Option<Answer>)
where
    F: Future<Output = Answer> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|turn| tokio::spawn(one(turn))).collect();
    let (mut counts, mut refused) = (HashMap::new(), None);
    for task in tasks {
        let answer = task.await.unwrap();
        *counts.entry(answer.status.as_u16()).or_default() += 1;
        if answer.status == 429 {
            refused = Some(answer);
        }
    }
    (counts, refused)
}

/// A refusal that says when to come back, twice and equally, within so many seconds.
#[track_caller]
fn check_refusal(answer: Option<Answer>, within: u64) {
    let answer = answer.expect("somebody was refused");
    check_problem(&answer, "too many");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    let problem = answer.refused(429, "rate_limited");
    let milliseconds = problem["retry_after_ms"].as_u64().unwrap();
    assert_eq!(seconds, milliseconds.div_ceil(1000), "{problem}");
    assert!((1..=within).contains(&seconds), "{problem}");
}

async fn like(actor: Actor, turn: usize) -> Answer {
    if turn.is_multiple_of(2) {
        actor.put("/api/posts/1/like").await
    } else {
        actor.delete("/api/posts/1/like").await
    }
}

#[tokio::test]
async fn a_user_likes_60_times_a_minute_over_all_doors() {
    let app = site(Options::default()).await;
    let ana = member_at(&app, "ana", "192.0.2.1").await;
    let start = Instant::now();
    let (counts, refused) = at_once(100, |turn| {
        let ana = ana.clone().at(&format!("192.0.2.{turn}"));
        async move { like(ana, turn).await }
    })
    .await;
    // One more for each second that this took.
    let most = 61 + usize::try_from(start.elapsed().as_secs()).unwrap();
    assert!((60..=most).contains(&counts[&200]), "{counts:?}");
    assert_eq!(counts[&200] + counts[&429], 100);
    check_refusal(refused, 60);
    // The form and the socket count into the same.
    let before = app.dump();
    let mut socket = ana.socket().await;
    let mut refusals = 0;
    for turn in 0..12 {
        let answer = socket.like(1, turn % 2 == 0).await;
        refusals += usize::from(answer["code"] == "rate_limited" && answer["retry_after_ms"].is_u64());
        let page = ana.post_form("/posts/1/like", "on=1").await;
        refusals += usize::from(page.status == 429 && !page.header("retry-after").is_empty());
    }
    assert!(refusals >= 12, "{refusals} of 24");
    let ben = member_at(&app, "ben", "192.0.2.1").await;
    assert_eq!(ben.put("/api/posts/1/like").await.status, 200, "another one is not concerned");
    assert_ne!(app.dump(), before);
}

#[tokio::test]
async fn an_address_likes_600_times_a_minute() {
    let app = site(Options::default()).await;
    let mut people = Vec::new();
    for turn in 0..12 {
        people.push(member_at(&app, &format!("user{turn}"), "192.0.2.1").await);
    }
    let start = Instant::now();
    let (counts, refused) = at_once(700, |turn| {
        let actor = people[turn % 12].clone();
        async move { like(actor, turn / 12).await }
    })
    .await;
    let most = 601 + usize::try_from(start.elapsed().as_millis() / 100).unwrap();
    assert!((600..=most).contains(&counts[&200]), "{counts:?}");
    check_refusal(refused, 60);
    let elsewhere = member_at(&app, "ben", "192.0.2.2").await;
    assert_eq!(elsewhere.put("/api/posts/1/like").await.status, 200);
}

#[tokio::test]
async fn a_user_writes_10_posts_a_minute() {
    let app = site(Options::default()).await;
    let ana = member_at(&app, "ana", "192.0.2.1").await;
    let (counts, refused) = at_once(20, |turn| {
        let ana = ana.clone();
        async move { ana.post("/api/posts", &json!({"text": turn.to_string()})).await }
    })
    .await;
    assert!((10..=13).contains(&counts[&201]), "{counts:?}");
    check_refusal(refused, 6);
    assert_eq!(ana.post_form("/posts", "text=x").await.status, 429);
}

#[tokio::test]
async fn a_user_comments_20_times_a_minute_written_or_edited() {
    let app = site(Options::default()).await;
    let ana = member_at(&app, "ana", "192.0.2.1").await;
    let first = ana.comment(1, "First").await;
    // What is no comment does not count.
    for _ in 0..20 {
        ana.post("/api/posts/1/comments", &json!({"text": ""})).await.refused(400, "bad_request");
    }
    let (counts, refused) = at_once(40, |turn| {
        let ana = ana.clone().at(&format!("192.0.2.{turn}"));
        async move {
            let text = json!({"text": turn.to_string()});
            if turn % 2 == 0 {
                ana.post("/api/posts/1/comments", &text).await
            } else {
                ana.call(reqwest::Method::PATCH, &format!("/api/comments/{first}"), &text).await
            }
        }
    })
    .await;
    let done = 1 + counts.get(&200).unwrap_or(&0) + counts.get(&201).unwrap_or(&0);
    assert!((20..=23).contains(&done), "{counts:?}");
    assert_eq!(done + counts[&429], 41);
    check_refusal(refused, 3);
    let comments = app.visitor().get("/api/posts/1").await.ok()["post"]["comments"].as_u64().unwrap();
    assert_eq!(comments, 1 + counts.get(&201).map_or(0, |count| *count as u64), "a refused one is not there");
    let ben = member_at(&app, "ben", "192.0.2.1").await;
    ben.comment(1, "Another one is not concerned").await;
}

#[tokio::test]
async fn a_user_reports_10_times_and_changes_itself_20_times_a_minute() {
    let app = site(Options::default()).await;
    let ana = member_at(&app, "ana", "192.0.2.1").await;
    let (counts, refused) = at_once(20, |_| {
        let ana = ana.clone();
        async move { ana.post("/api/reports", &json!({"post": 1})).await }
    })
    .await;
    assert!((10..=12).contains(&counts[&201]), "{counts:?}");
    check_refusal(refused, 6);
    for _ in 0..30 {
        ana.call(reqwest::Method::PATCH, "/api/me", &json!({})).await.ok();
    }
    let (counts, refused) = at_once(40, |turn| {
        let ana = ana.clone();
        async move {
            if turn % 2 == 0 {
                ana.call(reqwest::Method::PATCH, "/api/me", &json!({"bio": turn.to_string()})).await
            } else {
                let change = json!({"show_viewing": turn % 4 == 1});
                ana.call(reqwest::Method::PATCH, "/api/me/settings", &change).await
            }
        }
    })
    .await;
    assert!((20..=23).contains(&counts[&200]), "{counts:?}");
    check_refusal(refused, 3);
}

#[tokio::test]
async fn an_address_makes_5_members_an_hour() {
    let app = site(Options::default()).await;
    let (counts, refused) = at_once(12, |turn| {
        let mut actor = at(&app, "192.0.2.1");
        async move { actor.sign_up(&format!("user{turn}")).await }
    })
    .await;
    assert_eq!((counts[&201], counts[&429]), (5, 7));
    check_refusal(refused, 720);
    assert_eq!(
        at(&app, "192.0.2.1").post_form("/sign-up", "handle=x1&password=correct+horse").await.status,
        429
    );
    at(&app, "192.0.2.2").sign_up("ben").await.ok();
}

#[tokio::test]
async fn an_address_makes_30_guests_an_hour_and_none_by_liking_what_is_not_there() {
    let app = site(Options::default()).await;
    for turn in 0..40 {
        at(&app, "192.0.2.1").put(&format!("/api/posts/{}/like", 100 + turn)).await.refused(404, "not_found");
    }
    let (counts, refused) = at_once(45, |_| {
        let visitor = at(&app, "192.0.2.1");
        async move { visitor.put("/api/posts/1/like").await }
    })
    .await;
    assert_eq!((counts[&200], counts[&429]), (30, 15));
    check_refusal(refused, 120);
    assert_eq!(app.visitor().get("/api/posts/1").await.ok()["post"]["likes"], 30);
    at(&app, "192.0.2.2").put("/api/posts/1/like").await.ok();
}

#[tokio::test]
async fn five_wrong_passwords_for_a_handle_and_no_more_even_all_at_once() {
    let app = site(Options::default()).await;
    member_at(&app, "ana", "192.0.2.9").await;
    let wrong = json!({"handle": "ana", "password": "wrong horse!"});
    let (counts, refused) = at_once(40, |_| {
        let (visitor, wrong) = (at(&app, "192.0.2.1"), wrong.clone());
        async move { visitor.post("/api/session", &wrong).await }
    })
    .await;
    assert_eq!((counts[&401], counts[&429]), (5, 35));
    check_refusal(refused, 900);
    // Not even the right one, and not by the form.
    assert_eq!(at(&app, "192.0.2.1").log_in("ana").await.status, 429);
    assert_eq!(
        at(&app, "192.0.2.1").post_form("/log-in", "handle=ana&password=correct+horse").await.status,
        429
    );
    at(&app, "192.0.2.2").log_in("ana").await.ok();
}

#[tokio::test]
async fn right_passwords_use_up_nothing() {
    let app = site(Options::default()).await;
    member_at(&app, "ana", "192.0.2.9").await;
    for _ in 0..30 {
        at(&app, "192.0.2.1").log_in("ana").await.ok();
    }
}

#[tokio::test]
async fn twenty_wrong_passwords_from_one_address_whatever_the_handles() {
    let app = site(Options::default()).await;
    member_at(&app, "ana", "192.0.2.9").await;
    let (counts, _) = at_once(40, |turn| {
        let visitor = at(&app, "192.0.2.1");
        let wrong = json!({"handle": format!("user{turn}"), "password": "wrong horse!"});
        async move { visitor.post("/api/session", &wrong).await }
    })
    .await;
    assert_eq!((counts[&401], counts[&429]), (20, 20));
    assert_eq!(at(&app, "192.0.2.1").log_in("ana").await.status, 429);
}

#[tokio::test]
async fn x_forwarded_for_is_believed_from_proxies_only_and_only_its_rightmost_foreign_hop() {
    let app = site(Options::default()).await;
    let spoofs = |turn: usize| {
        [
            format!("203.0.113.{turn}, 192.0.2.1"),
            format!("203.0.113.{turn}, 192.0.2.1, 10.0.0.1, 127.0.0.1"),
            format!("garbage{turn}, 192.0.2.1"),
            "192.0.2.1".to_owned(),
            "::ffff:192.0.2.1".to_owned(),
        ]
    };
    // All of these come from 192.0.2.1, whatever they claim further left.
    let mut made = 0;
    for turn in 0..4 {
        for forwarded in spoofs(turn) {
            let mut actor = at(&app, &forwarded);
            made += usize::from(actor.sign_up(&format!("user{made}")).await.status == 201);
        }
    }
    assert_eq!(made, 5);
    // One /64 is one address.
    let mut made = 0;
    for turn in 0..8 {
        let mut actor = at(&app, &format!("2001:db8:0:1:{turn}::{turn}"));
        made += usize::from(actor.sign_up(&format!("six{turn}")).await.status == 201);
    }
    assert_eq!(made, 5);
}

#[tokio::test]
async fn without_trusted_proxies_x_forwarded_for_says_nothing() {
    let app = TestApp::with(Options::default(), |_| {}).await;
    let mut made = 0;
    for turn in 0..8 {
        let mut actor = at(&app, &format!("192.0.2.{turn}"));
        made += usize::from(actor.sign_up(&format!("user{turn}")).await.status == 201);
    }
    assert_eq!(made, 5);
}

#[tokio::test]
async fn limits_off_lifts_every_rate() {
    let app = TestApp::with(Options { limits: Some(Switch::Off), ..Options::default() }, |_| {}).await;
    let (counts, _) = at_once(40, |turn| {
        let mut visitor = app.visitor();
        async move {
            visitor.become_guest().await;
            visitor.sign_up(&format!("user{turn}")).await
        }
    })
    .await;
    assert_eq!(counts[&201], 40);
    let wrong = json!({"handle": "user1", "password": "wrong horse!"});
    for _ in 0..25 {
        app.visitor().post("/api/session", &wrong).await.refused(401, "bad_credentials");
    }
    let mut ana = app.visitor();
    ana.log_in("user1").await.ok();
    let (counts, _) = at_once(80, |turn| {
        let ana = ana.clone();
        async move { like(ana, turn).await }
    })
    .await;
    assert_eq!(counts[&200], 80);
    for turn in 0..15 {
        ana.write(&turn.to_string()).await;
    }
}

#[tokio::test]
async fn one_address_reads_so_much_and_others_do_not_notice() {
    let app = site(Options { reads_per_second: Some(1), ..Options::default() }).await;
    for path in ["/api/posts", "/", "/posts/1", "/api/me"] {
        let reader = at(&app, &format!("2001:db8:{:x}::1", path.len()));
        let read = async |who: Actor| who.get(path).await;
        let (counts, refused) = at_once(60, |_| {
            let who = reader.clone();
            async move { who.get(path).await }
        })
        .await;
        assert!(counts[&200] >= 10 && counts[&429] > 0, "{path}: {counts:?}");
        let refused = refused.unwrap();
        if path.starts_with("/api") {
            check_refusal(Some(refused), 1);
        } else {
            assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
            assert!(refused.text.contains("a second from one address"), "{}", refused.text);
            assert!(!refused.header("retry-after").is_empty());
        }
        assert_eq!(read(at(&app, "192.0.2.200")).await.status, 200, "{path}: another address");
        // What a page needs and who watches the server are not counted.
        for free in ["/healthz", "/readyz", "/avatars/ana.svg"] {
            for _ in 0..20 {
                assert_eq!(reader.get(free).await.status, 200);
            }
        }
    }
    let off = Options { reads_per_second: Some(1), limits: Some(Switch::Off), ..Options::default() };
    let app = site(off).await;
    let (counts, _) = at_once(60, |_| {
        let who = at(&app, "192.0.2.1");
        async move { who.get("/api/posts").await }
    })
    .await;
    assert_eq!(counts[&200], 60);
}
