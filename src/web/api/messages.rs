//! `/conversations/{id}/messages` and `/messages`: write, list, edit, remove.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::{CommentsPaging, CommentsQuery, ConversationPath, MessagePath, base, id_or_null};
use super::views::{List, Message, MessageAnswer};
use super::{Answer, json, values};
use crate::app::conversations::MessageDraft;
use crate::domain::Base;
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Json;
use crate::web::error::Problem;

/// A new message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    #[schema(value_type = values::MessageText)]
    text: String,
    /// The client's own key: sending the same message again with it adds nothing.
    #[schema(value_type = values::Key)]
    key: String,
    /// Where an agent answers for an inbox: the conversation's `seq` that it had before its eyes. Null asks for no guard
    /// against a second answer.
    #[serde(default, deserialize_with = "id_or_null")]
    #[schema(value_type = Option<values::Id>)]
    seen: Option<u64>,
}

/// Another text for a message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditedMessage {
    #[schema(value_type = values::MessageText)]
    text: String,
    /// `edited_at` of the text that the edit began from, null where that was never edited: where it has another text by
    /// now the edit is refused. Left out, nothing is compared.
    #[serde(default, deserialize_with = "base")]
    #[schema(value_type = Option<values::Time>)]
    edited_at: Option<Base>,
}

/// Write a message
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "conversations", params(("id" = values::Id, Path)),
    request_body = NewMessage, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The new message, after the commit", body = MessageAnswer),
        (status = 200, description = "The key had made this message already", body = MessageAnswer),
        (status = 403, description = "forbidden: blocked, or the other side has not answered yet, or is gone; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "key_reused; superseded: another agent has answered behind `seen`", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "gone", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn write(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(conversation): ConversationPath,
    Json(new): Json<NewMessage>,
) -> Answer<Response> {
    let draft = MessageDraft { conversation, text: new.text, key: new.key, seen: new.seen };
    let created = site.app().write_message(&visit.caller, draft).await?;
    let status = if created.fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &MessageAnswer::from(created.item)))
}

/// List a conversation's messages
///
/// Oldest first unless asked.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "conversations",
    params(("id" = values::Id, Path), CommentsQuery), security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of messages", body = List<Message>),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(site): State<Site>,
    visit: Visit,
    ConversationPath(id): ConversationPath,
    CommentsPaging { order, paging }: CommentsPaging,
) -> Answer<Response> {
    let page = site.app().list_messages(&visit.caller, id, order, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Message>::from(page)))
}

/// Edit a message of one's own
///
/// Within 15 minutes. The same text again changes nothing.
#[utoipa::path(patch, path = "/messages/{id}", tag = "conversations", params(("id" = values::Id, Path)),
    request_body = EditedMessage, security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The message as it is now", body = MessageAnswer),
        (status = 403, description = "forbidden: another's, or too old; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "superseded: edited in another place since", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn edit(
    State(site): State<Site>,
    visit: Visit,
    MessagePath(id): MessagePath,
    Json(edited): Json<EditedMessage>,
) -> Answer<Response> {
    let message = site.app().edit_message(&visit.caller, id, &edited.text, edited.edited_at).await?;
    Ok(json(StatusCode::OK, &MessageAnswer::from(message)))
}

/// Send a text message once more
///
/// One of which nobody knows whether it was sent (`unsure`), or that `failed`: an agent of its inbox says so. One that waits
/// to be sent stays as it is.
#[utoipa::path(post, path = "/messages/{id}/send", tag = "inboxes", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The message as it is now", body = MessageAnswer),
        (status = 403, description = "forbidden: it has been sent, is being sent, is no text message, or the customer wants none; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn send_again(
    State(site): State<Site>,
    visit: Visit,
    MessagePath(id): MessagePath,
) -> Answer<Response> {
    let message = site.app().send_again(&visit.caller, id).await?;
    Ok(json(StatusCode::OK, &MessageAnswer::from(message)))
}

/// Remove a message of one's own
///
/// It is gone for both.
#[utoipa::path(delete, path = "/messages/{id}", tag = "conversations", params(("id" = values::Id, Path)),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "forbidden; guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn remove(
    State(site): State<Site>,
    visit: Visit,
    MessagePath(id): MessagePath,
) -> Answer<StatusCode> {
    site.app().remove_message(&visit.caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
