//! What each server speaks: how a page opens its socket, likes, and is told the number.

use crate::net::http::upgrade;
use crate::scan::{self, Message};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// docs/protocol.md. The number is the post's version: it counts what was done, likes and unlikes.
    Plaudit {
        /// The post that is liked.
        post: u64,
    },
    /// Any text is a like, each text is the number.
    Plain,
    /// Socket.IO's frames, version 4 of Engine.IO.
    SocketIo,
}

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// The number.
    Number(u64),
    /// My like is counted, with this number.
    Counted(u64),
    /// It wants this back.
    Wants(&'static str),
    /// No number where one should be.
    NoNumber,
    /// Nothing that matters here.
    Nothing,
}

impl Dialect {
    /// The request that opens a socket.
    pub(crate) fn hello(&self, host: &str, token: Option<&str>) -> Vec<u8> {
        match self {
            Self::Plaudit { .. } => upgrade("/live", host, token, Some(plaudit_protocol::SUBPROTOCOL)),
            Self::Plain => upgrade("/", host, None, None),
            Self::SocketIo => upgrade("/socket.io/?EIO=4&transport=websocket", host, None, None),
        }
    }

    /// What a page says first.
    pub(crate) fn greeting(&self) -> Option<String> {
        match self {
            Self::Plaudit { post } => {
                Some(format!(r#"{{"type":"subscribe","ref":0,"topics":[{{"topic":"post:{post}"}}]}}"#))
            }
            Self::Plain | Self::SocketIo => None,
        }
    }

    /// A like; with Plaudit every second one takes the one before back.
    pub(crate) fn like(&self, turn: u64) -> String {
        match self {
            Self::Plaudit { post } => {
                let on = turn.is_multiple_of(2);
                format!(r#"{{"type":"like","ref":1,"post":{post},"on":{on}}}"#)
            }
            Self::Plain => "like".into(),
            Self::SocketIo => r#"42["like"]"#.into(),
        }
    }

    /// What a text says.
    #[inline]
    pub(crate) fn read(&self, text: &[u8]) -> Said {
        match self {
            Self::Plaudit { .. } => match scan::message(text) {
                Message::Counts => {
                    scan::counts(text).map_or(Said::NoNumber, |counts| Said::Number(counts.version))
                }
                Message::Ok => scan::number(text, b"\"version\":").map_or(Said::NoNumber, Said::Counted),
                Message::Snapshot => {
                    scan::states(text).next().map_or(Said::NoNumber, |state| Said::Number(state.version))
                }
                Message::Error => Said::NoNumber,
                _ => Said::Nothing,
            },
            Self::Plain => whole(text),
            Self::SocketIo => match text {
                [b'0', ..] => Said::Wants("40"),
                b"2" => Said::Wants("3"),
                _ => match text.strip_prefix(br#"42["likes","#).and_then(|rest| rest.strip_suffix(b"]")) {
                    Some(number) => whole(number),
                    None => Said::Nothing,
                },
            },
        }
    }

    /// Whether a like is answered by itself; else the number that everybody gets is the answer.
    pub(crate) fn answers(&self) -> bool {
        matches!(self, Self::Plaudit { .. })
    }
}

fn whole(text: &[u8]) -> Said {
    match scan::leading(text) {
        Some((number, [])) => Said::Number(number),
        _ => Said::NoNumber,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_is_read() {
        let plaudit = Dialect::Plaudit { post: 4 };
        let counts = br#"{"type":"counts","topic":"post:4","version":9,"likes":3,"comments":0}"#;
        let ok = br#"{"type":"ok","ref":1,"post":4,"liked":true,"changed":true,"likes":3,"version":9}"#;
        assert_eq!((plaudit.read(counts), plaudit.read(ok)), (Said::Number(9), Said::Counted(9)));
        assert_eq!(plaudit.read(br#"{"type":"ping"}"#), Said::Nothing);
        assert_eq!(
            (Dialect::Plain.read(b"12"), Dialect::Plain.read(b"NaN")),
            (Said::Number(12), Said::NoNumber)
        );
        for (text, said) in [
            (r#"0{"sid":"x"}"#, Said::Wants("40")),
            (r#"40{"sid":"y"}"#, Said::Nothing),
            ("2", Said::Wants("3")),
            (r#"42["likes",7]"#, Said::Number(7)),
            (r#"42["likes",null]"#, Said::NoNumber),
        ] {
            assert_eq!(Dialect::SocketIo.read(text.as_bytes()), said, "{text}");
        }
    }
}
