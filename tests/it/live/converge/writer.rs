//! A writer: writes, edits and removes its own comments, by API and by socket, loses answers, and asks again until it
//! has one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Random, Shared, count};
use crate::support::{Actor, Socket};

/// How long an answer may take. Once in some thousand restarts this client sends a request on a connection that has just
/// ended, and waits for ever: the writer must go on before the others call it stuck.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

pub struct Writer {
    me: Actor,
    number: u64,
    random: Random,
    shared: Arc<Shared>,
    socket: Option<Socket>,
    written: u64,
    /// Its own comments: what they say now.
    mine: BTreeMap<u64, String>,
}

impl Writer {
    pub fn new(me: Actor, number: u64, random: Random, shared: Arc<Shared>) -> Self {
        Self { me, number, random, shared, socket: None, written: 0, mine: BTreeMap::new() }
    }

    /// Does its acts; gives what stands there in the end.
    pub async fn run(mut self, acts: u64) -> BTreeMap<u64, String> {
        for _ in 0..acts {
            match self.random.below(10) {
                0..2 if !self.mine.is_empty() => self.edit().await,
                2..4 if !self.mine.is_empty() => self.remove().await,
                _ => self.write().await,
            }
            count(&self.shared.progress);
        }
        self.mine
    }

    /// No two texts are the same, and some are long.
    fn text(&mut self) -> String {
        self.written += 1;
        let filler = "x".repeat(usize::try_from(self.random.below(900)).unwrap());
        format!("{}-{} {filler}", self.number, self.written).trim().to_owned()
    }

    async fn write(&mut self) {
        let text = self.text();
        let key = format!("k{}", self.written);
        let mut tries = 0;
        let comment = loop {
            if tries > 0 {
                count(&self.shared.figures.retries);
            }
            tries += 1;
            let said = if self.random.percent(50) {
                self.say(&text, &key).await
            } else {
                let body = json!({"text": text, "key": key});
                self.ask(Method::POST, "/api/posts/1/comments", Some(body)).await.map(|(_, answer)| answer)
            };
            if let Some(comment) = said.map(|answer| answer["comment"].clone()).filter(Value::is_object) {
                break comment;
            }
        };
        assert_eq!(comment["text"], text.as_str(), "what the key has made");
        let (id, seq) = (comment["id"].as_u64().unwrap(), comment["seq"].as_u64().unwrap());
        assert!(self.mine.insert(id, text).is_none(), "{id} was made before");
        self.shared.acknowledged.fetch_max(seq, Ordering::SeqCst);
        count(&self.shared.figures.writes);
    }

    /// By socket; none where no answer came.
    async fn say(&mut self, text: &str, key: &str) -> Option<Value> {
        if self.socket.is_none() {
            self.socket = Some(self.shared.open(self.me.token.clone(), None).await);
        }
        let socket = self.socket.as_mut()?;
        let command = json!({"type": "comment", "ref": self.written, "post": 1, "text": text, "key": key});
        if socket.try_send(&command).await.is_err() || self.random.percent(10) {
            // Whether it arrived nobody knows.
            count(&self.shared.figures.drops);
            self.socket = None;
            return None;
        }
        loop {
            match self.socket.as_mut()?.next_or_close().await {
                Ok(answer) if answer["ref"] == self.written => return Some(answer),
                Ok(_) => {}
                Err(_) => self.socket = None,
            }
        }
    }

    async fn edit(&mut self) {
        let id = self.any();
        let text = self.text();
        let path = format!("/api/comments/{id}");
        let answer = self.insist(Method::PATCH, &path, Some(json!({"text": text}))).await;
        assert_eq!(answer["comment"]["text"], text.as_str());
        self.mine.insert(id, text);
        count(&self.shared.figures.edits);
    }

    async fn remove(&mut self) {
        let id = self.any();
        self.insist(Method::DELETE, &format!("/api/comments/{id}"), None).await;
        self.mine.remove(&id);
        self.shared.removed.lock().unwrap().insert(id);
        count(&self.shared.figures.removals);
    }

    fn any(&mut self) -> u64 {
        let at = self.random.below(self.mine.len() as u64);
        *self.mine.keys().nth(usize::try_from(at).unwrap()).unwrap()
    }

    /// Asks until it is done; a removal that was done before is done.
    async fn insist(&mut self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut tries = 0;
        loop {
            let (status, answer) = loop {
                if tries > 0 {
                    count(&self.shared.figures.retries);
                }
                tries += 1;
                if let Some(answered) = self.ask(method.clone(), path, body.clone()).await {
                    break answered;
                }
            };
            if status.is_success()
                || (status == StatusCode::NOT_FOUND && method == Method::DELETE && tries > 1)
            {
                return answer;
            }
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {answer}");
        }
    }

    /// By API; none where no answer came. Waits for a server that is there.
    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let mut request = self.me.request(method, path);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        if self.random.percent(5) {
            // The answer is lost: the request is given up at some moment.
            count(&self.shared.figures.drops);
            let moment = Duration::from_micros(self.random.below(3000));
            let _ = tokio::time::timeout(moment, request.send()).await;
            return None;
        }
        let answer = async {
            let answer = request.timeout(ANSWER_WITHIN).send().await?;
            Ok((answer.status(), answer.text().await?))
        };
        match answer.await {
            Ok((status, text)) => Some((status, serde_json::from_str(&text).unwrap_or(Value::Null))),
            Err(error) => {
                let error: reqwest::Error = error;
                if error.is_timeout() {
                    count(&self.shared.figures.unanswered);
                }
                self.shared.open(None, None).await;
                None
            }
        }
    }
}
