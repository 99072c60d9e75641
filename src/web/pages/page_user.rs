//! Whose page sends a form. Every form carries the field `user`, the user that its page was made for. It is taken out
//! here, before the form's own handler, which so need not know of it. If the session is another's by now, the answer is
//! a page that says so and gives back what was typed.

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use url::form_urlencoded;

use super::local::{Reader, back_to};
use super::view::Author;
use super::{Frame, error, private_page};
use crate::app::page_user::PageUser;
use crate::domain::{Error, Result};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::{is_form, read_body};

/// A form's field whose text a person typed, and what the page calls it. Passwords are never shown.
const TYPED: [(&str, &str); 4] =
    [("text", "What you wrote"), ("name", "Name"), ("bio", "Bio"), ("reason", "Reason")];

#[derive(Template)]
#[template(path = "pages/other_user.html")]
struct OtherUserPage {
    frame: Frame,
    /// Who is logged in by now, a guest too.
    now: Option<Author>,
    /// What was typed: the field's label and its text.
    typed: Vec<(&'static str, String)>,
    /// The page that the form stood on, as it is now.
    reload: String,
}

/// Lets a request through, a form without its field `user`; or refuses it with a page.
pub(crate) async fn admit(site: &Site, request: Request) -> Result<Request, Response> {
    if request.method() != Method::POST || !is_form(&request) || request.uri().path().starts_with("/api/") {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let body = match read_body(body).await {
        Ok(body) => body,
        Err(error) => return Err(refuse(site, &mut parts, &error).await),
    };
    let (users, rest) = take_user(&body);
    if users.is_empty() {
        return Ok(Request::from_parts(parts, Body::from(body)));
    }
    match check(site, &mut parts, &users, &rest).await {
        Ok(None) => {}
        Ok(Some(refusal)) => return Err(refusal),
        Err(error) => return Err(refuse(site, &mut parts, &error).await),
    }
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(rest.len()));
    Ok(Request::from_parts(parts, Body::from(rest)))
}

/// The values of the field `user`, and the form without it as it was sent.
fn take_user(body: &[u8]) -> (Vec<String>, Vec<u8>) {
    let mut users = Vec::new();
    let mut rest: Vec<&[u8]> = Vec::new();
    for pair in body.split(|byte| *byte == b'&') {
        match form_urlencoded::parse(pair).next() {
            Some((name, user)) if name == "user" => users.push(user.into_owned()),
            _ => rest.push(pair),
        }
    }
    (users, rest.join(&b'&'))
}

/// None: the form may be handled. Else the page that refuses it.
async fn check(site: &Site, parts: &mut Parts, users: &[String], rest: &[u8]) -> Result<Option<Response>> {
    let [user] = users else {
        return Err(Error::bad("This form is damaged: it names its user once."));
    };
    let page_user = PageUser::parse(user)?;
    let visit = Visit::from_request_parts(parts, site).await?;
    if visit.caller.check_page(page_user).is_ok() || says_who_acts(&visit, parts.uri.path(), rest) {
        return Ok(None);
    }
    let text = |(field, label)| value(rest, field).map(|text| (label, text));
    let reload = came_from(parts, &visit.origin);
    let template = OtherUserPage {
        now: visit.caller.session.as_ref().map(|session| Author::of(&session.user)),
        typed: TYPED.into_iter().filter_map(text).collect(),
        frame: Frame::of(site, &visit, "Another account", reload.clone()),
        reload,
    };
    Ok(Some(private_page(StatusCode::CONFLICT, &template)))
}

/// Whether the form itself says who acts: it logs in or signs up as the user who is logged in already, or where nobody is
/// (a form that was sent twice: the first sending has ended the session, and the key finds its result), or logs out where
/// nobody is logged in. A change of password where nobody is logged in finds the result of the same form, or is refused.
fn says_who_acts(visit: &Visit, path: &str, form: &[u8]) -> bool {
    match (&visit.caller.session, path) {
        (None, "/log-out" | "/settings/log-out") => true,
        (None, "/log-in" | "/sign-up" | "/settings/password") => value(form, "key").is_some(),
        (Some(session), "/log-in" | "/sign-up") => {
            let handle = value(form, "handle").unwrap_or_default();
            let handle = handle.trim().trim_start_matches('@').to_ascii_lowercase();
            session.user.handle.as_ref() == Some(&handle)
        }
        _ => false,
    }
}

fn value(form: &[u8], field: &str) -> Option<String> {
    let found = form_urlencoded::parse(form).find(|(name, _)| name == field)?.1.into_owned();
    (!found.trim().is_empty()).then_some(found)
}

/// The page that the form stood on, or the form's own address: opened as a page, that leads to where the form belongs.
fn came_from(parts: &Parts, origin: &str) -> String {
    let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let here = referer.and_then(|page| page.strip_prefix(origin)).unwrap_or(parts.uri.path());
    back_to(Some(here)).to_owned()
}

async fn refuse(site: &Site, parts: &mut Parts, error: &Error) -> Response {
    match Reader::from_request_parts(parts, site).await {
        Ok(Reader(visit)) => error::page(site, &visit, error),
        Err(refusal) => refusal.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::take_user;

    #[test]
    fn the_user_is_taken_out_and_the_rest_stays_byte_by_byte() {
        let (users, rest) = take_user(b"text=a%20b+%ff&user=7&%75ser=8&key=&userx=1");
        assert_eq!(users, ["7", "8"]);
        assert_eq!(rest, b"text=a%20b+%ff&key=&userx=1");
        assert_eq!(take_user(b"user=0"), (vec!["0".to_owned()], Vec::new()));
        assert_eq!(take_user(b""), (Vec::new(), Vec::new()));
    }
}
