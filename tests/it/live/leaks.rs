//! Notes never leak: whatever agents, customers and others do, no byte of what agents say and do among themselves reaches
//! anybody else, over any socket and in any answer.
//!
//! All that is the agents' own holds a mark: notes, canned replies, the agents' handles (the inbox shows none of them). What
//! a customer, a stranger and an agent who has gone get is searched for it. `LEAK_CASES=200` tries so many times.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use plaudit::domain::Clock as _;
use plaudit::store::InboxChange;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Socket, TestApp};

/// In no word, and in no token of a length that matters.
const MARK: &str = "zqxjvk";
/// Fields that only agents get.
const FIELDS: [&str; 5] =
    ["\"assignee\"", "\"notes_seq\"", "\"unassigned\"", "\"opted_out\"", "\"shortcut\""];

/// The customers, a stranger, and an agent who comes and goes.
const EVA: usize = 0;
const GUS: usize = 1;
const TOM: usize = 2;
const BEN: usize = 3;

#[derive(Debug, Clone)]
enum Act {
    /// A customer writes, changes its last message, or removes it.
    Say(usize),
    Edit(usize),
    Unsay(usize),
    /// An agent answers, notes, gives a case away, gives it a status, keeps a reply, types; which agent, which case.
    Answer(bool, usize),
    Note(bool, usize),
    Assign(bool, usize, usize),
    Status(bool, usize, usize),
    Keep(bool),
    Type(bool, usize, bool),
    Read(bool, usize),
    /// Ben comes back, or goes.
    Turn(bool),
    /// Somebody without the right asks, over HTTP.
    Ask(usize, usize, usize),
    /// Somebody subscribes to a topic, from a place on or not; or no more; or comes anew.
    Subscribe(usize, usize, usize, Option<u64>),
    Leave(usize, usize, usize),
    Reconnect(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (who, case) = (0..4_usize, 0..3_usize);
    let agent = any::<bool>();
    let act = prop_oneof![
        3 => (0..2_usize).prop_map(Act::Say),
        1 => (0..2_usize).prop_map(Act::Edit),
        1 => (0..2_usize).prop_map(Act::Unsay),
        3 => (agent, case.clone()).prop_map(|(agent, case)| Act::Answer(agent, case)),
        5 => (agent, case.clone()).prop_map(|(agent, case)| Act::Note(agent, case)),
        3 => (agent, case.clone(), 0..3_usize).prop_map(|(agent, case, to)| Act::Assign(agent, case, to)),
        2 => (agent, case.clone(), 0..3_usize).prop_map(|(agent, case, to)| Act::Status(agent, case, to)),
        1 => agent.prop_map(Act::Keep),
        3 => (agent, case.clone(), any::<bool>()).prop_map(|(a, case, note)| Act::Type(a, case, note)),
        1 => (agent, case.clone()).prop_map(|(agent, case)| Act::Read(agent, case)),
        4 => any::<bool>().prop_map(Act::Turn),
        6 => (who.clone(), case.clone(), 0..ADDRESSES.len()).prop_map(|(who, case, at)| Act::Ask(who, case, at)),
        5 => (who.clone(), case.clone(), 0..TOPICS.len(), prop::option::of(0..9_u64))
            .prop_map(|(who, case, topic, since)| Act::Subscribe(who, case, topic, since)),
        1 => (who.clone(), case, 0..TOPICS.len()).prop_map(|(who, case, topic)| Act::Leave(who, case, topic)),
        1 => who.prop_map(Act::Reconnect),
    ];
    prop::collection::vec(act, 20..60)
}

/// What anybody may try to read or change; `{id}` is a case.
const ADDRESSES: [(&str, &str, &str); 21] = [
    ("GET", "/api/conversations", ""),
    ("GET", "/api/conversations/{id}", ""),
    ("GET", "/api/conversations/{id}/messages", ""),
    ("GET", "/api/conversations/{id}/notes", ""),
    ("GET", "/api/conversations/{id}/case", ""),
    ("GET", "/api/inboxes/shop", ""),
    ("GET", "/api/inboxes/shop/cases", ""),
    ("GET", "/api/inboxes/shop/cases?q=k1&order=longest", ""),
    ("GET", "/api/inboxes/shop/replies", ""),
    ("GET", "/api/inboxes/shop/stats", ""),
    ("GET", "/api/notifications", ""),
    ("PUT", "/api/conversations/{id}/assignee", r#"{"agent": null, "expect": null}"#),
    ("PUT", "/api/conversations/{id}/status", r#"{"status": "open"}"#),
    ("POST", "/api/conversations/{id}/notes", r#"{"text": "Me too", "key": "k1"}"#),
    ("PUT", "/api/conversations/{id}/read", r#"{"read": 9}"#),
    ("GET", "/messages", ""),
    ("GET", "/messages/{id}", ""),
    ("GET", "/inboxes/shop/replies", ""),
    ("GET", "/@shop", ""),
    ("GET", "/inboxes/shop", ""),
    ("GET", "/inboxes/shop/{id}", ""),
];

/// What anybody may try to subscribe to; `{id}` is a case, `{inbox}` the inbox.
const TOPICS: [&str; 9] = [
    "conversations",
    "unread",
    "notifications",
    "conversation:{id}",
    "conversation:{id}/presence",
    "conversation:{id}/notes",
    "conversation:{id}/agents",
    "inbox:{inbox}",
    "inbox:{inbox}/waiting",
];

/// Somebody, and all that it got.
struct Ear {
    who: Actor,
    socket: Socket,
    heard: String,
}

impl Ear {
    async fn new(app: &TestApp, handle: &str) -> Self {
        let who = app.member(handle).await;
        let socket = who.socket().await;
        Self { who, socket, heard: String::new() }
    }

    fn note(&mut self, got: &str) {
        self.heard.push_str(got);
        self.heard.push('\n');
    }

    async fn call(&mut self, command: Value) -> Value {
        let (reply, pushes) = self.socket.call_with_pushes(command).await;
        for got in pushes.iter().chain([&reply]) {
            self.note(&got.to_string());
        }
        reply
    }

    /// Reads all that has been sent to it.
    async fn listen(&mut self) {
        self.call(json!({"type": "unsubscribe", "topics": ["post:9007199254740991"]})).await;
    }

    async fn http(&mut self, method: &str, path: &str, body: &str) -> Value {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let kind = (!body.is_empty()).then_some("application/json");
        let answer = self.who.send_body(method, path, kind, body.to_owned()).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        self.note(&format!("{path} {} {:?} {}", answer.status, answer.headers, answer.text));
        serde_json::from_str(&answer.text).unwrap_or(Value::Null)
    }
}

/// The site, those who must not hear, and the agent who always may.
struct Scene {
    app: TestApp,
    inbox: u64,
    ana: Ear,
    ears: [Ear; 4],
    /// Ben answers for the inbox.
    is_agent: bool,
    /// The cases of Eva, of Gus, and of Ben from when he was a customer himself.
    cases: Vec<u64>,
    last: [Option<u64>; 2],
    marks: u64,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let ana = Ear::new(&app, &format!("{MARK}_ana")).await;
        let mut ears = [
            Ear::new(&app, "eva").await,
            Ear::new(&app, "gus").await,
            Ear::new(&app, "tom").await,
            Ear::new(&app, &format!("{MARK}_ben")).await,
        ];
        let inbox = app.inbox("shop", &format!("{MARK}_ana")).await;
        let unseen = InboxChange { show_agents: Some(false), ..InboxChange::default() };
        app.server().store.update_inbox(plaudit::domain::UserId(inbox), unseen).await.unwrap();
        let mut cases = Vec::new();
        for (at, ear) in [EVA, GUS, BEN].into_iter().enumerate() {
            let first = json!({"to": "shop", "text": "Hello", "key": format!("first{at}")});
            let begun = ears[ear].http("POST", "/api/conversations", &first.to_string()).await;
            cases.push(begun["conversation"]["id"].as_u64().unwrap());
        }
        let mut scene = Self { app, inbox, ana, ears, is_agent: false, cases, last: [None; 2], marks: 0 };
        for topic in 0..TOPICS.len() {
            for who in [EVA, GUS, TOM] {
                scene.subscribe(who, who % 2, topic, None).await;
            }
            let topic = scene.topic(0, topic);
            scene.ana.call(json!({"type": "subscribe", "topics": [{"topic": topic}]})).await;
        }
        scene
    }

    fn key(&mut self) -> String {
        self.marks += 1;
        format!("k{}", self.marks)
    }

    fn mark(&mut self) -> String {
        format!("{MARK}{}", self.key())
    }

    fn topic(&self, case: usize, topic: usize) -> String {
        TOPICS[topic]
            .replace("{id}", &self.cases[case].to_string())
            .replace("{inbox}", &self.inbox.to_string())
    }

    /// The agent who acts: Ben where he is one and is meant.
    fn agent(&mut self, ben: bool) -> &mut Ear {
        if ben && self.is_agent { &mut self.ears[BEN] } else { &mut self.ana }
    }

    async fn subscribe(&mut self, who: usize, case: usize, topic: usize, since: Option<u64>) {
        let mut wanted = json!({"topic": self.topic(case, topic)});
        if let Some(since) = since {
            wanted["since"] = json!(since);
        }
        let epoch = self.app.server().store.epoch().to_owned();
        self.ears[who].call(json!({"type": "subscribe", "epoch": epoch, "topics": [wanted]})).await;
    }

    /// Whoever must hear nothing has heard nothing. What Ben gets while he is an agent is his to hear.
    async fn check(&mut self) {
        for (at, ear) in self.ears.iter_mut().enumerate() {
            ear.listen().await;
            let mut heard = std::mem::take(&mut ear.heard);
            if at == BEN {
                if self.is_agent {
                    continue;
                }
                heard = heard.replace(&format!("{MARK}_ben"), "ben");
            }
            let leaked = [MARK].into_iter().chain(FIELDS).find_map(|mark| heard.find(mark));
            if let Some(place) = leaked {
                let from = heard[..place].rfind('\n').map_or(0, |line| line + 1);
                let line = heard[from..].lines().next().unwrap_or_default();
                panic!("{} got what is the agents' own: {line}", ["eva", "gus", "tom", "ben"][at]);
            }
            // To Gus nobody ever types anything but notes about him.
            let typing = format!(
                "\"topic\":\"conversation:{}/presence\",\"type\":\"presence\",\"typing\":[{{",
                self.cases[1]
            );
            assert!(at != GUS || !heard.contains(&typing), "gus sees that a note is typed: {heard}");
        }
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::Say(who) => {
                let (path, key) = (format!("/api/conversations/{}/messages", self.cases[who]), self.key());
                let body = json!({"text": "And now?", "key": key}).to_string();
                let said = self.ears[who].http("POST", &path, &body).await;
                self.last[who] = said["message"]["id"].as_u64();
            }
            Act::Edit(who) => {
                if let Some(id) = self.last[who] {
                    let body = json!({"text": format!("And {id}?")}).to_string();
                    self.ears[who].http("PATCH", &format!("/api/messages/{id}"), &body).await;
                }
            }
            Act::Unsay(who) => {
                if let Some(id) = self.last[who].take() {
                    self.ears[who].http("DELETE", &format!("/api/messages/{id}"), "").await;
                }
            }
            Act::Answer(ben, case) => self.agents_post(ben, case, "messages", "Until four.".into()).await,
            Act::Note(ben, case) => {
                let mark = self.mark();
                self.agents_post(ben, case, "notes", mark).await;
            }
            Act::Assign(ben, case, to) => {
                let path = format!("/api/conversations/{}", self.cases[case]);
                let handles = [None, Some(format!("{MARK}_ana")), Some(format!("{MARK}_ben"))];
                let has = self.ana.http("GET", &format!("{path}/case"), "").await;
                let expect = &has["case"]["assignee"]["handle"];
                let body = json!({"agent": handles[to], "expect": expect}).to_string();
                self.agent(ben).http("PUT", &format!("{path}/assignee"), &body).await;
            }
            Act::Status(ben, case, status) => {
                let until = self.app.clock.now().plus_seconds(3600).to_string();
                let body = [
                    json!({"status": "open"}),
                    json!({"status": "closed"}),
                    json!({"status": "snoozed", "until": until}),
                ];
                let path = format!("/api/conversations/{}/status", self.cases[case]);
                self.agent(ben).http("PUT", &path, &body[status].to_string()).await;
            }
            Act::Keep(ben) => {
                let (mark, shortcut) = (self.mark(), self.key());
                let body = json!({"shortcut": shortcut, "text": mark}).to_string();
                self.agent(ben).http("POST", "/api/inboxes/shop/replies", &body).await;
            }
            Act::Type(ben, case, note) => {
                let note = note || case == 1;
                let topic = self.topic(case, 6);
                let agent = self.agent(ben);
                agent.call(json!({"type": "subscribe", "topics": [{"topic": topic}]})).await;
                let mode = if note { "note" } else { "reply" };
                agent.socket.send(&json!({"type": "typing", "topic": topic, "mode": mode})).await;
                agent.listen().await;
            }
            Act::Read(ben, case) => {
                let path = format!("/api/conversations/{}/read", self.cases[case]);
                self.agent(ben).http("PUT", &path, r#"{"read": 1}"#).await;
            }
            Act::Turn(comes) => self.turn(comes).await,
            Act::Ask(who, case, at) => {
                let (method, path, body) = ADDRESSES[at];
                let path = path.replace("{id}", &self.cases[case].to_string());
                self.ears[who].http(method, &path, body).await;
            }
            Act::Subscribe(who, case, topic, since) => self.subscribe(who, case, topic, since).await,
            Act::Leave(who, case, topic) => {
                let topic = self.topic(case, topic);
                self.ears[who].call(json!({"type": "unsubscribe", "topics": [topic]})).await;
            }
            Act::Reconnect(who) => {
                self.ears[who].listen().await;
                self.ears[who].socket = self.ears[who].who.socket().await;
            }
        }
    }

    async fn agents_post(&mut self, ben: bool, case: usize, what: &str, text: String) {
        let (path, key) = (format!("/api/conversations/{}/{what}", self.cases[case]), self.key());
        let body = json!({"text": text, "key": key}).to_string();
        self.agent(ben).http("POST", &path, &body).await;
    }

    /// Ben becomes an agent, or is none any more; what he has heard until then is judged by what he was.
    async fn turn(&mut self, comes: bool) {
        if comes == self.is_agent {
            return;
        }
        self.check().await;
        let path = format!("/api/inboxes/shop/agents/{MARK}_ben");
        if comes {
            self.ana.http("PUT", &path, r#"{"role": "agent"}"#).await;
        } else {
            self.ana.http("DELETE", &path, "").await;
            // What was under way before he went.
            self.ears[BEN].listen().await;
            self.ears[BEN].heard.clear();
        }
        self.is_agent = comes;
    }
}

#[test]
fn nobody_else_ever_gets_what_is_the_agents_own() {
    let cases = std::env::var("LEAK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2);
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 40,
        ..ProptestConfig::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let marked = Arc::new(AtomicU64::new(0));
    TestRunner::new(config)
        .run(&acts(), |acts| {
            runtime.block_on(async {
                let mut scene = Scene::new().await;
                for act in acts {
                    scene.act(act).await;
                    if !scene.is_agent {
                        scene.ears[BEN].listen().await;
                    }
                }
                // The last word: what was owed to the customers before it has come.
                for case in 0..2 {
                    scene.act(Act::Answer(false, case)).await;
                    let topic = scene.topic(case, 3);
                    scene.ears[case].call(json!({"type": "subscribe", "topics": [{"topic": topic}]})).await;
                }
                scene.turn(false).await;
                scene.check().await;
                scene.ana.listen().await;
                marked.fetch_add(scene.ana.heard.matches(MARK).count() as u64, Ordering::Relaxed);
                scene.app.stop().await;
            });
            Ok(())
        })
        .unwrap();
    let marked = marked.load(Ordering::Relaxed);
    assert!(marked > 10 * u64::from(cases), "the agents themselves heard of it {marked} times");
}
