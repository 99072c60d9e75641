//! `/conversations`: begin, list, show, hide, read, accept.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::{ConversationPath, ConversationsPaging, ConversationsQuery};
use super::views::{Begun, Conversation, ConversationAnswer, List};
use super::{Answer, json, values};
use crate::web::Site;
use crate::web::auth::{Visit, begin_session};
use crate::web::body::Json;
use crate::web::error::Problem;

/// A message to somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConversation {
    /// The handle of a member or an inbox.
    #[schema(value_type = values::Handle)]
    to: String,
    #[schema(value_type = values::MessageText)]
    text: String,
    /// The client's own key: sending the same message again with it adds nothing.
    #[schema(value_type = values::Key)]
    key: String,
}

/// How far I have read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadPosition {
    /// A `seq`. Never back, and beyond the head means the head.
    #[serde(deserialize_with = "super::params::position")]
    #[schema(value_type = values::Position)]
    pub(super) read: u64,
}

/// Write to a member or an inbox
///
/// Without a session, where guests may write to inboxes, it makes a guest and sets the session's cookie. In the conversation of the two: there is one for each pair, for ever. It begins with this where there is none, and is a
/// request for the other side until it has answered or accepted; until then one message stands.
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = NewConversation,
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The message, after the commit", body = Begun),
        (status = 200, description = "The key had made this message already", body = Begun),
        (status = 403, description = "forbidden: blocked, or the member lets nobody begin, or it has not answered yet; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "key_reused", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "gone", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn begin(
    State(site): State<Site>,
    visit: Visit,
    Json(new): Json<NewConversation>,
) -> Answer<Response> {
    let NewConversation { to, text, key } = new;
    let status = |fresh: bool| if fresh { StatusCode::CREATED } else { StatusCode::OK };
    // A new guest is known by its cookie, and an answer to a page of another origin sets none.
    if visit.caller.session.is_none() && !visit.foreign {
        let (guest, token, conversation, created) =
            site.app().write_as_new_guest(&visit.caller, &to, &text, key).await?;
        let mut response = json(status(created.fresh), &Begun::from((conversation, created.item)));
        begin_session(&mut response, guest.id, &token, &visit.cookie);
        return Ok(response);
    }
    let (conversation, created) = site.app().write_to(&visit.caller, &to, &text, key).await?;
    Ok(json(status(created.fresh), &Begun::from((conversation, created.item))))
}

/// List my conversations
///
/// Newest activity first: those that are no requests, or the requests only.
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(ConversationsQuery),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of conversations", body = List<Conversation>),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(site): State<Site>,
    visit: Visit,
    ConversationsPaging { requests, paging }: ConversationsPaging,
) -> Answer<Response> {
    let page = site.app().list_conversations(&visit.caller, requests, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Conversation>::from(page)))
}

/// Show a conversation of mine
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The conversation as I see it", body = ConversationAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn show(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
) -> Answer<Response> {
    let conversation = site.app().get_conversation(&visit.caller, id).await?;
    Ok(json(StatusCode::OK, &ConversationAnswer::from(conversation)))
}

/// Hide a conversation
///
/// From my list, until the next message. A request is declined so.
#[utoipa::path(delete, path = "/conversations/{id}", tag = "conversations", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Hidden"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn hide(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
) -> Answer<StatusCode> {
    site.app().hide_conversation(&visit.caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say how far I have read
#[utoipa::path(put, path = "/conversations/{id}/read", tag = "conversations", params(("id" = values::Id, Path)),
    request_body = ReadPosition, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Read up to there"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn read(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
    Json(position): Json<ReadPosition>,
) -> Answer<StatusCode> {
    site.app().read_conversation(&visit.caller, id, position.read).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accept a request
///
/// It is an ordinary conversation from now on. Repeating changes nothing.
#[utoipa::path(put, path = "/conversations/{id}/accept", tag = "conversations", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "It is no request"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn accept(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
) -> Answer<StatusCode> {
    site.app().accept_conversation(&visit.caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
