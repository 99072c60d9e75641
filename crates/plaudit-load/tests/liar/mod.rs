//! A small server that speaks just enough of the API and the live protocol, and can be told to lie: every proof that a
//! load makes is worth what it says of this one.

mod wire;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use wire::{Asked, read_request, read_text, send, write_answer};

/// What the server does wrong, once. The second subscriber of a topic is the victim where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Nothing.
    None,
    /// The victim is not sent one push.
    Drop,
    /// The victim is sent nothing any more.
    DropRest,
    /// The victim is sent one push twice.
    Double,
    /// The victim is sent the push before once more.
    Back,
    /// The victim is sent two pushes in the wrong order.
    Swap,
    /// One push shows a like too many.
    WrongLikes,
    /// One like is acknowledged and not counted.
    ForgetLike,
    /// One like is counted twice.
    CountTwice,
    /// One like is never answered.
    NoAnswer,
    /// One like is answered twice.
    AnswerTwice,
    /// One ok says the opposite of what was asked.
    WrongOk,
    /// New visitors are told one like more.
    FoolVisitors,
    /// The victim is hung up on.
    HangUp,
    /// One comment is pushed with another's id.
    WrongId,
    /// New visitors are not shown the last comment.
    HideComment,
    /// The victim is told of a post that it never asked for.
    Stray,
    /// The victim is told to resync, and its snapshot lacks a change.
    Resync,
}

/// The lie comes with this act.
const WHEN: u64 = 5;

/// See the module.
pub struct Liar {
    pub address: SocketAddr,
    site: Arc<Mutex<Site>>,
}

type Peer = Arc<Mutex<TcpStream>>;

struct Site {
    lie: Lie,
    acts: u64,
    users: usize,
    posts: HashMap<u64, Post>,
    subscribers: HashMap<String, Vec<Peer>>,
    /// The push before, and one that is held back.
    before: Option<String>,
    held: Option<String>,
    /// Whether the lie was told.
    told: bool,
}

#[derive(Default)]
struct Post {
    likers: Vec<String>,
    likes: u64,
    version: u64,
    comments: Vec<u64>,
}

