//! Ids in paths, and cursors and limits in queries, each checked where it is read.

use axum::extract::{FromRequestParts, Path, RawQuery};
use http::request::Parts;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use super::values;
use crate::domain::inbox::{FIGURE_DAYS, ReplyId};
use crate::domain::{
    Base, CommentId, ConversationId, Cursor, Error, ID_LIMIT, Limit, MessageId, Order, PostId, Timestamp,
    parse_id,
};

/// A post's id in a path; what can't be an id is not found.
pub(super) struct PostPath(pub(super) PostId);

impl<S: Send + Sync> FromRequestParts<S> for PostPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| parse_id(&text));
        Ok(Self(PostId(id.ok_or(Error::no_post())?)))
    }
}

/// A comment's id in a path; what can't be an id is not found.
pub(super) struct CommentPath(pub(super) CommentId);

impl<S: Send + Sync> FromRequestParts<S> for CommentPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| parse_id(&text));
        Ok(Self(CommentId(id.ok_or(Error::no_comment())?)))
    }
}

/// A conversation's id in a path; what can't be an id is not found.
pub(super) struct ConversationPath(pub(super) ConversationId);

impl<S: Send + Sync> FromRequestParts<S> for ConversationPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| parse_id(&text));
        Ok(Self(ConversationId(id.ok_or(Error::no_conversation())?)))
    }
}

/// A message's id in a path; what can't be an id is not found.
pub(super) struct MessagePath(pub(super) MessageId);

impl<S: Send + Sync> FromRequestParts<S> for MessagePath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| parse_id(&text));
        Ok(Self(MessageId(id.ok_or(Error::no_message())?)))
    }
}

/// A reply's id in a path; what can't be an id is not found.
pub(super) struct ReplyPath(pub(super) ReplyId);

impl<S: Send + Sync> FromRequestParts<S> for ReplyPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| parse_id(&text));
        Ok(Self(ReplyId(id.ok_or(Error::no_reply())?)))
    }
}

/// An inbox's handle in a path.
pub(super) struct InboxPath(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for InboxPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(handle)| Self(handle)).map_err(|_| Error::no_inbox())
    }
}

/// An inbox's handle and an agent's in a path.
pub(super) struct AgentPath(pub(super) String, pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for AgentPath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        path.map(|Path((inbox, agent))| Self(inbox, agent)).map_err(|_| Error::no_inbox())
    }
}

/// A handle in a path.
pub(super) struct HandlePath(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for HandlePath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(handle)| Self(handle)).map_err(|_| Error::no_user())
    }
}

/// Whom to find.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PrefixQuery {
    /// The beginning of a handle or a name.
    #[param(value_type = values::Prefix)]
    prefix: String,
}

/// The beginning of a handle or a name.
pub(super) struct Prefix(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Prefix {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query: PrefixQuery = query(parts, state).await?;
        Ok(Self(query.prefix))
    }
}

/// Which page of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// `next` of the page before; none for the first.
    #[param(value_type = Option<values::Cursor>)]
    cursor: Option<String>,
    /// 1 to 100, 20 unless given.
    #[param(value_type = Option<values::Limit>)]
    limit: Option<String>,
}

/// Which page of a list, checked.
pub(super) struct Paging {
    pub(super) after: Option<Cursor>,
    pub(super) limit: Limit,
}

impl Paging {
    pub(super) fn read(cursor: Option<&str>, limit: Option<&str>) -> Result<Self, Error> {
        let limit = match limit {
            None => Limit::default(),
            Some(text) => Limit::new(parse_id(text).unwrap_or(0))?,
        };
        Ok(Self { after: cursor.map(Cursor::parse).transpose()?, limit })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query: ListQuery = query(parts, state).await?;
        Self::read(query.cursor.as_deref(), query.limit.as_deref())
    }
}

/// Which page of a post's comments, and in which order.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CommentsQuery {
    /// `oldest` first unless it says `newest`.
    #[param(value_type = Option<values::Order>)]
    order: Option<String>,
    /// `next` of the page before, in the same order; none for the first.
    #[param(value_type = Option<values::Cursor>)]
    cursor: Option<String>,
    /// 1 to 100, 20 unless given.
    #[param(value_type = Option<values::Limit>)]
    limit: Option<String>,
}

/// Which page of a post's comments, checked.
pub(super) struct CommentsPaging {
    pub(super) order: Order,
    pub(super) paging: Paging,
}

