//! Whatever happens, all end on the same: random writers, readers who drop, come back, read slowly or stay away, and a
//! server that restarts or is killed in the middle of it.
//!
//! `cargo test --test it converge -- --nocapture` prints what happened; `CONVERGE_SEEDS=100` does it a hundred times.

mod known;
mod reader;
mod writer;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use plaudit::config::{Options, Switch};
use serde_json::Value;
use tokio::sync::watch;

use self::reader::{Manner, Reader};
use self::writer::Writer;
use crate::support::process::Process;
use crate::support::{Actor, Socket, TestApp, Waiting};

/// What is read and written.
const TOPIC: &str = "post:1/comments";
const POST: &str = "post:1";
/// Writers, and what each of them does.
const WRITERS: u64 = 4;
const ACTS: u64 = 90;

/// The comments that are there: by id, the place of creation and the text.
type Comments = BTreeMap<u64, (u64, String)>;

/// What the store says in the end.
#[derive(Debug, Default)]
struct Truth {
    head: u64,
    comments: Comments,
}

/// What happened, for those who want to know what was tested.
#[derive(Debug, Default)]
struct Figures {
    writes: AtomicU64,
    edits: AtomicU64,
    removals: AtomicU64,
    retries: AtomicU64,
    drops: AtomicU64,
    resumes: AtomicU64,
    resets: AtomicU64,
    resyncs: AtomicU64,
    pushes: AtomicU64,
    restarts: AtomicU64,
    unanswered: AtomicU64,
}

fn count(figure: &AtomicU64) {
    figure.fetch_add(1, Ordering::Relaxed);
}

/// What all of them know.
struct Shared {
    base: String,
    figures: Figures,
    /// How many acts are done.
    progress: AtomicU64,
    /// The highest place in the stream that was acknowledged: whoever asks later gets no less.
    acknowledged: AtomicU64,
    /// What was removed and acknowledged: whoever asks later never sees it.
    removed: Mutex<HashSet<u64>>,
    /// Set when all writers are done.
    truth: watch::Sender<Option<Arc<Truth>>>,
}

impl Shared {
    fn is_done(&self) -> bool {
        self.truth.borrow().is_some()
    }

    /// Waits until so much more was done, or all of it.
    async fn after(&self, acts: u64) {
        let target = self.progress.load(Ordering::Relaxed) + acts;
        self.reached(target).await;
    }

    /// Waits until so much is done, or all of it.
    async fn reached(&self, target: u64) {
        let waiting = Waiting::until("the writers go on");
        while self.progress.load(Ordering::Relaxed) < target && !self.is_done() {
            waiting.a_moment().await;
        }
    }

    /// Opens a socket, as soon as there is a server.
    async fn open(&self, token: Option<String>, receive: Option<u32>) -> Socket {
        let waiting = Waiting::until("a socket opens");
        loop {
            if let Some(socket) = Socket::try_open(&self.base, token.as_deref(), receive).await {
                return socket;
            }
            waiting.a_moment().await;
        }
    }
}

/// The server, in this process or as one of its own.
enum Site {
    Here(Box<TestApp>),
    Program(Process, tempfile::TempDir),
}

impl Site {
    /// Small bounds: a reader is slow as soon as it looks away.
    async fn here() -> Self {
        let options = Options { limits: Some(Switch::Off), tick_ms: Some(10), ..Options::default() };
        let app = TestApp::with(options, |parts| {
            parts.hub.max_queued = 12;
            parts.hub.max_queued_bytes = 12 * 1024;
            parts.hub.send_buffer = Some(4 * 1024);
            parts.hub.close_drain = Duration::from_millis(100);
        });
        Self::Here(Box::new(app.await))
    }

    fn program() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::Program(Process::serve(folder.path(), "127.0.0.1:0", &["--limits", "off"]), folder)
    }

    fn visitor(&self) -> Actor {
        match self {
            Self::Here(app) => app.visitor(),
            Self::Program(process, _) => process.visitor(),
        }
    }

    fn base(&self) -> String {
        match self {
            Self::Here(app) => app.url(""),
            Self::Program(process, _) => format!("http://{}", process.address),
        }
    }

    /// In order, or by kill -9.
    async fn restart(&mut self) {
        match self {
            Self::Here(app) => app.restart().await,
            Self::Program(process, folder) => {
                process.kill();
                *process = Process::serve(folder.path(), &process.address.to_string(), &["--limits", "off"]);
            }
        }
    }
}

