//! A provider at work, and what a test can do with it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, redirect};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::calls::Calls;
use crate::faults::{AnswerFault, Faults};
use crate::world::{Direction, Message, World, new_sid, now};
use crate::{api, phones};

/// Texts of one telephone reach the site in order; those of others do not wait for them.
const LANES: usize = 16;
/// What a lane holds; a provider drops what is more.
const LANE: usize = 1_000;

/// How a provider is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address of the site that hears of texts.
    pub hook: String,
    /// What calls are signed with, and what those who send log in with.
    pub secret: String,
    /// The site's number.
    pub number: String,
    /// The account that calls name; those who send may name another.
    pub account: String,
    /// Whether calls are doubled, delayed, reordered and forgotten by chance.
    pub chaos: bool,
    /// Between the steps of a message: people like to see them.
    pub pace: Duration,
    /// Whether to say on standard error what happens.
    pub talkative: bool,
}

impl Settings {
    /// For a test: no chaos, no pause, no word.
    pub fn new(hook: impl Into<String>, secret: impl Into<String>, number: impl Into<String>) -> Self {
        Self {
            hook: hook.into(),
            secret: secret.into(),
            number: number.into(),
            account: "ACsandbox".to_owned(),
            chaos: false,
            pace: Duration::ZERO,
            talkative: false,
        }
    }
}

/// What every request needs.
pub(crate) struct Shared {
    pub(crate) world: Arc<World>,
    pub(crate) calls: Arc<Calls>,
    lanes: Vec<mpsc::Sender<(Message, Faults)>>,
}

/// A provider at work. It ends when this is dropped.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Sandbox {
    /// Starts one here, on the runtime that calls this.
    pub fn start(listener: TcpListener, settings: Settings) -> anyhow::Result<Self> {
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(settings.number, settings.chaos));
        let calls = Arc::new(Calls {
            world: world.clone(),
            account: settings.account,
            client: client(&settings.hook)?,
            secret: settings.secret,
            hook: settings.hook,
            pace: settings.pace,
            talkative: settings.talkative,
        });
        let lanes = (0..LANES).map(|_| lane(calls.clone())).collect();
        let shared = Arc::new(Shared { world, calls, lanes });
        let router = api::routes().merge(phones::routes()).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared, server })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of its API.
    pub fn api(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Somebody writes to the site; the id of the text. The call to the site comes after this.
    pub fn text(&self, from: &str, body: &str) -> String {
        self.shared.text(from, body)
    }

    /// Tells the site of a text once more, as it was told: the same id.
    pub fn repeat(&self, sid: &str) {
        let message = self.messages().into_iter().find(|message| message.sid == sid);
        if let Some(message) = message {
            self.shared.enqueue(message, self.shared.world.faults());
        }
    }

    /// What goes wrong with the calls about every message from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.world.set_faults(faults);
    }

    /// How the next sends are answered, one after the other; those behind are answered rightly.
    pub fn answer_next(&self, faults: impl IntoIterator<Item = AnswerFault>) {
        self.shared.world.answer_next(faults);
    }

    /// Switches a telephone on or off: to one that is off nothing is delivered. It is there from now on.
    pub fn switch(&self, number: &str, on: bool) {
        self.shared.world.add_phone(Some(number));
        self.shared.world.switch(number, on);
    }

    /// Adds a telephone with a number that nobody has; none if there are too many.
    pub fn add_phone(&self) -> Option<String> {
        self.shared.world.add_phone(None)
    }

    /// All messages that it knows, the oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.shared.world.messages()
    }

    /// How many `sends`, `lists` and `calls` there were, answered or not.
    pub fn counted(&self, what: &str) -> u64 {
        self.shared.world.counted(what)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    /// A text from a telephone to the site's number.
    pub(crate) fn text(&self, from: &str, body: &str) -> String {
        let message = Message {
            sid: new_sid(),
            direction: Direction::Inbound,
            from: from.to_owned(),
            to: self.world.number().to_owned(),
            body: body.to_owned(),
            status: "received",
            error_code: None,
            at: now(),
            told: None,
            callback: None,
        };
        let sid = message.sid.clone();
        self.world.add_phone(Some(from));
        self.world.add(message.clone());
        self.calls.say("a text came from a telephone");
        self.answer_keyword(&message);
        self.enqueue(message, self.world.faults());
        sid
    }

    fn enqueue(&self, message: Message, faults: Faults) {
        let lane = message.from.bytes().fold(0, |sum, byte| sum + usize::from(byte)) % LANES;
        if self.lanes[lane].try_send((message, faults)).is_err() {
            self.calls.say("a call was dropped: too many wait");
        }
    }

    /// The provider itself answers keywords, and keeps to them.
    fn answer_keyword(&self, message: &Message) {
        let word = message.body.trim().to_ascii_uppercase();
        let answer = match word.as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "END" | "QUIT" | "CANCEL" | "REVOKE" | "OPTOUT" => {
                self.world.set_opted_out(&message.from, true);
                "You will get no more messages from this number. Reply START to get them again."
            }
            "START" | "YES" | "UNSTOP" if self.world.has_opted_out(&message.from) => {
                self.world.set_opted_out(&message.from, false);
                "You will get messages from this number again. Reply STOP to end them."
            }
            _ => return,
        };
        self.world.add(Message {
            sid: new_sid(),
            direction: Direction::OutboundReply,
            from: message.to.clone(),
            to: message.from.clone(),
            body: answer.to_owned(),
            status: "delivered",
            error_code: None,
            at: now(),
            told: None,
            callback: None,
        });
    }
}

fn lane(calls: Arc<Calls>) -> mpsc::Sender<(Message, Faults)> {
    let (sender, mut waiting) = mpsc::channel::<(Message, Faults)>(LANE);
    tokio::spawn(async move {
        while let Some((message, faults)) = waiting.recv().await {
            if faults.reorder {
                // It lets those behind it pass.
                let calls = calls.clone();
                tokio::spawn(async move { calls.tell_inbound(&message, faults).await });
                tokio::task::yield_now().await;
            } else {
                calls.tell_inbound(&message, faults).await;
            }
        }
    });
    sender
}

fn client(hook: &str) -> anyhow::Result<Client> {
    // Whoever is first wins: all of this program wants ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().redirect(redirect::Policy::none());
    // Plain HTTP needs no certificate.
    let client = if hook.starts_with("http://") { client.tls_certs_only([]) } else { client };
    client.build().context("can't prepare connections: are this machine's CA certificates installed?")
}
