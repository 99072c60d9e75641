//! What a page takes from its request: who reads it, which post or member its path names, which part of a list it
//! shows, and where a form may lead back to.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::error;
use crate::domain::{
    Base, CommentId, ConversationId, Cursor, Error, Limit, MessageId, PostId, Result, Subject, Timestamp,
    parse_id,
};
use crate::web::Site;
use crate::web::auth::Visit;

/// Who reads a page. Where nobody can be looked up, the refusal is a page as well.
pub(crate) struct Reader(pub(super) Visit);

impl FromRequestParts<Site> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let read = async {
            let mut visit = <Visit as FromRequestParts<Site>>::from_request_parts(parts, site).await?;
            visit.unread = site.app().find_unread(&visit.caller).await?;
            visit.has_messages = site.app().has_conversations(&visit.caller).await?;
            Ok(Self(visit))
        };
        read.await.map_err(|refused: Error| error::bare(&refused))
    }
}

/// The post that a path names. None for everything that is no id, bad percent-encoding included: the page for that
/// is "not found", and only the handler can render it for its visitor.
pub(super) struct PostPath(pub(super) Option<PostId>);

impl<S: Send + Sync> FromRequestParts<S> for PostPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let id = Path::<String>::from_request_parts(parts, state).await.ok();
        Ok(Self(id.and_then(|Path(id)| parse_id(&id)).map(PostId)))
    }
}

/// The handle that a path names, in small letters; what can't be one is found nowhere.
pub(super) struct HandlePath(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for HandlePath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let handle = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(handle.map_or_else(|_| String::new(), |Path(handle)| handle.to_ascii_lowercase())))
    }
}

/// Which part of a list a page shows. Anything else in an address is somebody's campaign tag and ignored.
pub(super) struct Paging {
    /// What is older than this; none: the newest.
    pub(super) after: Option<Cursor>,
    /// How many; the script asks for more at once when it comes back to a place far down.
    pub(super) limit: Limit,
}

#[derive(Deserialize)]
struct Query {
    after: Option<String>,
    limit: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Ok(Query { after, limit }) = serde_html_form::from_str(parts.uri.query().unwrap_or_default())
        else {
            return Err(Error::bad("The address of this page is damaged: begin at the front page."));
        };
        let limit = match limit {
            None => Limit::default(),
            Some(text) => Limit::new(parse_id(&text).unwrap_or(0))?,
        };
        Ok(Self { after: after.as_deref().map(Cursor::parse).transpose()?, limit })
    }
}

impl Paging {
    /// The beginning of a list.
    pub(super) fn first() -> Self {
        Self { after: None, limit: Limit::default() }
    }

    /// The address of this part of the list at `path`.
    pub(super) fn address(&self, path: &str) -> String {
        self.after.map_or_else(|| path.to_owned(), |Cursor(after)| format!("{path}?after={after}"))
    }
}

/// The comment that a path names; see [`PostPath`].
pub(super) struct CommentPath(pub(super) Option<CommentId>);

impl<S: Send + Sync> FromRequestParts<S> for CommentPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let id = Path::<String>::from_request_parts(parts, state).await.ok();
        Ok(Self(id.and_then(|Path(id)| parse_id(&id)).map(CommentId)))
    }
}

/// The conversation that a path names; see [`PostPath`].
pub(super) struct ConversationPath(pub(super) Option<ConversationId>);

impl<S: Send + Sync> FromRequestParts<S> for ConversationPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let id = Path::<String>::from_request_parts(parts, state).await.ok();
        Ok(Self(id.and_then(|Path(id)| parse_id(&id)).map(ConversationId)))
    }
}

/// A conversation and a message that a path names; see [`PostPath`].
pub(super) struct MessagePath(pub(super) Option<(ConversationId, MessageId)>);

impl<S: Send + Sync> FromRequestParts<S> for MessagePath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let ids = Path::<(String, String)>::from_request_parts(parts, state).await.ok();
        let ids =
            ids.and_then(|Path((conversation, message))| parse_id(&conversation).zip(parse_id(&message)));
        Ok(Self(ids.map(|(conversation, message)| (ConversationId(conversation), MessageId(message)))))
    }
}

/// A post and a comment that a path names; see [`PostPath`].
pub(super) struct PostCommentPath(pub(super) Option<(PostId, CommentId)>);

impl<S: Send + Sync> FromRequestParts<S> for PostCommentPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let ids = Path::<(String, String)>::from_request_parts(parts, state).await.ok();
        let ids = ids.and_then(|Path((post, comment))| parse_id(&post).zip(parse_id(&comment)));
        Ok(Self(ids.map(|(post, comment)| (PostId(post), CommentId(comment)))))
    }
}

/// What a report or a decision is about: exactly one of a post's, a comment's and a message's id.
pub(super) fn subject(post: Option<&str>, comment: Option<&str>, message: Option<&str>) -> Result<Subject> {
    match (post, comment, message) {
        (Some(id), None, None) => parse_id(id).map(|id| Subject::Post(PostId(id))).ok_or(Error::no_post()),
        (None, None, Some(id)) => {
            parse_id(id).map(|id| Subject::Message(MessageId(id))).ok_or(Error::no_message())
        }
        (None, Some(id), None) => {
            parse_id(id).map(|id| Subject::Comment(CommentId(id))).ok_or(Error::no_comment())
        }
        _ => Err(Error::bad("This address or form is damaged: it names one post, comment or message.")),
    }
}

/// The text that a form's edit began from, as its field `edited_at` says: empty, or when that text was last edited.
/// Without the field nothing is compared.
pub(super) fn edit_base(edited_at: Option<&str>) -> Result<Option<Base>> {
    let Some(text) = edited_at else { return Ok(None) };
    let at = if text.is_empty() { None } else { Some(Timestamp::parse(text)) };
    match at {
        Some(None) => Err(Error::bad("This form is damaged: open it once more.")),
        at => Ok(Some(Base(at.flatten()))),
    }
}

/// To the page where one logs in, and from there back to this one.
pub(super) fn to_log_in(here: &str) -> Response {
    let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
    super::see_other(&format!("/log-in?next={next}"), None)
}

/// The value that an address's query gives to a name.
pub(super) fn query_value(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let found = url::form_urlencoded::parse(query).find(|(given, _)| given == name);
    found.map(|(_, value)| value.into_owned())
}

/// A path of this site to go back to, or the front page. Whatever a browser could read as another site's address
/// (`//host`, a backslash, a control that it drops) is not one.
pub(super) fn back_to(path: Option<&str>) -> &str {
    let is_local = |path: &&str| {
        path.starts_with('/')
            && path.len() <= 512
            && !path.contains("//")
            && path
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'<' | b'>' | b'"'))
    };
    path.filter(is_local).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::back_to;

    #[test]
    fn only_paths_of_this_site_are_gone_back_to() {
        for good in ["/", "/posts/42", "/?after=17"] {
            assert_eq!(back_to(Some(good)), good);
        }
        let bad = [
            "",
            "posts",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a//b",
            "/\r\nSet-Cookie:x",
            "/\u{2028}",
            "/é",
        ];
        for bad in bad {
            assert_eq!(back_to(Some(bad)), "/", "{bad:?}");
        }
        assert_eq!(back_to(None), "/");
    }
}
