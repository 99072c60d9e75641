//! Writing without a script: into a conversation, and to somebody for the first time.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::{refused, render_talk};
use crate::app::conversations::MessageDraft;
use crate::domain::{ConversationId, Error, Result, User, UserKind};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;
use crate::web::pages::feed::fresh_key;
use crate::web::pages::local::{ConversationPath, Reader, query_value};
use crate::web::pages::view::Author;
use crate::web::pages::words::isolate;
use crate::web::pages::{Frame, contact, error, private_page, see_other};

/// The form as it stands on a page: fresh, or as it was refused.
pub(in crate::web::pages) struct MessageForm {
    pub(in crate::web::pages) action: String,
    /// What it does: `Send` or `Save`.
    pub(in crate::web::pages) verb: &'static str,
    /// Who gets it, where there is no conversation yet.
    pub(in crate::web::pages) to: Option<String>,
    pub(in crate::web::pages) text: String,
    /// None where the text replaces another.
    pub(in crate::web::pages) key: Option<String>,
    /// Where it does: which version the edit began from.
    pub(in crate::web::pages) base: Option<String>,
    /// Of an agent: the head of the messages before it.
    pub(in crate::web::pages) seen: Option<u64>,
    pub(in crate::web::pages) error: Option<String>,
}

impl MessageForm {
    /// An empty one for a conversation.
    pub(in crate::web::pages) fn fresh(conversation: ConversationId) -> Self {
        Self::new(format!("/messages/{}", conversation.0), None)
    }

    /// An empty one for a first message to somebody.
    pub(in crate::web::pages) fn first(to: &str) -> Self {
        Self::new("/messages/new".to_owned(), Some(to.to_owned()))
    }

    pub(in crate::web::pages) fn new(action: String, to: Option<String>) -> Self {
        let key = Some(fresh_key());
        Self { action, verb: "Send", to, text: String::new(), key, base: None, seen: None, error: None }
    }

    /// As it was refused. The key stays with its text, so that sending again can't send it twice; one that is used up
    /// does not.
    pub(in crate::web::pages) fn refused(self, text: String, key: Option<String>, why: &Error) -> Self {
        let is_spent = matches!(why, Error::KeyReused | Error::Gone | Error::BadRequest(_));
        let key = key.filter(|_| !is_spent).or(self.key);
        Self { text, key, error: Some(error::sentence(why)), ..self }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    text: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstMessage {
    to: String,
    text: String,
    key: String,
}

#[derive(Template)]
#[template(path = "pages/new_message.html")]
struct NewMessagePage {
    frame: Frame,
    author: Author,
    form: MessageForm,
}

/// `POST /messages/{id}`
pub(super) async fn write(
    State(site): State<Site>,
    Reader(visit): Reader,
    ConversationPath(id): ConversationPath,
    form: Result<Form<NewMessage>>,
) -> Response {
    let done = async {
        let conversation = id.ok_or(Error::no_conversation())?;
        let Form(NewMessage { text, key }) = form?;
        let draft = MessageDraft { conversation, text: text.clone(), key: key.clone(), seen: None };
        match site.app().write_message(&visit.caller, draft).await {
            Ok(created) => Ok(see_other(&address(conversation, created.item.id.0), None)),
            Err(why @ (Error::NoSession | Error::GuestsOff | Error::NotFound(_))) => Err(why),
            Err(why) => {
                let form = MessageForm::fresh(conversation).refused(text, Some(key), &why);
                render_talk(&site, &visit, conversation, None, status(&why), form).await
            }
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/messages"))
}

/// `GET /messages/new?to=HANDLE`: the conversation with this member, or the form that begins it.
pub(super) async fn begin_form(State(site): State<Site>, Reader(visit): Reader, uri: Uri) -> Response {
    let shown = async {
        let to = query_value(&uri, "to").unwrap_or_default().to_ascii_lowercase();
        let is_inbox = site.app().get_user(&to).await.is_ok_and(|user| user.kind == UserKind::Inbox);
        let found = site.app().find_conversation_with(&visit.caller, &to).await;
        if is_inbox && !matches!(found, Ok((_, Some(_)))) {
            return Ok(see_other(&format!("/@{to}"), None));
        }
        let (user, conversation) = found?;
        match conversation {
            Some(conversation) => Ok(see_other(&format!("/messages/{}#end", conversation.id.0), None)),
            None => render(&site, &visit, &user, StatusCode::OK, MessageForm::first(&to)),
        }
    };
    let here = uri.path_and_query().map_or("/messages", |here| here.as_str());
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error, here))
}

/// `POST /messages/new`
pub(super) async fn begin(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<FirstMessage>>,
) -> Response {
    let done = async {
        let Form(FirstMessage { to, text, key }) = form?;
        match send(&site, &visit, &to, &text, key.clone()).await {
            Ok(sent) => Ok(sent),
            Err(why @ (Error::NoSession | Error::GuestsOff | Error::NotFound(_))) => Err(why),
            Err(why) => {
                let user = site.app().get_user(&to).await?;
                let form = MessageForm::first(&to).refused(text, Some(key), &why);
                if user.kind == UserKind::Inbox {
                    return contact::render(&site, &visit, &to, status(&why), form).await;
                }
                render(&site, &visit, &user, status(&why), form)
            }
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/messages"))
}

/// Who has no session yet is a guest from then on.
async fn send(site: &Site, visit: &Visit, to: &str, text: &str, key: String) -> Result<Response> {
    let (conversation, created, cookie) = if visit.caller.session.is_none() {
        let (_, token, conversation, created) =
            site.app().write_as_new_guest(&visit.caller, to, text, key).await?;
        (conversation, created, Some(visit.cookie.begin(&token)))
    } else {
        let (conversation, created) = site.app().write_to(&visit.caller, to, text, key).await?;
        (conversation, created, None)
    };
    Ok(see_other(&address(conversation.id, created.item.id.0), cookie))
}

fn render(site: &Site, visit: &Visit, to: &User, status: StatusCode, form: MessageForm) -> Result<Response> {
    if visit.caller.user() == Some(to.id) {
        return Err(Error::bad("This is you: write to somebody else."));
    }
    let handle = form.to.as_deref().unwrap_or_default();
    let here = format!("/messages/new?to={handle}");
    let title = format!("Write to {}", isolate(&to.name));
    let template =
        NewMessagePage { frame: Frame::of(site, visit, title, here), author: Author::of(to), form };
    Ok(private_page(status, &template))
}

fn address(conversation: ConversationId, message: u64) -> String {
    format!("/messages/{}#message-{message}", conversation.0)
}