impl<S: Send + Sync> FromRequestParts<S> for CommentsPaging {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query: CommentsQuery = query(parts, state).await?;
        let order = match query.order.as_deref() {
            None | Some("oldest") => Order::Oldest,
            Some("newest") => Order::Newest,
            Some(_) => return Err(Error::bad("order: oldest or newest.")),
        };
        Ok(Self { order, paging: Paging::read(query.cursor.as_deref(), query.limit.as_deref())? })
    }
}

/// Which page of my conversations, and which ones.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ConversationsQuery {
    /// `true`: requests only; without it: all others.
    #[param(value_type = Option<bool>)]
    requests: Option<String>,
    /// `next` of the page before; none for the first.
    #[param(value_type = Option<values::Cursor>)]
    cursor: Option<String>,
    /// 1 to 100, 20 unless given.
    #[param(value_type = Option<values::Limit>)]
    limit: Option<String>,
}

/// Which page of my conversations, checked.
pub(super) struct ConversationsPaging {
    pub(super) requests: bool,
    pub(super) paging: Paging,
}

impl<S: Send + Sync> FromRequestParts<S> for ConversationsPaging {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query: ConversationsQuery = query(parts, state).await?;
        let requests = match query.requests.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Error::bad("requests: true or false.")),
        };
        Ok(Self { requests, paging: Paging::read(query.cursor.as_deref(), query.limit.as_deref())? })
    }
}

/// Of how many days.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StatsQuery {
    /// 1 to 90, 7 unless given; this day is one of them.
    #[param(value_type = Option<values::Days>)]
    days: Option<String>,
}

/// Of how many days, checked.
pub(super) struct Days(pub(super) u32);

impl<S: Send + Sync> FromRequestParts<S> for Days {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let StatsQuery { days } = query(parts, state).await?;
        let Some(days) = days else { return Ok(Self(7)) };
        let read = parse_id(&days).and_then(|days| u32::try_from(days).ok());
        let days = read.filter(|days| *days <= FIGURE_DAYS).ok_or(Error::bad("days: 1 to 90."))?;
        Ok(Self(days))
    }
}

pub(super) async fn query<T: DeserializeOwned, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, Error> {
    let RawQuery(query) = RawQuery::from_request_parts(parts, state).await.unwrap_or(RawQuery(None));
    serde_html_form::from_str(query.as_deref().unwrap_or_default())
        .map_err(|error| Error::bad(format!("This query is not what it should be: {error}.")))
}

/// The text that an edit began from: a time or null, where the field is there.
pub(super) fn base<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Base>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(Some(Base(None))) };
    let at = Timestamp::parse(&text);
    let at =
        at.ok_or_else(|| D::Error::custom("edited_at: take it from the text that you edit, unchanged"))?;
    Ok(Some(Base(Some(at))))
}

/// An id that may be missing but not null, as [`present`].
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Number::deserialize(deserializer)
        .ok()
        .as_ref()
        .and_then(to_id)
        .map(Some)
        .ok_or_else(|| D::Error::custom(AN_ID))
}

/// A position in a stream.
pub(super) fn position<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer).ok();
    number
        .as_ref()
        .and_then(to_id)
        .ok_or_else(|| D::Error::custom("a position is a whole number from 0 to 2^53-1"))
}

/// An id or null.
pub(super) fn id_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<Number>::deserialize(deserializer).map_err(|_| D::Error::custom(AN_ID))?;
    number.map(|number| to_id(&number).ok_or_else(|| D::Error::custom(AN_ID))).transpose()
}

const AN_ID: &str = "an id is a whole number from 1 to 2^53-1";

/// An id in any spelling of JSON: `7`, `7.0`, `7e0`.
fn to_id(number: &Number) -> Option<u64> {
    // A float is written without a point where it is whole. The sum makes 0 of -0.
    let id = number.as_u64().or_else(|| (number.as_f64()? + 0.0).to_string().parse().ok());
    // That there is nothing at 0 is said by whoever looks there.
    id.filter(|id| *id < ID_LIMIT)
}

/// A field that may be missing but not null: a client that sends null has lost something.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The same of an object within a body: serde would take an array for it too.
pub(super) fn present_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: DeserializeOwned,
{
    let fields = serde_json::Map::deserialize(deserializer)?;
    T::deserialize(serde_json::Value::Object(fields)).map(Some).map_err(D::Error::custom)
}

/// A time that may be missing or null.
pub(super) fn time_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let read = Timestamp::parse(&text).filter(|at| at.to_string() == text);
    read.map(Some)
        .ok_or_else(|| D::Error::custom("a time is RFC 3339 in UTC with milliseconds, as in answers"))
}