/// Numbers that look random and are the same for the same seed (Steele, Lea and Flood's `SplitMix64`).
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True in so many of a hundred cases.
    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

async fn read_truth(visitor: &Actor) -> Truth {
    let mut truth = Truth::default();
    let mut cursor = String::new();
    loop {
        let page = visitor.get(&format!("/api/posts/1/comments?limit=100{cursor}")).await.ok();
        for comment in page["items"].as_array().unwrap() {
            let (id, seq) = (comment["id"].as_u64().unwrap(), comment["seq"].as_u64().unwrap());
            let text = comment["text"].as_str().unwrap().to_owned();
            assert!(truth.comments.insert(id, (seq, text)).is_none(), "{id} is listed twice");
        }
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let post = visitor.get("/api/posts/1").await.ok()["post"].clone();
    assert_eq!(post["comments"].as_u64(), Some(truth.comments.len() as u64), "the count is that of the list");
    truth.head = post["comments_seq"].as_u64().unwrap();
    truth
}

/// One run; prints what happened.
async fn converge(seed: u64, mut site: Site, restarts: u64) {
    let begin = Instant::now();
    let mut random = Random(seed);
    let shared = Arc::new(Shared {
        base: site.base(),
        figures: Figures::default(),
        progress: AtomicU64::new(0),
        acknowledged: AtomicU64::new(0),
        removed: Mutex::default(),
        truth: watch::Sender::new(None),
    });
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let mut me = site.visitor();
        me.sign_up(&format!("writer{number}")).await.ok();
        let writer = Writer::new(me, number, Random(random.next()), shared.clone());
        writers.push(tokio::spawn(writer.run(ACTS)));
    }
    let manners = [Manner::Quick, Manner::Quick, Manner::Quick, Manner::Slow, Manner::Slow, Manner::Away];
    let readers: Vec<_> = manners
        .map(|manner| tokio::spawn(Reader::new(manner, Random(random.next()), shared.clone()).run()))
        .into();
    let all = WRITERS * ACTS;
    for turn in 1..=restarts {
        shared.reached(all * turn / (restarts + 1)).await;
        site.restart().await;
        count(&shared.figures.restarts);
    }
    let mut wanted = BTreeMap::new();
    for writer in writers {
        wanted.extend(writer.await.unwrap());
    }
    let truth = read_truth(&site.visitor()).await;
    let texts: BTreeMap<u64, String> =
        truth.comments.iter().map(|(id, (_, text))| (*id, text.clone())).collect();
    assert_eq!(texts, wanted, "seed {seed}: the store has what was acknowledged, once");
    check_feed(&site, &truth).await;
    shared.truth.send_replace(Some(Arc::new(truth)));
    for reader in readers {
        reader.await.unwrap_or_else(|_| panic!("seed {seed}: a reader ended otherwise"));
    }
    let unanswered = shared.figures.unanswered.load(Ordering::Relaxed);
    assert!(unanswered <= 1, "seed {seed}: {unanswered} requests had no answer in time");
    println!("seed {seed}: {:?} in {:.1?}", shared.figures, begin.elapsed());
}

/// The post in the feed says the same, whether it is kept in memory or read now.
async fn check_feed(site: &Site, truth: &Truth) {
    let mut socket = site.visitor().socket().await;
    let feed = socket.subscribe(&["feed:latest"]).await;
    let is_first = |change: &&Value| change["post"]["id"] == 1;
    let post = &feed[0]["changes"].as_array().unwrap().iter().find(is_first).unwrap()["post"];
    assert_eq!(post["comments_seq"], truth.head);
    assert_eq!(post["comments"], truth.comments.len());
}

fn seeds(usual: u64) -> impl Iterator<Item = u64> {
    let wanted = std::env::var("CONVERGE_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    1..=wanted.unwrap_or(usual)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_converge_through_drops_slow_readers_and_restarts() {
    for seed in seeds(3) {
        converge(seed, Site::here().await, 3).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_converge_through_kills() {
    for seed in seeds(2) {
        converge(1_000_000 + seed, Site::program(), 3).await;
    }
}
