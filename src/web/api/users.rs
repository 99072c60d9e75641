//! `/users`: sign up, show, and what somebody wrote and likes.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::params::{HandlePath, ListQuery, Paging, Prefix, PrefixQuery, present};
use super::views::{List, Post, SessionAnswer, User, UserAnswer};
use super::{Answer, json, values};
use crate::app::sessions;
use crate::domain::Page;
use crate::web::Site;
use crate::web::auth::{Visit, begin_session};
use crate::web::body::Json;
use crate::web::error::Problem;

/// A new member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignUp {
    #[schema(value_type = values::Handle)]
    handle: String,
    #[schema(value_type = values::NewPassword)]
    password: String,
    /// The handle unless given.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Name>)]
    name: Option<String>,
    /// The client's own key: sent again with it within ten minutes, the same sign-up answers the same session.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, value_type = Option<values::Key>)]
    key: Option<String>,
}

/// Sign up
///
/// With a guest's session the guest becomes the member and keeps its likes.
#[utoipa::path(post, path = "/users", tag = "people", request_body = SignUp,
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The member, logged in", body = SessionAnswer),
        (status = 409, description = "handle_taken", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn sign_up(
    State(site): State<Site>,
    visit: Visit,
    Json(form): Json<SignUp>,
) -> Answer<Response> {
    let SignUp { handle, password, name, key } = form;
    let form = sessions::SignUp { handle, password, name };
    let (user, token) = site.app().sign_up(&visit.caller, form, key.as_deref()).await?;
    let (id, begun) = (user.id, token.clone());
    let mut response = json(StatusCode::CREATED, &SessionAnswer::from((user, token)));
    begin_session(&mut response, id, &begun, &visit.cookie);
    Ok(response)
}

/// Find members
///
/// Up to 8 whose handle or name begins so; handles first.
#[utoipa::path(get, path = "/users", tag = "people", params(PrefixQuery),
    security((), ("bearer" = []), ("cookie" = [])),
    responses((status = 200, description = "The members", body = List<User>)))]
pub(super) async fn find(State(site): State<Site>, _: Visit, Prefix(prefix): Prefix) -> Answer<Response> {
    let items = site.app().find_members(&prefix).await?;
    Ok(json(StatusCode::OK, &List::<User>::from(Page { items, next: None })))
}

/// Show a member
#[utoipa::path(get, path = "/users/{handle}", tag = "people", params(("handle" = values::Handle, Path)),
    security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The member", body = UserAnswer),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn show(
    State(site): State<Site>,
    _: Visit,
    HandlePath(handle): HandlePath,
) -> Answer<Response> {
    let user = site.app().get_user(&handle).await?;
    Ok(json(StatusCode::OK, &UserAnswer::from(Some(user))))
}

/// List a member's posts, newest first
#[utoipa::path(get, path = "/users/{handle}/posts", tag = "posts",
    params(("handle" = values::Handle, Path), ListQuery), security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of posts", body = List<Post>),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_posts(
    State(site): State<Site>,
    visit: Visit,
    HandlePath(handle): HandlePath,
    paging: Paging,
) -> Answer<Response> {
    let page = site.app().list_posts_of(&visit.caller, &handle, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Post>::from(page)))
}

/// List what a member likes, newest post first
#[utoipa::path(get, path = "/users/{handle}/likes", tag = "posts",
    params(("handle" = values::Handle, Path), ListQuery), security((), ("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page of posts", body = List<Post>),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_likes(
    State(site): State<Site>,
    visit: Visit,
    HandlePath(handle): HandlePath,
    paging: Paging,
) -> Answer<Response> {
    let page = site.app().list_posts_liked_by(&visit.caller, &handle, paging.after, paging.limit).await?;
    Ok(json(StatusCode::OK, &List::<Post>::from(page)))
}
