//! Server frames, encoded once with their header (RFC 6455 section 5.2). Built by whoever publishes and
//! by the hub for control frames. A frame is shared bytes all the way to the socket; no header is ever
//! written per connection.

use bytes::Bytes;

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

/// A complete server frame, header included. Cloning shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// A text frame. `text` must be UTF-8, which the caller vouches for where it gives bytes.
    pub fn text(text: impl AsRef<[u8]>) -> Self {
        Self(encode(TEXT, text.as_ref()))
    }

    /// A binary frame.
    pub fn binary(bytes: &[u8]) -> Self {
        Self(encode(BINARY, bytes))
    }

    /// Whole frames, to leave in one send.
    pub(crate) fn joined(frames: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(frames))
    }

    /// The bytes as they go to the socket.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes that is.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// No frame at all, for pushes that send none.
    pub(crate) const fn empty() -> Self {
        Self(Bytes::new())
    }

    /// The answer to a ping: the same payload (at most 125 bytes, as the decoder has checked).
    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self(encode(PONG, payload))
    }

    /// A close frame. Without a code its body is empty. A reason over 123 bytes is cut at a character,
    /// since a control frame holds 125.
    pub(crate) fn close(code: Option<u16>, reason: &str) -> Self {
        let Some(code) = code else { return Self(encode(CLOSE, &[])) };
        let reason = &reason[..reason.floor_char_boundary(123)];
        let mut body = Vec::with_capacity(2 + reason.len());
        body.extend_from_slice(&code.to_be_bytes());
        body.extend_from_slice(reason.as_bytes());
        Self(encode(CLOSE, &body))
    }

    /// This frame and an empty WebSocket ping, to leave in one send.
    pub(crate) fn with_ping(&self) -> Self {
        let mut both = Vec::with_capacity(self.0.len() + 2);
        both.extend_from_slice(&self.0);
        both.extend_from_slice(&[PING, 0]);
        Self(both.into())
    }
}

fn encode(first: u8, payload: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(payload.len() + header_len(payload.len()));
    frame.push(first);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < 126 => frame.push(short),
        (_, Ok(medium)) => {
            frame.push(126);
            frame.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame.into()
}

fn header_len(payload: usize) -> usize {
    match payload {
        0..126 => 2,
        126..65_536 => 4,
        _ => 10,
    }
}
