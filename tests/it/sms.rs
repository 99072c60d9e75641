//! Text messages by a real process and a stand-in for a provider: what is repeated while the process is killed is one message,
//! what was being sent when it was killed is not sent again, and numbers, texts and secrets are in no log.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plaudit_sandbox::{AnswerFault, Faults, Sandbox, Settings};
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::form_urlencoded::Serializer;

use crate::support::process::{Process, command, run};
use crate::support::{Actor, Waiting, database, eventually};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+15550100";
const EVA: &str = "+12025550143";

/// A site with an inbox that has a number, as a process of its own, and the provider.
struct Shop {
    here: TempDir,
    address: SocketAddr,
    process: Process,
    sandbox: Sandbox,
    ana: Actor,
}

impl Shop {
    async fn open() -> Self {
        let here = tempfile::tempdir().unwrap();
        // The provider signs the site's address, so that is chosen first.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let hook = format!("http://{address}/hooks/sms/shop");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = Sandbox::start(listener, Settings::new(hook, SECRET, NUMBER)).unwrap();
        std::fs::write(here.path().join("secret"), SECRET).unwrap();
        let config = format!(
            "public-url = \"http://{address}\"\n[[sms]]\ninbox = \"shop\"\nprovider = \"twilio\"\n\
             number = \"{NUMBER}\"\naccount = \"ACsandbox\"\nsecret-file = \"{}\"\napi = \"{}\"\n",
            here.path().join("secret").display(),
            sandbox.api()
        );
        std::fs::write(here.path().join("plaudit.toml"), config).unwrap();
        let process = serve(here.path(), address);
        let mut ana = process.visitor();
        ana.sign_up("ana").await.ok();
        let made = run(here.path(), &["inbox", "create", "shop", "--agent", "ana", "--data", "data"]);
        assert!(made.status.success(), "{made:?}");
        Self { here, address, process, sandbox, ana }
    }

    fn restart(&mut self) {
        self.process.kill();
        self.process = serve(self.here.path(), self.address);
    }

    fn data(&self) -> PathBuf {
        self.here.path().join("data")
    }

    async fn cases(&self) -> Vec<Value> {
        let cases = self.ana.get("/api/inboxes/shop/cases?limit=100").await.ok();
        cases["items"].as_array().unwrap().clone()
    }

    async fn messages(&self, case: &Value) -> Vec<Value> {
        let path = format!("/api/conversations/{}/messages?limit=100", case["id"]);
        self.ana.get(&path).await.ok()["items"].as_array().unwrap().clone()
    }

    async fn answer(&self, case: &Value, text: &str) -> u64 {
        let body = json!({"text": text, "key": format!("k{}", text.len())});
        let answer = self.ana.post(&format!("/api/conversations/{}/messages", case["id"]), &body).await;
        answer.ok()["message"]["id"].as_u64().unwrap()
    }

    async fn becomes(&self, case: &Value, message: u64, state: &str) {
        eventually(state, async || {
            let messages = self.messages(case).await;
            messages.iter().any(|one| one["id"] == message && one["delivery"]["state"] == state)
        })
        .await;
    }

    fn is_whole(&self) {
        let checked = run(self.here.path(), &["check", "--data", "data"]);
        assert!(checked.status.success(), "{checked:?}");
    }
}

fn serve(here: &Path, address: SocketAddr) -> Process {
    let mut command = command(here);
    let log = std::fs::OpenOptions::new().append(true).create(true).open(here.join("log")).unwrap();
    command.args(["serve", "--config", "plaudit.toml", "--data", "data", "--listen", &address.to_string()]);
    command.env("PLAUDIT_LOG", "debug");
    Process::logging(command, Stdio::from(log))
}

/// One text as the provider tells it: always the same call, signed.
async fn call(client: &reqwest::Client, address: SocketAddr, number: usize) -> Result<u16, reqwest::Error> {
    let url = format!("http://{address}/hooks/sms/shop");
    let sid = format!("SM{number:032x}");
    let (from, body) = (format!("+1202555{:04}", 1000 + number % 10), format!("Question {number}"));
    let fields = [
        ("AccountSid", "ACsandbox"),
        ("Body", &body),
        ("From", &from),
        ("MessageSid", &sid),
        ("NumMedia", "0"),
        ("SmsStatus", "received"),
        ("To", NUMBER),
    ];
    let signed: String = url
        .chars()
        .chain(fields.iter().flat_map(|(name, value)| name.chars().chain(value.chars())))
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = client.request(Method::POST, url).header("x-twilio-signature", signature);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    Ok(request.send().await?.status().as_u16())
}

