//! Ids in paths, and cursors and limits in queries, each checked where it is read.

use axum::extract::{FromRequestParts, Path, RawQuery};
use http::request::Parts;
use serde::Deserialize;

use crate::domain::{Cursor, Error, Limit, PostId, parse_id};

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

/// A handle in a path.
pub(super) struct HandlePath(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for HandlePath {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(handle)| Self(handle)).map_err(|_| Error::no_user())
    }
}

/// Which page of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// `next` of the page before; none for the first.
    #[param(value_type = Option<String>, pattern = "[A-Za-z0-9_-]+")]
    cursor: Option<String>,
    /// 1 to 100, 20 unless given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
}

/// Which page of a list, checked.
pub(super) struct Paging {
    pub(super) after: Option<Cursor>,
    pub(super) limit: Limit,
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, state).await.unwrap_or(RawQuery(None));
        let query: ListQuery = serde_html_form::from_str(query.as_deref().unwrap_or_default())
            .map_err(|error| Error::bad(format!("This query is not what it should be: {error}.")))?;
        let limit = match query.limit {
            None => Limit::default(),
            Some(text) => Limit::new(parse_id(&text).unwrap_or(0))?,
        };
        Ok(Self { after: query.cursor.as_deref().map(Cursor::parse).transpose()?, limit })
    }
}

/// A field that may be missing but not null: a client that sends null has lost something.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
