//! A large site beside a small one with posts of the same kind: how long each takes to start, what every read and act
//! costs, in turns, and how long the longest like waits in the first seconds and during a sweep. The folders are those
//! that the example `fill` makes (docs/performance.md says how). They are copied, so that they stay as they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use plaudit::boot::Parts;
use plaudit::config::{Config, Options, Switch};
use plaudit::domain::Timestamp;
use plaudit::{Server, boot};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A large site beside a small one.
#[derive(Debug, Parser)]
struct Arguments {
    /// The data folder that the example `fill` has made
    #[arg(long)]
    big: Option<PathBuf>,
    /// Another one, with few rows
    #[arg(long)]
    small: Option<PathBuf>,
    /// How often each read and act is measured on each site
    #[arg(long, default_value_t = 400)]
    rounds: usize,
    /// How many seconds likes are watched before and during the sweep, at least
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Cargo passes it on
    #[arg(long, hide = true)]
    bench: bool,
}

/// A running site and somebody who uses it.
struct Site {
    server: Server,
    started: Duration,
    client: Client,
    token: String,
    /// The newest posts, and a member who wrote one.
    posts: Vec<u64>,
    author: String,
    _data: TempDir,
}

impl Site {
    async fn start(from: &Path) -> Self {
        let data = tempfile::tempdir_in(from.parent().expect("a folder around it")).expect("a folder");
        std::fs::copy(from.join("plaudit.db"), data.path().join("plaudit.db")).expect("a copy");
        let options =
            Options { data: Some(data.path().to_owned()), limits: Some(Switch::Off), ..Options::default() };
        let config = Config::try_from(options).expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let start = Instant::now();
        let server = boot(config, listener, Parts::default()).await.expect("a site");
        let started = start.elapsed();
        // It speaks plain HTTP, and wants to be able to speak TLS all the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut site = Self {
            server,
            started,
            client: Client::builder().tls_certs_only([]).build().expect("a client"),
            token: String::new(),
            posts: Vec::new(),
            author: String::new(),
            _data: data,
        };
        let body = json!({"handle": "measurer", "password": "correct horse"});
        let member = site.json(site.body(Method::POST, "/api/users", &body)).await;
        member["token"].as_str().expect("a token").clone_into(&mut site.token);
        let newest = site.json(site.request(Method::GET, "/api/posts?limit=100")).await;
        let items = newest["items"].as_array().expect("posts");
        site.posts = items.iter().filter_map(|post| post["id"].as_u64()).collect();
        let author = items[items.len() / 2]["author"]["handle"].as_str().expect("a handle");
        author.clone_into(&mut site.author);
        site
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.server.address);
        let request = self.client.request(method, url);
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    fn body(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        self.request(method, path).header("content-type", "application/json").body(body.to_string())
    }

    async fn json(&self, request: RequestBuilder) -> Value {
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{answer:?}");
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    }

    /// What is measured, of a post among the newest.
    fn call(&self, what: &str, turn: usize) -> RequestBuilder {
        let post = self.posts[turn * 7 % self.posts.len()];
        let get = |path: String| self.request(Method::GET, &path);
        match what {
            "page of the feed" => get("/".to_owned()),
            "page of a post" => get(format!("/posts/{post}")),
            "page of a member" => get(format!("/@{}", self.author)),
            "posts" => get("/api/posts".to_owned()),
            "a post" => get(format!("/api/posts/{post}")),
            "its comments" => get(format!("/api/posts/{post}/comments?order=newest")),
            "its likes" => get(format!("/api/posts/{post}/likes")),
            "a member's posts" => get(format!("/api/users/{}/posts", self.author)),
            "a member's likes" => get(format!("/api/users/{}/likes", self.author)),
            "like" if turn.is_multiple_of(2) => self.request(Method::PUT, &format!("/api/posts/{post}/like")),
            "like" => {
                let post = self.posts[(turn - 1) * 7 % self.posts.len()];
                self.request(Method::DELETE, &format!("/api/posts/{post}/like"))
            }
            "comment" => {
                self.body(Method::POST, &format!("/api/posts/{post}/comments"), &json!({"text": "Bravo"}))
            }
            _ => self.body(Method::POST, "/api/posts", &json!({"text": "A post of some words"})),
        }
    }

    async fn time(&self, what: &str, turn: usize) -> Duration {
        let request = self.call(what, turn);
        let start = Instant::now();
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{what}: {answer:?}");
        answer.bytes().await.expect("a body");
        start.elapsed()
    }

    /// Likes and takes back, one after the other, until `stop`; the longest that one took, and how many there were.
    async fn like_until(&self, stop: Arc<AtomicBool>) -> (Duration, usize) {
        let (mut longest, mut turn) = (Duration::ZERO, 0);
        while !stop.load(Ordering::Relaxed) {
            longest = longest.max(self.time("like", turn).await);
            turn += 1;
        }
        (longest, turn)
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

const READS_AND_ACTS: [&str; 12] = [
    "page of the feed",
    "page of a post",
    "page of a member",
    "posts",
    "a post",
    "its comments",
    "its likes",
    "a member's posts",
    "a member's likes",
    "like",
    "comment",
    "post",
];

async fn measure(small: &Path, big: &Path, rounds: usize, seconds: u64) {
    let (small, big) = (Arc::new(Site::start(small).await), Arc::new(Site::start(big).await));
    println!("start: small {:.0?}, big {:.0?}", small.started, big.started);

    let stop = Arc::new(AtomicBool::new(false));
    let likes = tokio::spawn({
        let (big, stop) = (Arc::clone(&big), Arc::clone(&stop));
        async move { big.like_until(stop).await }
    });
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    stop.store(true, Ordering::Relaxed);
    let (longest, count) = likes.await.expect("likes");
    println!("longest of {count} likes in the first {seconds} s: {longest:.1?}");

    println!("{:<18} {:>12} {:>12} {:>7}", "median", "small", "big", "ratio");
    for what in READS_AND_ACTS {
        let (mut of_small, mut of_big) = (Vec::new(), Vec::new());
        for turn in 0..rounds {
            of_small.push(small.time(what, turn).await);
            of_big.push(big.time(what, turn).await);
        }
        let (of_small, of_big) = (median(of_small), median(of_big));
        let ratio = of_big.as_secs_f64() / of_small.as_secs_f64();
        println!("{what:<18} {of_small:>12.1?} {of_big:>12.1?} {ratio:>7.2}");
    }

    let stop = Arc::new(AtomicBool::new(false));
    let likes = tokio::spawn({
        let (big, stop) = (Arc::clone(&big), Arc::clone(&stop));
        async move { big.like_until(stop).await }
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a date").as_millis();
    let start = Instant::now();
    big.server.store.sweep(Timestamp(i64::try_from(now).expect("a time"))).await.expect("a sweep");
    let swept = start.elapsed();
    tokio::time::sleep(Duration::from_secs(seconds).saturating_sub(swept)).await;
    stop.store(true, Ordering::Relaxed);
    let (longest, count) = likes.await.expect("likes");
    println!("sweep: {swept:.1?}; longest of {count} likes during it: {longest:.1?}");
}

fn main() {
    let Arguments { big, small, rounds, seconds, .. } = Arguments::parse();
    let (Some(big), Some(small)) = (big, small) else {
        println!(
            "name the folders of two sites that the example `fill` has made: --big ./big --small ./small"
        );
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(&small, &big, rounds, seconds));
    // The sites end with the process.
}
