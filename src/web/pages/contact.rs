//! `/@{handle}` of an inbox, as its customers see it: who answers there, and the way to write to them.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::messages::MessageForm;
use super::rich::{self, Part};
use super::view::Author;
use super::words::isolate;
use super::{Frame, page};
use crate::domain::Result;
use crate::web::Site;
use crate::web::auth::Visit;

#[derive(Template)]
#[template(path = "pages/contact.html")]
struct ContactPage {
    frame: Frame,
    author: Author,
    handle: String,
    greeting: Vec<Part>,
    way: Way,
}

/// What the visitor does here.
enum Way {
    /// Answers for the inbox.
    Answers,
    /// Has written already: the conversation.
    GoesOn(u64),
    /// Writes.
    Writes(MessageForm),
    /// May write with an account only.
    LogsIn,
}

/// The page of an inbox, with this form to write to it.
pub(super) async fn render(
    site: &Site,
    visit: &Visit,
    handle: &str,
    status: StatusCode,
    form: MessageForm,
) -> Result<Response> {
    let (app, caller) = (site.app(), &visit.caller);
    let inbox = app.find_inbox(handle).await?;
    let way = if app.find_agents(caller, inbox.user.id).await?.is_some() {
        Way::Answers
    } else if !app.may_write_to_inboxes(caller) {
        Way::LogsIn
    } else if let Some(id) = known(site, visit, handle).await?.filter(|_| form.error.is_none()) {
        Way::GoesOn(id)
    } else {
        Way::Writes(form)
    };
    let name = isolate(&inbox.user.name);
    let about = if inbox.greeting.is_empty() { format!("Write to {name}") } else { inbox.greeting.clone() };
    let frame = Frame::of(site, visit, format!("{name} (@{handle})"), format!("/@{handle}"))
        .about("profile", &about)
        .with_fact("profile:username", handle.to_owned())
        .with_texts(site, std::iter::once(inbox.greeting.as_str()))
        .await?;
    let template = ContactPage {
        frame,
        author: Author::of(&inbox.user),
        handle: handle.to_owned(),
        greeting: rich::parts(&inbox.greeting),
        way,
    };
    Ok(page(status, &template))
}

/// The visitor's conversation with the inbox.
async fn known(site: &Site, visit: &Visit, handle: &str) -> Result<Option<u64>> {
    if visit.caller.session.is_none() {
        return Ok(None);
    }
    let (_, known) = site.app().find_conversation_with(&visit.caller, handle).await?;
    Ok(known.map(|conversation| conversation.id.0))
}
