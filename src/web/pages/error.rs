//! What a visitor sees when something is refused or fails: a page with a sentence and a way on.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::local::{Reader, back_to};
use super::{Frame, page as render};
use crate::domain::Error;
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::error::{set_retry_after, status};
use crate::web::guard::NO_PAGES;

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    headline: &'static str,
    sentence: String,
    /// Whether an account would help.
    sign_up: bool,
}

/// A page that needs nothing of the site, so that it can't fail as well.
#[derive(Template)]
#[template(path = "pages/bare.html")]
struct BarePage {
    frame: BareFrame,
    status: u16,
    headline: &'static str,
    sentence: String,
}

/// What stands around a page that needs nothing of the site.
pub(super) struct BareFrame {
    pub(super) assets: &'static str,
}

impl BareFrame {
    pub(super) fn new() -> Self {
        Self { assets: crate::web::assets::folder() }
    }
}

/// The page of a refusal.
pub(crate) fn page(site: &Site, visit: &Visit, error: &Error) -> Response {
    let status = status(error);
    let headline = headline(error);
    let template = ErrorPage {
        frame: Frame::of(site, visit, headline, "/"),
        status: status.as_u16(),
        headline,
        sentence: sentence(error),
        sign_up: matches!(error, Error::NoSession | Error::GuestsOff) && !is_member(visit),
    };
    let mut response = render(status, &template);
    set_retry_after(&mut response, error.retry_after_ms());
    response
}

const fn headline(error: &Error) -> &'static str {
    match error {
        Error::NotFound(_) | Error::Gone => "The stage is empty",
        Error::NoSession | Error::GuestsOff => "Members only",
        Error::Forbidden(_) | Error::BadOrigin => "Not yours to do",
        Error::RateLimited { .. } => "Encore, but slower",
        Error::Overloaded | Error::Storage | Error::UnknownOutcome => "A short interval",
        _ => "That did not work",
    }
}

/// The page for an address that leads nowhere.
pub(crate) async fn not_found(
    State(site): State<Site>,
    Reader(visit): Reader,
    method: Method,
    uri: Uri,
) -> Response {
    if let Some(path) = without_slash(&uri).filter(|_| matches!(method, Method::GET | Method::HEAD)) {
        return Redirect::permanent(&path).into_response();
    }
    page(
        &site,
        &visit,
        &Error::NotFound("Nothing is at this address. It may have been mistyped, or removed."),
    )
}

/// The address without the slash at its end, where it has one.
fn without_slash(uri: &Uri) -> Option<String> {
    if NO_PAGES.iter().any(|other| uri.path().starts_with(other)) {
        return None;
    }
    let path = uri.path().strip_suffix('/')?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let address = format!("{path}{query}");
    // Nothing that a browser could read as another site's address.
    (back_to(Some(&address)) == address && address != "/" && !address.ends_with('/')).then_some(address)
}

/// The page of a refusal where it is not known who reads it.
pub(crate) fn bare(error: &Error) -> Response {
    let mut response = plain(status(error), headline(error), sentence(error));
    set_retry_after(&mut response, error.retry_after_ms());
    response
}

/// The page for a failure of ours, after which nobody knows what was done.
pub(crate) fn unknown(status: StatusCode, sentence: &str) -> Response {
    plain(status, "Something fell over backstage", sentence.to_owned())
}

fn plain(status: StatusCode, headline: &'static str, sentence: String) -> Response {
    html(status, &BarePage { frame: BareFrame::new(), status: status.as_u16(), headline, sentence })
}

/// An answer that is a page, and kept by nobody.
pub(super) fn html(status: StatusCode, template: &impl Template) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, template.render().unwrap_or_default()).into_response()
}

/// An error's sentence for people: without the field's name before it, since it stands beside the field.
pub(super) fn sentence(error: &Error) -> String {
    let said = error.to_string();
    let fields =
        ["text: ", "handle: ", "password: ", "name: ", "bio: ", "reason: ", "key: ", "cursor: ", "limit: "];
    let bare = fields.iter().find_map(|field| said.strip_prefix(field)).unwrap_or(&said);
    let mut letters = bare.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn is_member(visit: &Visit) -> bool {
    visit.caller.session.as_ref().is_some_and(|session| session.user.is_member())
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use crate::domain::Error;

    #[test]
    fn a_sentence_stands_beside_its_field_without_its_name() {
        let error = Error::bad("name: one line without tabs.");
        assert_eq!(sentence(&error), "One line without tabs.");
        assert_eq!(sentence(&Error::NoSession), "This needs a session: sign up or log in first.");
    }
}
