//! `/messages`: a member's conversations, and one of them beside the list. On narrow screens there is room for one of the
//! two.

mod acts;
mod view;
mod write;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::inboxes::case_address;
use super::local::{ConversationPath, Paging, Reader, query_value, to_log_in};
use super::view::Author;
use super::words::isolate;
use super::{Frame, error, private_page, see_other};
use crate::domain::{Conversation, ConversationId, Cursor, Error, Limit, Order, Result};
use crate::web::Site;
use crate::web::auth::Visit;
use view::Row;

pub(super) use view::Bubble;
pub(super) use write::MessageForm;

/// How many messages a page shows.
const PAGE: u64 = 50;

/// The routes of these pages.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/messages", get(list))
        .route("/messages/new", get(write::begin_form).post(write::begin))
        .route("/messages/{id}", get(show).post(write::write))
        .route("/messages/{id}/read", get(acts::back).post(acts::read))
        .route("/messages/{id}/accept", get(acts::back).post(acts::accept))
        .route("/messages/{id}/hide", get(acts::back).post(acts::hide))
        .route("/messages/{id}/{message}/edit", get(acts::edit_form).post(acts::edit))
        .route("/messages/{id}/{message}/delete", get(acts::back_to_message).post(acts::remove))
}

#[derive(Template)]
#[template(path = "pages/messages.html")]
struct MessagesPage {
    frame: Frame,
    rows: Vec<Row>,
    blank: Row,
    /// Whether the list is that of requests.
    requests: bool,
    /// Whether the list begins with its newest.
    first: bool,
    /// Where the list goes on.
    next: Option<u64>,
    /// Whether the reader answers for an inbox.
    is_agent: bool,
    /// The conversation that is open.
    talk: Option<Talk>,
}

/// The conversation that is open.
#[expect(clippy::struct_excessive_bools, reason = "each says something else of what is shown")]
struct Talk {
    id: u64,
    author: Author,
    /// The other side's id.
    with: u64,
    /// Its name, as it stands in a sentence.
    name: String,
    /// The position in `conversation:ID` from which the page resumes.
    seq: u64,
    /// How far the reader has read.
    read: u64,
    unread: u64,
    request: bool,
    bubbles: Vec<Bubble>,
    blank: Bubble,
    /// Whether it is an earlier part, without the newest messages.
    is_earlier: bool,
    /// Where earlier messages end.
    next: Option<u64>,
    /// Whether the reader blocks the other side, and whether it may: an inbox is nobody to block.
    is_blocked: bool,
    may_block: bool,
    /// None where nobody reads any more.
    form: Option<MessageForm>,
}

/// `GET /messages`
async fn list(State(site): State<Site>, Reader(visit): Reader, paging: Result<Paging>, uri: Uri) -> Response {
    let shown = async {
        let paging = paging?;
        let requests = query_value(&uri, "requests").is_some();
        render(&site, &visit, requests, &paging, None, StatusCode::OK).await
    };
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/messages"))
}

/// `GET /messages/{id}`
async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    ConversationPath(id): ConversationPath,
    uri: Uri,
) -> Response {
    let shown = async {
        let id = id.ok_or(Error::no_conversation())?;
        let before = query_value(&uri, "before").as_deref().map(Cursor::parse).transpose()?;
        render_talk(&site, &visit, id, before, StatusCode::OK, MessageForm::fresh(id)).await
    };
    match shown.await {
        Ok(shown) => shown,
        // An agent finds an inbox's conversation in the inbox.
        Err(error @ Error::NotFound(_)) if let Some(id) = id => match case_address(&site, &visit, id).await {
            Ok(Some(address)) => see_other(&address, None),
            _ => refused(&site, &visit, &error, uri.path()),
        },
        Err(error) => refused(&site, &visit, &error, uri.path()),
    }
}

/// The page of a conversation, with this form to write in it.
async fn render_talk(
    site: &Site,
    visit: &Visit,
    id: ConversationId,
    before: Option<Cursor>,
    status: StatusCode,
    form: MessageForm,
) -> Result<Response> {
    let (app, caller) = (site.app(), &visit.caller);
    // Before its messages: what comes in between comes once more with the resumption, and is known by then.
    let conversation = app.get_conversation(caller, id).await?;
    let mut messages = app.list_messages(caller, id, Order::Newest, before, Limit::new(PAGE)?).await?;
    messages.items.reverse();
    let Conversation { with, seq, read, unread, request, .. } = &conversation;
    let has_account = with.handle.is_some();
    let talk = Talk {
        id: id.0,
        author: Author::of(with),
        with: with.id.0,
        name: isolate(&with.name),
        seq: *seq,
        read: *read,
        unread: *unread,
        request: *request,
        bubbles: Bubble::all(site, caller, &messages.items, (*unread > 0).then_some(*read)),
        blank: Bubble::blank(id.0),
        is_earlier: before.is_some(),
        next: messages.next.map(|Cursor(next)| next),
        may_block: with.is_member() && has_account,
        is_blocked: has_account && caller.member().is_ok() && app.is_blocking(caller, with.id).await?,
        form: has_account.then_some(form),
    };
    render(site, visit, *request, &Paging::first(), Some(talk), status).await
}

async fn render(
    site: &Site,
    visit: &Visit,
    requests: bool,
    paging: &Paging,
    talk: Option<Talk>,
    status: StatusCode,
) -> Result<Response> {
    let caller = &visit.caller;
    let found = site.app().list_conversations(caller, requests, paging.after, paging.limit).await?;
    let open = talk.as_ref().map(|talk| talk.id);
    let (title, here) = match &talk {
        Some(Talk { id, name, .. }) => (format!("Messages with {name}"), format!("/messages/{id}")),
        None if requests => ("Requests".to_owned(), "/messages?requests=1".to_owned()),
        None => ("Messages".to_owned(), "/messages".to_owned()),
    };
    let texts: Vec<&str> =
        talk.iter().flat_map(|talk| &talk.bubbles).map(|bubble| bubble.text.as_str()).collect();
    let template = MessagesPage {
        frame: Frame::of(site, visit, title, here).with_texts(site, texts.into_iter()).await?,
        rows: found.items.iter().map(|row| Row::of(row, caller.user(), open)).collect(),
        blank: Row::blank(),
        requests,
        first: paging.after.is_none(),
        next: found.next.map(|Cursor(next)| next),
        is_agent: caller.member().is_ok() && !site.app().list_inboxes(caller).await?.is_empty(),
        talk,
    };
    Ok(private_page(status, &template))
}

/// Who is nobody yet may turn out to be the member whose page it is.
fn refused(site: &Site, visit: &Visit, error: &Error, here: &str) -> Response {
    if *error == Error::NoSession { to_log_in(here) } else { error::page(site, visit, error) }
}