impl Liar {
    /// A server that lies like this.
    pub fn start(lie: Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let site = Arc::new(Mutex::new(Site {
            lie,
            acts: 0,
            users: 0,
            posts: HashMap::new(),
            subscribers: HashMap::new(),
            before: None,
            held: None,
            told: false,
        }));
        let served = site.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = served.clone();
                std::thread::spawn(move || serve(stream, &site));
            }
        });
        Self { address, site }
    }

    /// Whether it came to the lie.
    pub fn has_lied(&self) -> bool {
        lock(&self.site).told
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Requests until one is an upgrade, then frames.
fn serve(mut stream: TcpStream, site: &Mutex<Site>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    loop {
        let asked = read_request(&mut stream)?;
        if asked.path == "/live" {
            wire::accept(&mut stream)?;
            return frames(stream, &asked.token.unwrap_or_default(), site);
        }
        let (status, body, cookie) = lock(site).answer(&asked);
        write_answer(&mut stream, status, &body, cookie.as_deref())?;
    }
}

fn frames(mut stream: TcpStream, user: &str, site: &Mutex<Site>) -> Option<()> {
    let peer: Peer = Arc::new(Mutex::new(stream.try_clone().ok()?));
    loop {
        let command: Value = serde_json::from_str(&read_text(&mut stream)?).ok()?;
        lock(site).command(&peer, user, &command);
    }
}

impl Site {
    fn answer(&mut self, asked: &Asked) -> (u16, Value, Option<String>) {
        let words: Vec<&str> = asked.path.split(['/', '?']).skip(2).collect();
        let mut made = None;
        let user = asked.token.clone().unwrap_or_else(|| {
            self.users += 1;
            let token = format!("guest-{}", self.users);
            made = Some(token.clone());
            token
        });
        match (asked.method.as_str(), &words[..]) {
            ("POST", ["users"]) => (201, json!({ "token": user }), made),
            ("POST", ["posts"]) => {
                let id = self.posts.len() as u64 + 1;
                self.posts.insert(id, Post { version: 1, ..Post::default() });
                (201, json!({ "post": { "id": id } }), None)
            }
            ("PUT" | "DELETE", ["posts", id, "like"]) => {
                // What makes a guest is no act of the load.
                let body = self.like(&user, id.parse().unwrap(), asked.method == "PUT", made.is_some());
                (200, body, made)
            }
            ("GET", ["posts", id]) => (200, self.show(id.parse().unwrap()), None),
            ("GET", ["posts", id, "comments", ..]) => {
                let mut ids = self.posts[&id.parse().unwrap()].comments.clone();
                if self.lie == Lie::HideComment {
                    self.told |= ids.pop().is_some();
                }
                let items: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
                (200, json!({ "items": items, "next": null }), None)
            }
            ("DELETE", ["posts", _]) => (204, Value::Null, None),
            _ => (404, json!({ "code": "not_found" }), None),
        }
    }

    fn show(&mut self, id: u64) -> Value {
        let post = &self.posts[&id];
        let mut likes = post.likes;
        if self.lie == Lie::FoolVisitors && post.version > 1 {
            self.told = true;
            likes += 1;
        }
        let comments = post.comments.len();
        json!({ "post": {
            "id": id, "likes": likes, "version": post.version, "comments": comments, "comments_seq": comments,
        } })
    }

    /// Whether the lie is to be told now.
    fn lies(&mut self, lie: Lie) -> bool {
        let now = self.lie == lie && self.acts == WHEN;
        self.told |= now;
        now
    }

    fn like(&mut self, user: &str, id: u64, on: bool, quietly: bool) -> Value {
        self.acts += u64::from(!quietly);
        let (forget, twice) = (self.lies(Lie::ForgetLike), self.lies(Lie::CountTwice));
        let post = self.posts.get_mut(&id).unwrap();
        let liked = post.likers.iter().position(|liker| liker == user);
        let changed = liked.is_some() != on;
        if changed {
            match liked {
                Some(at) => drop(post.likers.swap_remove(at)),
                None => post.likers.push(user.to_owned()),
            }
            post.version += 1;
            let by = if forget {
                0
            } else if twice {
                2
            } else {
                1
            };
            post.likes = if on { post.likes + by } else { post.likes.saturating_sub(by) };
        }
        let (likes, version) = (post.likes, post.version);
        json!({ "type": "ok", "post": id, "liked": on, "changed": changed, "likes": likes, "version": version })
    }

    fn command(&mut self, peer: &Peer, user: &str, command: &Value) {
        let number = |name: &str| command[name].as_u64().unwrap_or(0);
        match command["type"].as_str() {
            Some("subscribe") => {
                let topics: Vec<Value> = command["topics"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|topic| self.subscribe(peer, topic))
                    .collect();
                let reference = &command["ref"];
                let topics = topics.iter().map(Value::to_string).collect::<Vec<_>>().join(",");
                // In the order of the real ones, which a tree does not keep.
                let text =
                    format!(r#"{{"type":"snapshot","ref":{reference},"epoch":"e","topics":[{topics}]}}"#);
                send(peer, &[&wire::reorder(&text)]);
            }
            Some("like") => {
                let on = command["on"].as_bool().unwrap();
                let mut ok = self.like(user, number("post"), on, false);
                ok["ref"] = command["ref"].clone();
                if self.lies(Lie::WrongOk) {
                    ok["liked"] = json!(!on);
                }
                self.reply(peer, &ok);
                let topic = format!("post:{}", number("post"));
                let mut likes = ok["likes"].as_u64().unwrap();
                likes += u64::from(self.lies(Lie::WrongLikes));
                let version = &ok["version"];
                self.push(
                    &topic,
                    &format!(r#"{{"type":"counts","topic":"{topic}","version":{version},"likes":{likes},"comments":0}}"#),
                );
            }
            Some("comment") => {
                self.acts += 1;
                let post = number("post");
                let comments = &mut self.posts.get_mut(&post).unwrap().comments;
                let seq = comments.len() as u64 + 1;
                let id = seq + 1000;
                comments.push(id);
                let reference = &command["ref"];
                let ok = format!(
                    r#"{{"type":"ok","ref":{reference},"comment":{{"id":{id},"post":{post},"seq":{seq}}}}}"#
                );
                self.reply_text(peer, &ok);
                let id = id + u64::from(self.lies(Lie::WrongId));
                let topic = format!("post:{post}/comments");
                let push = format!(
                    r#"{{"type":"comment.added","topic":"{topic}","seq":{seq},"comment":{{"id":{id},"post":{post},"seq":{seq}}}}}"#
                );
                self.push(&topic, &push);
            }
            _ => {}
        }
    }

    fn subscribe(&mut self, peer: &Peer, asked: &Value) -> Value {
        let topic = asked["topic"].as_str().unwrap();
        let subscribers = self.subscribers.entry(topic.to_owned()).or_default();
        if !subscribers.iter().any(|other| Arc::ptr_eq(other, peer)) {
            subscribers.push(peer.clone());
        }
        let Some(rest) = topic.strip_prefix("post:") else {
            return json!({ "topic": topic, "seq": 0, "reset": true, "changes": [], "next": null });
        };
        if let Some(id) = rest.strip_suffix("/comments") {
            let seq = self.posts[&id.parse().unwrap()].comments.len() as u64;
            let since = asked["since"].as_u64();
            // The lie of a resync: the first change is left out.
            let changes: Vec<Value> = (since.unwrap_or(seq) + 2..=seq)
                .map(|seq| json!({ "type": "comment.added", "seq": seq }))
                .collect();
            return json!({ "topic": topic, "seq": seq, "reset": since.is_none(), "changes": changes, "next": null });
        }
        let Post { version, likes, .. } = self.posts[&rest.parse().unwrap()];
        json!({ "topic": topic, "version": version, "likes": likes, "comments": 0, "liked": false })
    }

    fn reply(&mut self, peer: &Peer, ok: &Value) {
        self.reply_text(peer, &wire::reorder(&ok.to_string()));
    }

    fn reply_text(&mut self, peer: &Peer, text: &str) {
        if self.lies(Lie::NoAnswer) {
            return;
        }
        let twice = self.lies(Lie::AnswerTwice);
        send(peer, &[text, text][usize::from(!twice)..]);
    }

    /// To all subscribers; the second is lied to.
    fn push(&mut self, topic: &str, text: &str) {
        let peers = self.subscribers.get(topic).cloned().unwrap_or_default();
        for (at, peer) in peers.iter().enumerate() {
            if at != 1 {
                send(peer, &[text]);
            } else if let Some(held) = self.held.take() {
                send(peer, &[text, &held]);
            } else if self.lies(Lie::Swap) {
                self.held = Some(text.to_owned());
            } else if self.lies(Lie::Drop) || self.lie == Lie::DropRest && self.acts >= WHEN {
                self.told = true;
            } else if self.lies(Lie::HangUp) {
                let _ = lock(peer).shutdown(std::net::Shutdown::Both);
            } else if self.lies(Lie::Stray) {
                send(peer, &[&text.replace(topic, "post:99999")]);
            } else if self.lies(Lie::Resync) {
                send(peer, &[&format!(r#"{{"type":"resync","topic":"{topic}"}}"#)]);
            } else if self.lies(Lie::Double) {
                send(peer, &[text, text]);
            } else if let Some(before) = self.before.clone()
                && self.lies(Lie::Back)
            {
                send(peer, &[text, &before]);
            } else {
                send(peer, &[text]);
            }
        }
        self.before = Some(text.to_owned());
    }
}
