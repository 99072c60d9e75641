//! What a page takes from its request: who reads it, which post its path names, and where a form may lead back to.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;

use super::error;
use crate::domain::{PostId, parse_id};
use crate::web::Site;
use crate::web::auth::Visit;

/// Who reads a page. Where nobody can be looked up, the refusal is a page as well.
pub(crate) struct Reader(pub(super) Visit);

impl FromRequestParts<Site> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let visit = <Visit as FromRequestParts<Site>>::from_request_parts(parts, site).await;
        visit.map(Self).map_err(|refused| error::bare(&refused))
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
