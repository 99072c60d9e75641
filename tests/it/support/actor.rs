//! Somebody who uses the HTTP API.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PATIENCE, Socket};

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Wants success, gives the body.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// Wants a refusal with this status and code, in the right shape.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{self:?}");
        problem
    }
}

/// See the module.
#[derive(Clone)]
pub struct Actor {
    base: String,
    http: reqwest::Client,
    /// Where a proxy says that it comes from.
    forwarded: Option<String>,
    /// The token of its session.
    pub token: Option<String>,
    /// Its id.
    pub id: u64,
}

impl Actor {
    pub fn new(base: String) -> Self {
        // Actors speak plain HTTP: no certificate has to be read. The client wants to be able to speak TLS all the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).tls_certs_only([]);
        let http = http.timeout(PATIENCE).build().unwrap();
        Self { base, http, forwarded: None, token: None, id: 0 }
    }

    /// The same one, as a proxy forwards it from there.
    #[must_use]
    pub fn at(self, address: &str) -> Self {
        Self { forwarded: Some(address.to_owned()), ..self }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(forwarded) = &self.forwarded {
            request = request.header("x-forwarded-for", forwarded);
        }
        match &self.token {
            Some(token) => request.header("cookie", format!("plaudit_session={token}")),
            None => request,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn put(&self, path: &str) -> Answer {
        self.send(self.request(Method::PUT, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        self.send(request.body(body.to_string())).await
    }

    /// A call with a JSON body.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send_body(method, path, Some("application/json"), body.to_string()).await
    }

    /// Sends a body as it is.
    pub async fn send_body(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let mut request = self.request(method, path).body(body);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        self.send(request).await
    }

    /// Sends bytes that say they are JSON.
    pub async fn post_bytes(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send_body(Method::POST, path, Some("application/json"), body.into()).await
    }

    /// Sends a form as a browser does.
    pub async fn post_form(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send_body(Method::POST, path, Some("application/x-www-form-urlencoded"), body.into()).await
    }

    pub async fn sign_up(&mut self, handle: &str) -> Answer {
        let answer = self.post("/api/users", &json!({"handle": handle, "password": "correct horse"})).await;
        if answer.status.is_success() {
            self.take_session(&answer);
        }
        answer
    }

    pub async fn log_in(&mut self, handle: &str) -> Answer {
        let answer = self.post("/api/session", &json!({"handle": handle, "password": "correct horse"})).await;
        if answer.status.is_success() {
            self.take_session(&answer);
        }
        answer
    }

    fn take_session(&mut self, answer: &Answer) {
        let body = answer.json();
        self.token = Some(body["token"].as_str().unwrap().to_owned());
        self.id = body["user"]["id"].as_u64().unwrap();
    }

    /// The first like of somebody without a session.
    pub async fn become_guest(&mut self) {
        let answer = self.put("/api/posts/1/like").await;
        let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
        answer.ok();
        let token = cookie.split(';').next().unwrap().strip_prefix("plaudit_session=").unwrap();
        self.token = Some(token.to_owned());
        self.id = self.get("/api/me").await.ok()["user"]["id"].as_u64().unwrap();
    }

    /// Writes a post, gives its id.
    pub async fn write(&self, text: &str) -> u64 {
        self.post("/api/posts", &json!({"text": text})).await.ok()["post"]["id"].as_u64().unwrap()
    }

    /// Writes a comment, gives its id.
    pub async fn comment(&self, post: u64, text: &str) -> u64 {
        let answer = self.post(&format!("/api/posts/{post}/comments"), &json!({"text": text})).await;
        answer.ok()["comment"]["id"].as_u64().unwrap()
    }

    pub async fn like(&self, post: u64) -> Value {
        self.put(&format!("/api/posts/{post}/like")).await.ok()
    }

    pub async fn unlike(&self, post: u64) -> Value {
        self.delete(&format!("/api/posts/{post}/like")).await.ok()
    }

    /// A socket of this one.
    pub async fn socket(&self) -> Socket {
        Socket::open(&self.base, self.token.as_deref()).await
    }
}
