//! Bodies: JSON for the API, forms for the pages. At most 64 KiB, within 30 s, and every mistake has a sentence.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;
use serde::de::DeserializeOwned;

use super::patience::within;
use crate::domain::{Error, Result, json};

/// A body is at most this long.
pub const BODY_LIMIT: usize = 64 * 1024;
/// And is there within this time.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// Of a body that is too long so much is read all the same, for so long.
const DRAIN_LIMIT: usize = 1024 * 1024;
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);

/// A JSON object as the body of an API call.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        // A type is wanted where there is a body; without one, that is what is missing.
        if !has_type(&request, "application/json") && !request.body().is_end_stream() {
            return Err(Error::MediaType);
        }
        let bytes = read(request.into_body(), BODY_PATIENCE).await?;
        Ok(Self(parse_object(&bytes)?))
    }
}

/// A form as the body of a page's request. A handler takes it as `Result<Form<T>, Error>` and answers with a page.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        if !is_form(&request) {
            return Err(Error::bad("Send this form as application/x-www-form-urlencoded."));
        }
        let bytes = read(request.into_body(), BODY_PATIENCE).await?;
        serde_html_form::from_bytes(&bytes)
            .map(Self)
            .map_err(|error| Error::bad(format!("This form is not what it should be: {error}.")))
    }
}

/// Whether a request's body is a form.
pub fn is_form(request: &Request) -> bool {
    has_type(request, "application/x-www-form-urlencoded")
}

/// A whole body, or why it could not be read.
pub async fn read_body(body: Body) -> Result<Bytes> {
    read(body, BODY_PATIENCE).await
}

fn has_type(request: &Request, wanted: &str) -> bool {
    let mut types = request.headers().get_all(CONTENT_TYPE).iter();
    let given = types.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    types.next().is_none() && essence.eq_ignore_ascii_case(wanted)
}

async fn read(mut body: Body, patience: Duration) -> Result<Bytes> {
    // What is declared too long is not waited for.
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return Err(too_large(body));
    }
    let read = within(patience, Limited::new(&mut body, BODY_LIMIT).collect()).await;
    match read {
        Some(Ok(body)) => Ok(body.to_bytes()),
        Some(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(body)),
        Some(Err(_)) => Err(Error::bad("The body could not be read to its end.")),
        None => Err(Error::bad("The body did not arrive within 30 s.")),
    }
}

/// A connection that is closed with something unread is reset, and its client, still at sending, would never see the
/// answer: so some of the rest is read, for nothing.
fn too_large(body: Body) -> Error {
    let mut rest = Limited::new(body, DRAIN_LIMIT);
    let drain = async move { while let Some(Ok(_)) = rest.frame().await {} };
    tokio::spawn(tokio::time::timeout(DRAIN_PATIENCE, drain));
    Error::TooLarge("A body is at most 64 KiB.".into())
}

/// Reads one JSON object. serde would read a struct from an array too; here an object is an object.
fn parse_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    if json::is_too_deep(bytes) {
        return Err(Error::bad("JSON may nest 16 levels deep here."));
    }
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::bad("Send one JSON object."));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let why = error.to_string();
        // What somebody wrote, and no mistake of the program that sends it.
        if why.contains("surrogate") || why.contains("hex escape") {
            return Error::bad(
                "The text holds half of a character (a lone surrogate). Write that character again, or leave it out.",
            );
        }
        Error::bad(format!("This JSON is not what it should be: {why}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let never = futures_util::stream::pending::<std::result::Result<Bytes, std::io::Error>>();
        let refused = read(Body::from_stream(never), Duration::from_millis(20)).await.unwrap_err();
        assert_eq!(refused, Error::bad("The body did not arrive within 30 s."));
    }
}
