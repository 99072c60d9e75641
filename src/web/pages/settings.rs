//! What a member decides about itself: name, bio, who sees that it looks, password, sessions, and the end of the
//! account. Each part is a form of its own: what is refused comes back as it was typed (never a password) with the
//! sentence at its field.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::feed::fresh_key;
use super::local::{Reader, query_value, to_log_in};
use super::{Frame, error, page, private_page, see_other};
use crate::app::people::PasswordChange;
use crate::app::{ProfileChange, SettingsChange};
use crate::domain::{Error, Result};
use crate::web::Site;
use crate::web::auth::{Callers, Visit};
use crate::web::body::Form;
use crate::web::error::status;
use crate::web::headers::all_tokens;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    name: String,
    bio: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Viewing {
    /// A checkbox: absent where it is not checked.
    show_viewing: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Password {
    old: String,
    new: String,
    /// The form's own key: sent twice, it acts once.
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deletion {
    password: String,
}

#[derive(Template)]
#[template(path = "pages/settings.html")]
struct SettingsPage {
    frame: Frame,
    handle: String,
    name: String,
    bio: String,
    shows_viewing: bool,
    /// Of the form for another password.
    key: String,
    /// Which part was saved just now; empty: none.
    done: String,
    wrong: Wrong,
}

/// What is wrong, and where: a field's name or a part's. Empty: nothing.
#[derive(Default)]
struct Wrong {
    place: &'static str,
    sentence: String,
}

impl SettingsPage {
    fn wrong_at(&self, place: &str) -> bool {
        self.wrong.place == place
    }
}

#[derive(Template)]
#[template(path = "pages/farewell.html")]
struct FarewellPage {
    frame: Frame,
}

/// `GET /settings`
pub(super) async fn show(State(site): State<Site>, Reader(visit): Reader, uri: Uri) -> Response {
    let done = query_value(&uri, "done").unwrap_or_default();
    render(&site, &visit, StatusCode::OK, |page| page.done = done)
}

/// `POST /settings/profile`
pub(super) async fn save_profile(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<Profile>>,
) -> Response {
    let Profile { name, bio } = match form {
        Ok(Form(form)) => form,
        Err(error) => return error::page(&site, &visit, &error),
    };
    let change =
        ProfileChange { name: Some(name.clone()), bio: Some(bio.clone()), ..ProfileChange::default() };
    match site.app().update_profile(&visit.caller, change).await {
        Ok(_) => saved("profile"),
        Err(error) => refused(&site, &visit, &error, &["name", "bio"], "profile", |page| {
            (page.name, page.bio) = (name, bio);
        }),
    }
}

/// `POST /settings/viewing`
pub(super) async fn save_viewing(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<Viewing>>,
) -> Response {
    let shows = match form {
        Ok(Form(Viewing { show_viewing })) => match show_viewing.as_deref() {
            None => Ok(false),
            Some("1") => Ok(true),
            Some(_) => Err(Error::bad("show_viewing: 1, or nothing at all.")),
        },
        Err(error) => Err(error),
    };
    let shows = match shows {
        Ok(shows) => shows,
        Err(error) => return error::page(&site, &visit, &error),
    };
    let settings = SettingsChange { shows_viewing: Some(shows), ..SettingsChange::default() };
    let change = ProfileChange { settings, ..ProfileChange::default() };
    match site.app().update_profile(&visit.caller, change).await {
        Ok(_) => saved("viewing"),
        Err(error) => refused(&site, &visit, &error, &[], "viewing", |page| page.shows_viewing = shows),
    }
}

/// `POST /settings/password`
pub(super) async fn change_password(
    State(site): State<Site>,
    Reader(visit): Reader,
    headers: HeaderMap,
    form: Result<Form<Password>>,
) -> Response {
    let Password { old, new, key } = match form {
        Ok(Form(form)) => form,
        Err(error) => return error::page(&site, &visit, &error),
    };
    let key = key.filter(|key| !key.is_empty());
    let change = PasswordChange { old, new, key, tokens: all_tokens(&headers, site.cookie()) };
    match site.app().change_password(&visit.caller, change).await {
        Ok((_, token)) => see_other("/settings?done=password", Some(visit.cookie.begin(&token))),
        Err(error) => refused(&site, &visit, &error, &["password"], "old", |_| {}),
    }
}

/// `POST /settings/log-out`: everywhere.
pub(super) async fn log_out(
    State(site): State<Site>,
    Reader(visit): Reader,
    callers: Result<Callers>,
    form: Result<Form<Nothing>>,
) -> Response {
    let done = async {
        let (Callers(callers), Form(Nothing {})) = (callers?, form?);
        visit.caller.session()?;
        for caller in &callers {
            site.app().log_out_everywhere(caller).await?;
        }
        Ok(())
    };
    match done.await {
        Ok(()) => see_other("/log-in", Some(visit.cookie.end())),
        Err(Error::NoSession) => to_log_in("/settings"),
        Err(error) => error::page(&site, &visit, &error),
    }
}

/// `POST /settings/delete`
pub(super) async fn delete_account(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<Deletion>>,
) -> Response {
    let password = match form {
        Ok(Form(Deletion { password })) => password,
        Err(error) => return error::page(&site, &visit, &error),
    };
    match site.app().delete_account(&visit.caller, password).await {
        Ok(()) => see_other("/farewell", Some(visit.cookie.end())),
        Err(error) => refused(&site, &visit, &error, &[], "delete", |_| {}),
    }
}

/// `GET /farewell`: where an account ends.
pub(super) async fn farewell(State(site): State<Site>, Reader(visit): Reader) -> Response {
    page(StatusCode::OK, &FarewellPage { frame: Frame::of(&site, &visit, "Farewell", "/farewell") })
}

/// A form's own address, opened as a page.
pub(super) async fn back() -> Redirect {
    Redirect::to("/settings")
}

fn saved(part: &str) -> Response {
    see_other(&format!("/settings?done={part}"), None)
}

/// The page again, with what was typed: `fields` are those that the refusal may be about, else it stands at `place`.
fn refused(
    site: &Site,
    visit: &Visit,
    error: &Error,
    fields: &[&'static str],
    place: &'static str,
    typed: impl FnOnce(&mut SettingsPage),
) -> Response {
    let said = error.to_string();
    let field = fields.iter().find(|field| said.starts_with(&format!("{field}:")));
    let sentence = match error {
        Error::BadCredentials => "This is not your password.".to_owned(),
        _ => error::sentence(error),
    };
    let wrong = Wrong { place: field.copied().unwrap_or(place), sentence };
    render(site, visit, status(error), |page| {
        typed(page);
        page.wrong = wrong;
    })
}

/// The page as it is stored, after `change`. Who is no member is sent to log in.
fn render(
    site: &Site,
    visit: &Visit,
    status: StatusCode,
    change: impl FnOnce(&mut SettingsPage),
) -> Response {
    let Ok(session) = visit.caller.member() else { return to_log_in("/settings") };
    let user = &session.user;
    let mut template = SettingsPage {
        frame: Frame::of(site, visit, "Settings", "/settings"),
        handle: user.handle.clone().unwrap_or_default(),
        name: user.name.clone(),
        bio: user.bio.clone(),
        shows_viewing: session.settings.shows_viewing,
        key: fresh_key(),
        done: String::new(),
        wrong: Wrong::default(),
    };
    change(&mut template);
    private_page(status, &template)
}
