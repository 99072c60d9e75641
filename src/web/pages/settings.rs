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
use super::view::Author;
use super::{Frame, error, page, private_page, see_other};
use crate::app::people::PasswordChange;
use crate::app::{ProfileChange, SettingsChange};
use crate::domain::{Error, Limit, MessagesFrom, Notify, Result};
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

/// Checkboxes: absent where they are not checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotifyForm {
    like: Option<String>,
    comment: Option<String>,
    answer: Option<String>,
    mention: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessagesForm {
    from_everyone: Option<String>,
    receipts: Option<String>,
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
    notify: Notify,
    /// Whether every member may begin a conversation.
    from_everyone: bool,
    receipts: bool,
    /// Whom the member blocks, the latest first.
    blocked: Vec<Author>,
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
    render(&site, &visit, StatusCode::OK, |page| page.done = done).await
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
        Err(error) => {
            let typed = |page: &mut SettingsPage| (page.name, page.bio) = (name, bio);
            refused(&site, &visit, &error, &["name", "bio"], "profile", typed).await
        }
    }
}

/// `POST /settings/viewing`
pub(super) async fn save_viewing(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<Viewing>>,
) -> Response {
    let change = form.and_then(|Form(Viewing { show_viewing })| {
        let shows_viewing = Some(checked("show_viewing", show_viewing.as_deref())?);
        Ok(SettingsChange { shows_viewing, ..SettingsChange::default() })
    });
    save(&site, &visit, change, "viewing").await
}

/// Whether a checkbox is checked.
fn checked(field: &str, value: Option<&str>) -> Result<bool> {
    match value {
        None => Ok(false),
        Some("1") => Ok(true),
        Some(_) => Err(Error::bad(format!("{field}: 1, or nothing at all."))),
    }
}

/// `POST /settings/notify`
pub(super) async fn save_notify(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<NotifyForm>>,
) -> Response {
    let change = form.and_then(|Form(NotifyForm { like, comment, answer, mention })| {
        Ok(SettingsChange {
            notify_like: Some(checked("like", like.as_deref())?),
            notify_comment: Some(checked("comment", comment.as_deref())?),
            notify_answer: Some(checked("answer", answer.as_deref())?),
            notify_mention: Some(checked("mention", mention.as_deref())?),
            ..SettingsChange::default()
        })
    });
    save(&site, &visit, change, "notify").await
}

/// `POST /settings/messages`
pub(super) async fn save_messages(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<MessagesForm>>,
) -> Response {
    let change = form.and_then(|Form(MessagesForm { from_everyone, receipts })| {
        let from_everyone = checked("from_everyone", from_everyone.as_deref())?;
        let messages_from = if from_everyone { MessagesFrom::Everyone } else { MessagesFrom::Nobody };
        Ok(SettingsChange {
            messages_from: Some(messages_from),
            receipts: Some(checked("receipts", receipts.as_deref())?),
            ..SettingsChange::default()
        })
    });
    save(&site, &visit, change, "messages").await
}

async fn save(site: &Site, visit: &Visit, change: Result<SettingsChange>, part: &'static str) -> Response {
    let change = match change {
        Ok(change) => change,
        Err(error) => return error::page(site, visit, &error),
    };
    match site.app().update_settings(&visit.caller, change).await {
        Ok(_) => saved(part),
        Err(error) => refused(site, visit, &error, &[], part, |_| {}).await,
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
        Err(error) => refused(&site, &visit, &error, &["password"], "old", |_| {}).await,
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
        Err(error) => refused(&site, &visit, &error, &[], "delete", |_| {}).await,
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
async fn refused(
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
    .await
}

/// The page as it is stored, after `change`. Who is no member is sent to log in.
async fn render(
    site: &Site,
    visit: &Visit,
    status: StatusCode,
    change: impl FnOnce(&mut SettingsPage),
) -> Response {
    let Ok(session) = visit.caller.member() else { return to_log_in("/settings") };
    let user = &session.user;
    let blocked = match site.app().list_blocks(&visit.caller, None, Limit::at_most(100)).await {
        Ok(page) => page.items.iter().map(Author::of).collect(),
        Err(error) => return error::page(site, visit, &error),
    };
    let mut template = SettingsPage {
        frame: Frame::of(site, visit, "Settings", "/settings"),
        handle: user.handle.clone().unwrap_or_default(),
        name: user.name.clone(),
        bio: user.bio.clone(),
        shows_viewing: session.settings.shows_viewing,
        notify: session.settings.notify,
        from_everyone: session.settings.messages_from == MessagesFrom::Everyone,
        receipts: session.settings.receipts,
        blocked,
        key: fresh_key(),
        done: String::new(),
        wrong: Wrong::default(),
    };
    change(&mut template);
    private_page(status, &template)
}
