//! What a member does with a conversation and with messages of its own without a script.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::refused;
use super::view::Bubble;
use super::write::MessageForm;
use crate::domain::{ConversationId, Error, Message, MessageId, Result, parse_id};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;
use crate::web::pages::local::{ConversationPath, MessagePath, Reader, edit_base};
use crate::web::pages::post_edit::{EditedText, MEANWHILE, version};
use crate::web::pages::{Frame, error, private_page, see_other};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadForm {
    /// How far: a `seq`.
    read: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Template)]
#[template(path = "pages/message_edit.html")]
struct EditPage {
    frame: Frame,
    conversation: u64,
    bubble: Bubble,
    form: MessageForm,
}

/// Does something, and goes on at the address that comes of it.
async fn done(site: &Site, visit: &Visit, act: impl Future<Output = Result<String>>) -> Response {
    match act.await {
        Ok(address) => see_other(&address, None),
        Err(error) => refused(site, visit, &error, "/messages"),
    }
}

/// `POST /messages/{id}/read`
pub(super) async fn read(
    State(site): State<Site>,
    Reader(visit): Reader,
    ConversationPath(id): ConversationPath,
    form: Result<Form<ReadForm>>,
) -> Response {
    let act = async {
        let id = id.ok_or(Error::no_conversation())?;
        let Form(ReadForm { read }) = form?;
        let read = parse_id(&read).ok_or(Error::bad("This form is damaged: open the page once more."))?;
        site.app().read_conversation(&visit.caller, id, read).await?;
        Ok(end_of(id))
    };
    done(&site, &visit, act).await
}

/// `POST /messages/{id}/accept`
pub(super) async fn accept(
    State(site): State<Site>,
    Reader(visit): Reader,
    ConversationPath(id): ConversationPath,
    form: Result<Form<Nothing>>,
) -> Response {
    let act = async {
        let id = id.ok_or(Error::no_conversation())?;
        let Form(Nothing {}) = form?;
        site.app().accept_conversation(&visit.caller, id).await?;
        Ok(end_of(id))
    };
    done(&site, &visit, act).await
}

/// `POST /messages/{id}/hide`
pub(super) async fn hide(
    State(site): State<Site>,
    Reader(visit): Reader,
    ConversationPath(id): ConversationPath,
    form: Result<Form<Nothing>>,
) -> Response {
    let act = async {
        let id = id.ok_or(Error::no_conversation())?;
        let Form(Nothing {}) = form?;
        let was_request = site.app().get_conversation(&visit.caller, id).await?.request;
        site.app().hide_conversation(&visit.caller, id).await?;
        Ok(if was_request { "/messages?requests=1" } else { "/messages" }.to_owned())
    };
    done(&site, &visit, act).await
}

/// A form's own address, opened as a page: the conversation.
pub(super) async fn back(ConversationPath(id): ConversationPath) -> Redirect {
    to_conversation(id)
}

/// The same for a message's.
pub(super) async fn back_to_message(MessagePath(path): MessagePath) -> Redirect {
    to_conversation(path.map(|(conversation, _)| conversation))
}

fn to_conversation(id: Option<ConversationId>) -> Redirect {
    match id {
        Some(id) => Redirect::to(&format!("/messages/{}", id.0)),
        None => Redirect::to("/messages"),
    }
}

/// `GET /messages/{id}/{message}/edit`
pub(super) async fn edit_form(
    State(site): State<Site>,
    Reader(visit): Reader,
    MessagePath(path): MessagePath,
) -> Response {
    let shown = async {
        let (_, id) = path.ok_or(Error::no_message())?;
        let message = site.app().get_message(&visit.caller, id).await?;
        let (text, base) = (message.text.clone(), version(message.edited_at));
        render(&site, &visit, &message, StatusCode::OK, text, base, None)
    };
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/messages"))
}

/// `POST /messages/{id}/{message}/edit`
pub(super) async fn edit(
    State(site): State<Site>,
    Reader(visit): Reader,
    MessagePath(path): MessagePath,
    form: Result<Form<EditedText>>,
) -> Response {
    let done = async {
        let (_, id) = path.ok_or(Error::no_message())?;
        let Form(EditedText { text, edited_at }) = form?;
        let base = edit_base(edited_at.as_deref())?;
        match site.app().edit_message(&visit.caller, id, &text, base).await {
            Ok(message) => Ok(see_other(&address(message.conversation, message.id), None)),
            Err(why @ (Error::NoSession | Error::GuestsOff | Error::Forbidden(_) | Error::NotFound(_))) => {
                Err(why)
            }
            Err(why) => {
                let message = site.app().get_message(&visit.caller, id).await?;
                // Whoever has seen the newer text, which stands above the form, may replace it.
                let (base, sentence) = match why {
                    Error::Superseded => (version(message.edited_at), MEANWHILE.to_owned()),
                    _ => (edited_at.unwrap_or_default(), error::sentence(&why)),
                };
                render(&site, &visit, &message, status(&why), text, base, Some(sentence))
            }
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/messages"))
}

fn render(
    site: &Site,
    visit: &Visit,
    message: &Message,
    status: StatusCode,
    text: String,
    base: String,
    error: Option<String>,
) -> Result<Response> {
    if !site.app().may_edit_message(&visit.caller, message) {
        return Err(Error::Forbidden("A message can be edited by its author, for 15 minutes."));
    }
    let conversation = message.conversation;
    let form = MessageForm {
        action: format!("/messages/{}/{}/edit", conversation.0, message.id.0),
        verb: "Save",
        to: None,
        text,
        key: None,
        base: Some(base),
        seen: None,
        error,
    };
    let mut bubbles = Bubble::all(site, &visit.caller, std::slice::from_ref(message), None);
    let template = EditPage {
        frame: Frame::of(site, visit, "Edit a message", address(conversation, message.id)),
        conversation: conversation.0,
        bubble: bubbles.remove(0),
        form,
    };
    Ok(private_page(status, &template))
}

/// `POST /messages/{id}/{message}/delete`
pub(super) async fn remove(
    State(site): State<Site>,
    Reader(visit): Reader,
    MessagePath(path): MessagePath,
    form: Result<Form<Nothing>>,
) -> Response {
    let act = async {
        let (conversation, id) = path.ok_or(Error::no_message())?;
        let Form(Nothing {}) = form?;
        site.app().remove_message(&visit.caller, id).await?;
        Ok(end_of(conversation))
    };
    done(&site, &visit, act).await
}

/// Where a conversation's newest message stands.
fn end_of(id: ConversationId) -> String {
    format!("/messages/{}#end", id.0)
}

fn address(conversation: ConversationId, message: MessageId) -> String {
    format!("/messages/{}#message-{}", conversation.0, message.0)
}
