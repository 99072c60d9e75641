//! Topics: what one can subscribe to, and how each is ordered.

use std::fmt;

use super::{PostId, SessionId, UserId, parse_id};

/// A topic. The last two are never subscribed to by name: `Me` is written `me` and means its subscriber,
/// `Session` only exists so that the end of a session reaches its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `post:42`: state.
    Post(PostId),
    /// `post:42/comments`: stream.
    Comments(PostId),
    /// `post:42/presence`: soft; who looks and who writes.
    Presence(PostId),
    /// `feed:latest`: stream.
    Latest,
    /// `me`: soft; my likes in other tabs.
    Me(UserId),
    /// Hidden: the connections of one session.
    Session(SessionId),
}

/// A topic's name is at most this long, in bytes.
pub const NAME_LIMIT: usize = 128;

impl Topic {
    /// Reads a name; `me` needs to know who asks. None: there is no such topic, or not for this one.
    pub fn parse(name: &str, me: Option<UserId>) -> Option<Self> {
        match name {
            "feed:latest" => Some(Self::Latest),
            "me" => me.map(Self::Me),
            _ => {
                let rest = name.strip_prefix("post:")?;
                let (id, part) = rest.split_once('/').map_or((rest, None), |(id, part)| (id, Some(part)));
                let post = PostId(parse_id(id)?);
                match part {
                    None => Some(Self::Post(post)),
                    Some("comments") => Some(Self::Comments(post)),
                    Some("presence") => Some(Self::Presence(post)),
                    Some(_) => None,
                }
            }
        }
    }

    /// Whether its entries are ordered and have a `seq`.
    pub const fn is_stream(self) -> bool {
        matches!(self, Self::Latest | Self::Comments(_))
    }

    /// One number for each topic: the kind in the top byte, the id (below 2^53) under it.
    pub const fn key(self) -> u64 {
        match self {
            Self::Post(PostId(id)) => 1 << 56 | id,
            Self::Latest => 2 << 56,
            Self::Me(UserId(id)) => 3 << 56 | id,
            Self::Session(SessionId(id)) => 4 << 56 | id,
            Self::Comments(PostId(id)) => 5 << 56 | id,
            Self::Presence(PostId(id)) => 6 << 56 | id,
        }
    }

    /// The topic of a key that `key` made.
    pub const fn from_key(key: u64) -> Option<Self> {
        let id = key & ((1 << 56) - 1);
        match key >> 56 {
            1 => Some(Self::Post(PostId(id))),
            2 => Some(Self::Latest),
            3 => Some(Self::Me(UserId(id))),
            4 => Some(Self::Session(SessionId(id))),
            5 => Some(Self::Comments(PostId(id))),
            6 => Some(Self::Presence(PostId(id))),
            _ => None,
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post(PostId(id)) => write!(f, "post:{id}"),
            Self::Comments(PostId(id)) => write!(f, "post:{id}/comments"),
            Self::Presence(PostId(id)) => write!(f, "post:{id}/presence"),
            Self::Latest => f.write_str("feed:latest"),
            Self::Me(_) => f.write_str("me"),
            Self::Session(SessionId(id)) => write!(f, "session:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_reads_back_from_its_name_and_its_key() {
        let me = UserId(7);
        let post = PostId((1 << 53) - 1);
        for topic in
            [Topic::Post(post), Topic::Comments(post), Topic::Presence(post), Topic::Latest, Topic::Me(me)]
        {
            assert_eq!(Topic::parse(&topic.to_string(), Some(me)), Some(topic));
            assert_eq!(Topic::from_key(topic.key()), Some(topic));
        }
    }

    #[test]
    fn names_that_are_no_topics_are_none() {
        for bad in [
            "",
            "post:",
            "post:0",
            "post:01",
            "post:-1",
            "post:42 ",
            "feed:",
            "session:1",
            "me:1",
            "POST:1",
            "post:1/",
            "post:1/likes",
            "post:1/comments/",
            "post:/comments",
            "post:0/presence",
        ] {
            assert_eq!(Topic::parse(bad, Some(UserId(1))), None, "{bad:?}");
        }
        assert_eq!(Topic::parse("me", None), None);
    }
}