/// Repeats texts from many connections until each call is answered, and kills the process twice in between.
async fn replay(calls: usize, connections: usize) {
    let mut shop = Shop::open().await;
    let texts = calls / 10;
    let (next, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (next, answered, address) = (next.clone(), answered.clone(), shop.address);
        tasks.push(tokio::spawn(async move {
            let client = reqwest::Client::new();
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= calls {
                    return;
                }
                let waiting = Waiting::until("a call is answered");
                // A provider whose call was cut off calls again.
                while !matches!(call(&client, address, turn % texts).await, Ok(200)) {
                    waiting.a_moment().await;
                }
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for part in [1, 2] {
        let waiting = Waiting::until("some calls are answered");
        while answered.load(Ordering::Relaxed) < calls * part / 3 {
            waiting.a_moment().await;
        }
        shop.restart();
    }
    for task in tasks {
        task.await.unwrap();
    }
    let db = database::open(&shop.data());
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, usize>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM sms"), texts, "each once");
    assert_eq!(count("SELECT count(DISTINCT text) FROM messages WHERE text LIKE 'Question %'"), texts);
    assert_eq!(
        count("SELECT count(*) FROM messages WHERE text LIKE 'Question %'"),
        texts,
        "none doubled, none lost"
    );
    assert_eq!(count("SELECT count(*) FROM phones"), 10, "one customer for each number");
    assert_eq!(shop.cases().await.len(), 10);
    shop.is_whole();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_repeated_while_the_process_is_killed_is_one_message() {
    replay(600, 20).await;
}

/// As many as a bad day brings: by hand, `cargo test --release --test it -- --ignored ten_thousand`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes without optimization"]
async fn ten_thousand_repetitions_from_fifty_connections_and_two_kills_leave_each_text_once() {
    replay(10_000, 50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_sent_when_the_process_was_killed_is_unsure_and_not_sent_again() {
    let mut shop = Shop::open().await;
    shop.sandbox.text(EVA, "Is it open on Sunday?");
    eventually("it is there", async || shop.cases().await.len() == 1).await;
    let case = shop.cases().await.remove(0);
    // The provider takes it, and its answer never comes.
    shop.sandbox.answer_next([AnswerFault::HangAfter]);
    let first = shop.answer(&case, "From ten.").await;
    eventually("the provider has it", async || shop.sandbox.counted("sends") == 1).await;
    let second = shop.answer(&case, "On Monday too.").await;
    shop.restart();
    shop.becomes(&case, second, "delivered").await;
    let outgoing = |sandbox: &Sandbox| -> Vec<String> {
        let ours = sandbox.messages().into_iter().filter(|message| message.from == NUMBER);
        ours.map(|message| message.body).collect()
    };
    assert_eq!(outgoing(&shop.sandbox), ["From ten.", "On Monday too."], "each once");
    // What the provider tells of it is believed; it may have come while nobody listened.
    let states = shop.messages(&case).await;
    let state = states.iter().find(|one| one["id"] == first).unwrap()["delivery"]["state"].clone();
    assert!(["unsure", "sent", "delivered"].contains(&state.as_str().unwrap()), "{state}");
    shop.is_whole();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_providers_faults_change_nothing_but_the_time() {
    let shop = Shop::open().await;
    let faults = [
        Faults { double: true, ..Faults::default() },
        Faults { reorder: true, early: true, ..Faults::default() },
        Faults {
            double: true,
            early: true,
            delay: std::time::Duration::from_millis(30),
            ..Faults::default()
        },
    ];
    for (turn, faults) in faults.into_iter().enumerate() {
        shop.sandbox.set_faults(faults);
        shop.sandbox.text(EVA, &format!("Question {turn}"));
        eventually("it is there", async || {
            shop.cases().await.iter().any(|case| case["last"]["text"] == format!("Question {turn}"))
        })
        .await;
        let case = shop.cases().await.remove(0);
        if turn == 0 {
            shop.sandbox.answer_next([AnswerFault::TooMany(1), AnswerFault::TooMany(1)]);
        }
        let message = shop.answer(&case, &"!".repeat(turn + 1)).await;
        shop.becomes(&case, message, "delivered").await;
    }
    let case = shop.cases().await.remove(0);
    let texts: Vec<String> = shop.messages(&case).await.iter().map(|one| one["text"].to_string()).collect();
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "{texts:?}");
    assert_eq!(texts.len(), 6, "{texts:?}");
    let log = std::fs::read_to_string(shop.here.path().join("log")).unwrap();
    for secret in [SECRET, EVA, NUMBER, "Question", "!!"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    shop.is_whole();
}
