//! Sign up, log in, log out. A refused form comes back with what was typed (never the password) and the sentence
//! beside the field that it is about.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::feed::fresh_key;
use super::local::{Reader, back_to, query_value};
use super::{Frame, error, page, see_other};
use crate::app::sessions;
use crate::domain::user::read_handle;
use crate::domain::{Error, Result, Token, User};
use crate::web::Site;
use crate::web::auth::{Callers, Visit};
use crate::web::body::Form;
use crate::web::error::status;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    handle: String,
    password: String,
    name: Option<String>,
    next: Option<String>,
    /// The form's own key: sent twice, it acts once.
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogOut {}

/// What the form shows: typed before, and what is wrong with which field.
struct Typed {
    handle: String,
    name: String,
    next: String,
    key: String,
    /// The field that is wrong; empty if it is none in particular.
    field: &'static str,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/sign_up.html")]
struct SignUpPage {
    frame: Frame,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "pages/log_in.html")]
struct LogInPage {
    frame: Frame,
    typed: Typed,
}

/// What somebody reads whose browser keeps no cookie.
#[derive(Template)]
#[template(path = "pages/no_cookie.html")]
struct NoCookiePage {
    frame: Frame,
    origin: String,
}

/// `GET /sign-up`
pub(super) async fn sign_up_form(State(site): State<Site>, Reader(visit): Reader, uri: Uri) -> Response {
    show_sign_up(&site, &visit, StatusCode::OK, Typed::nothing(&uri))
}

/// `GET /log-in`
pub(super) async fn log_in_form(State(site): State<Site>, Reader(visit): Reader, uri: Uri) -> Response {
    show_log_in(&site, &visit, StatusCode::OK, Typed::nothing(&uri))
}

/// `POST /sign-up`
pub(super) async fn sign_up(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<Credentials>>,
) -> Response {
    let form = match form {
        Ok(Form(form)) => form.tidy(),
        Err(error) => return error::page(&site, &visit, &error),
    };
    let name = form.name.clone().filter(|name| !name.trim().is_empty());
    let request = sessions::SignUp { handle: form.handle.clone(), password: form.password.clone(), name };
    match site.app().sign_up(&visit.caller, request, form.key()).await {
        Ok(member) => begin(&visit, &form, &member),
        Err(error) => show_sign_up(&site, &visit, status(&error), form.refused(&error)),
    }
}

/// `POST /log-in`
pub(super) async fn log_in(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<Credentials>>,
) -> Response {
    let form = match form {
        Ok(Form(form)) => form.tidy(),
        Err(error) => return error::page(&site, &visit, &error),
    };
    match site.app().log_in(&visit.caller, &form.handle, form.password.clone(), form.key()).await {
        Ok(member) => begin(&visit, &form, &member),
        Err(error) => show_log_in(&site, &visit, status(&error), form.refused(&error)),
    }
}

/// `POST /log-out`
pub(super) async fn log_out(
    State(site): State<Site>,
    Reader(visit): Reader,
    callers: Result<Callers>,
    form: Result<Form<LogOut>>,
) -> Response {
    let done = async {
        let (Callers(callers), Form(LogOut {})) = (callers?, form?);
        for caller in &callers {
            site.app().log_out(caller).await?;
        }
        Ok(())
    };
    match done.await {
        // A session that is already over is as good as one that ends now.
        Ok(()) | Err(Error::NoSession) => see_other("/", Some(visit.cookie.end())),
        Err(error) => error::page(&site, &visit, &error),
    }
}

/// Sets the cookie, and looks at the next page whether the browser has kept it.
fn begin(visit: &Visit, form: &Credentials, (_, token): &(User, Token)) -> Response {
    // Of what a local path may hold, these mean something else in a query.
    let next = back_to(form.next.as_deref()).replace('%', "%25").replace('&', "%26").replace('+', "%2B");
    see_other(&format!("/welcome?next={next}"), Some(visit.cookie.begin(token)))
}

/// `GET /welcome`: where logging in and signing up end. With the session's cookie it leads on to `next`; without it the
/// browser has not kept the cookie, and the page says so.
pub(super) async fn welcome(State(site): State<Site>, Reader(visit): Reader, uri: Uri) -> Response {
    let next = query_value(&uri, "next");
    let next = back_to(next.as_deref());
    if visit.caller.member().is_ok() {
        return see_other(next, None);
    }
    let frame = Frame::of(&site, &visit, "Cookies are blocked", next);
    page(StatusCode::OK, &NoCookiePage { frame, origin: visit.origin })
}

fn show_sign_up(site: &Site, visit: &Visit, status: StatusCode, typed: Typed) -> Response {
    let frame = Frame::of(site, visit, "Sign up", "/sign-up");
    page(status, &SignUpPage { frame, typed })
}

fn show_log_in(site: &Site, visit: &Visit, status: StatusCode, typed: Typed) -> Response {
    let frame = Frame::of(site, visit, "Log in", "/log-in");
    page(status, &LogInPage { frame, typed })
}

impl Credentials {
    /// A handle as people write it: with an @ before it, in capitals, with a space that a phone added.
    fn tidy(mut self) -> Self {
        self.handle = read_handle(&self.handle);
        self
    }

    fn key(&self) -> Option<&str> {
        self.key.as_deref().filter(|key| !key.is_empty())
    }

    fn refused(self, error: &Error) -> Typed {
        let said = error.to_string();
        let named =
            ["handle", "password", "name"].into_iter().find(|field| said.starts_with(&format!("{field}:")));
        let field = match error {
            Error::HandleTaken => "handle",
            Error::BadRequest(_) => named.unwrap_or_default(),
            _ => "",
        };
        Typed {
            handle: self.handle,
            name: self.name.unwrap_or_default(),
            key: fresh_key(),
            next: back_to(self.next.as_deref()).to_owned(),
            field,
            error: Some(error::sentence(error)),
        }
    }
}

impl Typed {
    /// An empty form; `?next=` says where to go afterwards.
    fn nothing(uri: &Uri) -> Self {
        let next = query_value(uri, "next");
        Self {
            handle: String::new(),
            name: String::new(),
            key: fresh_key(),
            next: back_to(next.as_deref()).to_owned(),
            field: "",
            error: None,
        }
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.error.is_some() && self.field == field
    }
}
