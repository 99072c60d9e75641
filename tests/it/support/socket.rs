//! A live connection, spoken by a client that is not ours.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::PATIENCE;

/// See the module.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    reference: u64,
}

/// What a handshake led to where it was refused: the status.
pub type Refused = u16;

impl Socket {
    /// Opens with a Bearer token, or as nobody in particular.
    pub async fn open(base: &str, token: Option<&str>) -> Self {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> =
            bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        Self::open_with(base, &headers).await.unwrap()
    }

    /// Opens with these headers.
    pub async fn open_with(base: &str, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        let mut request = format!("{}/live", base.replace("http://", "ws://")).into_client_request().unwrap();
        for (name, value) in headers {
            let name = tokio_tungstenite::tungstenite::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        match tokio::time::timeout(PATIENCE, tokio_tungstenite::connect_async(request)).await.unwrap() {
            Ok((stream, _)) => Ok(Self { stream, reference: 0 }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the handshake failed: {error}"),
        }
    }

    /// Opens if there is somebody to talk to; with a small receive buffer it is a slow reader as soon as it stops.
    pub async fn try_open(base: &str, token: Option<&str>, receive: Option<u32>) -> Option<Self> {
        let address: std::net::SocketAddr = base.trim_start_matches("http://").parse().unwrap();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        if let Some(bytes) = receive {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        let stream = socket.connect(address).await.ok()?;
        let mut request = format!("{}/live", base.replace("http://", "ws://")).into_client_request().unwrap();
        if let Some(token) = token {
            request.headers_mut().append("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let opened = tokio_tungstenite::client_async(request, MaybeTlsStream::Plain(stream));
        let (stream, _) = tokio::time::timeout(PATIENCE, opened).await.unwrap().ok()?;
        Some(Self { stream, reference: 0 })
    }

    pub async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Sends, if the connection still takes it.
    pub async fn try_send(&mut self, message: &Value) -> Result<(), Error> {
        self.stream.send(Message::text(message.to_string())).await
    }

    /// The next message, pings aside.
    pub async fn next(&mut self) -> Value {
        match self.next_or_close().await {
            Ok(message) => message,
            Err(code) => panic!("closed with {code}"),
        }
    }

    /// The next message, or the close code (1006 where there was none).
    pub async fn next_or_close(&mut self) -> Result<Value, u16> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("a message in time");
            match next {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] != "ping" {
                        return Ok(message);
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// Reads until the connection is closed; gives the code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }

    /// Reads until a message fits, and gives it.
    pub async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.next().await;
            if fits(&message) {
                return message;
            }
        }
    }

    /// Sends a command with a fresh `ref`; gives the reply, and what was pushed before it.
    pub async fn call_with_pushes(&mut self, mut command: Value) -> (Value, Vec<Value>) {
        self.reference += 1;
        command["ref"] = json!(self.reference);
        self.send(&command).await;
        let mut pushes = Vec::new();
        loop {
            let message = self.next().await;
            if message["ref"] == json!(self.reference) {
                return (message, pushes);
            }
            pushes.push(message);
        }
    }

    /// Sends a command with a fresh `ref`; gives the reply.
    pub async fn call(&mut self, command: Value) -> Value {
        self.call_with_pushes(command).await.0
    }

    /// Subscribes to topics by name; gives the snapshot's topics.
    pub async fn subscribe(&mut self, topics: &[&str]) -> Vec<Value> {
        let topics: Vec<Value> = topics.iter().map(|topic| json!({"topic": topic})).collect();
        let snapshot = self.call(json!({"type": "subscribe", "topics": topics})).await;
        assert_eq!(snapshot["type"], "snapshot", "{snapshot}");
        snapshot["topics"].as_array().unwrap().clone()
    }

    /// Resumes a stream; gives its snapshot.
    pub async fn resume(&mut self, epoch: &str, topic: &str, since: u64) -> Value {
        let topics = json!([{"topic": topic, "since": since}]);
        let snapshot = self.call(json!({"type": "subscribe", "epoch": epoch, "topics": topics})).await;
        snapshot["topics"][0].clone()
    }

    /// Writes a comment; gives the reply.
    pub async fn comment(&mut self, post: u64, text: &str, key: &str) -> Value {
        self.call(json!({"type": "comment", "post": post, "text": text, "key": key})).await
    }

    pub async fn like(&mut self, post: u64, on: bool) -> Value {
        self.call(json!({"type": "like", "post": post, "on": on})).await
    }

    /// A ping with its pong: everything that was sent before has been read.
    pub async fn flush_out(&mut self) {
        let reply = self.call(json!({"type": "unsubscribe", "topics": ["post:9007199254740991"]})).await;
        assert_eq!(reply["type"], "ok");
    }
}
