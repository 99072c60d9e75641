//! `/me`: who am I, what I say of myself, my password, my settings, the end of my account.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::{present, present_object};
use super::views::{MessagesFrom, SettingsAnswer, TokenAnswer, UserAnswer};
use super::{Answer, json, values};
use crate::app::people::PasswordChange;
use crate::app::{ProfileChange, SettingsChange};
use crate::domain::Error;
use crate::web::Site;
use crate::web::auth::{Visit, begin_session};
use crate::web::body::Json;
use crate::web::error::Problem;
use crate::web::headers::all_tokens;

/// What changes; what is not there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedProfile {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Name>)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Bio>)]
    bio: Option<String>,
}

/// A new password, and the one until now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedPassword {
    #[schema(value_type = values::Password)]
    old: String,
    #[schema(value_type = values::NewPassword)]
    new: String,
    /// The client's own key: sent again with it and the same token within ten minutes, the same change answers the same
    /// session.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Key>)]
    key: Option<String>,
}

/// The password, once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Farewell {
    #[schema(value_type = values::Password)]
    password: String,
}

/// What changes; what is not there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedSettings {
    /// Whether others see that I look at a post.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    show_viewing: Option<bool>,
    /// What I want to be notified of.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(nullable = false)]
    notify: Option<ChangedNotify>,
    /// Who may begin a conversation with me; those that are there go on.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    messages_from: Option<MessagesFrom>,
    /// Whether the other side of a conversation sees how far I have read. Mutual: who does not show it does not see it.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    receipts: Option<bool>,
}

/// What changes of it; what is not there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedNotify {
    /// My post was liked.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    like: Option<bool>,
    /// My post was commented on.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    comment: Option<bool>,
    /// My comment was answered.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    answer: Option<bool>,
    /// I was mentioned.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    mention: Option<bool>,
}

impl From<ChangedSettings> for SettingsChange {
    fn from(change: ChangedSettings) -> Self {
        let ChangedSettings { show_viewing, notify, messages_from, receipts } = change;
        let notify = notify.as_ref();
        Self {
            shows_viewing: show_viewing,
            notify_like: notify.and_then(|notify| notify.like),
            notify_comment: notify.and_then(|notify| notify.comment),
            notify_answer: notify.and_then(|notify| notify.answer),
            notify_mention: notify.and_then(|notify| notify.mention),
            messages_from: messages_from.map(Into::into),
            receipts,
        }
    }
}

/// Who am I
#[utoipa::path(get, path = "/me", tag = "people", security((), ("bearer" = []), ("cookie" = [])),
    responses((status = 200, description = "The user of my session; null without one", body = UserAnswer)))]
pub(super) async fn show(visit: Visit) -> Answer<Response> {
    Ok(json(StatusCode::OK, &UserAnswer::from(visit.caller.session.map(|session| session.user))))
}

/// Change my name or bio
#[utoipa::path(patch, path = "/me", tag = "people", request_body = ChangedProfile,
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Me, as I am now", body = UserAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn update(
    State(site): State<Site>,
    visit: Visit,
    Json(change): Json<ChangedProfile>,
) -> Answer<Response> {
    let ChangedProfile { name, bio } = change;
    let change = ProfileChange { name, bio, ..ProfileChange::default() };
    let user = site.app().update_profile(&visit.caller, change).await?;
    Ok(json(StatusCode::OK, &UserAnswer::from(Some(user))))
}

/// Change my password
///
/// Every session of mine ends; this answer brings a new one. A wrong old password counts as a failed log-in.
#[utoipa::path(put, path = "/me/password", tag = "people", request_body = ChangedPassword,
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The only session that I have now", body = TokenAnswer),
        (status = 401, description = "no_session; bad_credentials where the old password is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn change_password(
    State(site): State<Site>,
    visit: Result<Visit, Error>,
    headers: HeaderMap,
    change: Result<Json<ChangedPassword>, Error>,
) -> Answer<Response> {
    // Who may not ask is told so first.
    let Json(ChangedPassword { old, new, key }) = match (&visit, change) {
        (_, Ok(change)) => change,
        (Err(error), Err(_)) => return Err(error.clone()),
        (Ok(_), Err(error)) => return Err(error),
    };
    let change = PasswordChange { old, new, key, tokens: all_tokens(&headers, site.cookie()) };
    let (user, token) = match &visit {
        Ok(visit) => site.app().change_password(&visit.caller, change).await?,
        // The session that asks has ended with the first of two changes.
        Err(error) => site.app().find_password_change(&change).await?.ok_or_else(|| error.clone())?,
    };
    let begun = token.clone();
    let mut response = json(StatusCode::OK, &TokenAnswer::from(token));
    begin_session(&mut response, user.id, &begun, site.cookie());
    Ok(response)
}

/// Delete my account
///
/// Posts, comments, likes and reports go with it. There is no way back.
#[utoipa::path(delete, path = "/me", tag = "people", request_body = Farewell,
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "The account and what it did are gone"),
        (status = 401, description = "no_session; bad_credentials where the password is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "guests_off; forbidden for the site's own account", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn delete(
    State(site): State<Site>,
    visit: Visit,
    Json(farewell): Json<Farewell>,
) -> Answer<Response> {
    site.app().delete_account(&visit.caller, farewell.password).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, visit.cookie.end())]).into_response())
}

/// Show my settings
#[utoipa::path(get, path = "/me/settings", tag = "people", security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "My settings", body = SettingsAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn show_settings(visit: Visit) -> Answer<Response> {
    let settings = visit.caller.member()?.settings;
    Ok(json(StatusCode::OK, &SettingsAnswer::from(settings)))
}

/// Change my settings
#[utoipa::path(patch, path = "/me/settings", tag = "people", request_body = ChangedSettings,
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "My settings, as they are now", body = SettingsAnswer),
        (status = 403, description = "guests_off", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn update_settings(
    State(site): State<Site>,
    visit: Visit,
    Json(change): Json<ChangedSettings>,
) -> Answer<Response> {
    let settings = site.app().update_settings(&visit.caller, change.into()).await?;
    Ok(json(StatusCode::OK, &SettingsAnswer::from(settings)))
}
