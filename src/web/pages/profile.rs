//! A member's page: who it is, what it wrote, and what it likes. The same page for everybody, but for the links that
//! only its owner or a moderator has a use for.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::local::{HandlePath, Paging, Reader};
use super::messages::MessageForm;
use super::rich::{self, Part};
use super::view::{Author, Card};
use super::words::{is_long, isolate};
use super::{Frame, atom, contact, error, page, see_other};
use crate::domain::{Error, Result, UserKind};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlockForm {
    on: String,
}

#[derive(Template)]
#[template(path = "pages/profile.html")]
#[expect(clippy::struct_excessive_bools, reason = "each says something else of what is shown")]
struct ProfilePage {
    frame: Frame,
    author: Author,
    handle: String,
    bio: Vec<Part>,
    /// Whether that is long.
    long: bool,
    /// Whether it is the visitor's own.
    mine: bool,
    /// Whether the visitor may write to the member and block it.
    may_write: bool,
    /// Whether the visitor blocks the member.
    is_blocked: bool,
    /// For moderators: whether the member is suspended. The site's own account never is.
    suspended: Option<bool>,
    /// Whether the list is what the member likes, and not what it wrote.
    likes: bool,
    cards: Vec<Card>,
    first: bool,
    next: Option<u64>,
    /// The list's own path.
    path: String,
}

/// `GET /@{handle}`
pub(super) async fn posts(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
    paging: Result<Paging>,
) -> Response {
    show(&site, &visit, &handle, paging, false).await
}

/// `GET /@{handle}/likes`
pub(super) async fn likes(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
    paging: Result<Paging>,
) -> Response {
    show(&site, &visit, &handle, paging, true).await
}

async fn show(site: &Site, visit: &Visit, handle: &str, paging: Result<Paging>, likes: bool) -> Response {
    let shown = match paging {
        Ok(paging) => render(site, visit, handle, paging, likes).await,
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| error::page(site, visit, &error))
}

async fn render(site: &Site, visit: &Visit, handle: &str, paging: Paging, likes: bool) -> Result<Response> {
    let user = site.app().get_user(handle).await?;
    if user.kind == UserKind::Inbox {
        return contact::render(site, visit, handle, StatusCode::OK, MessageForm::first(handle)).await;
    }
    let Paging { after, limit } = paging;
    let posts = if likes {
        site.app().list_posts_liked_by(&visit.caller, handle, after, limit).await?
    } else {
        site.app().list_posts_of(&visit.caller, handle, after, limit).await?
    };
    let path = format!("/@{handle}{}", if likes { "/likes" } else { "" });
    let name = isolate(&user.name);
    let title = if likes { format!("What {name} likes") } else { format!("{name} (@{handle})") };
    let about = if user.bio.is_empty() { format!("Posts by {name} on Plaudit") } else { user.bio.clone() };
    let mine = visit.caller.user() == Some(user.id);
    let may_write = !mine && !user.is_system() && visit.caller.member().is_ok();
    let suspended = if visit.caller.is_moderator() && !mine && !user.is_system() {
        Some(site.app().is_suspended(&visit.caller, handle).await?)
    } else {
        None
    };
    let texts = posts.items.iter().map(|post| post.text.as_str());
    let frame = Frame::of(site, visit, title, paging.address(&path))
        .about("profile", &about)
        .with_fact("profile:username", handle.to_owned())
        .with_feed(atom::Link::member(&user));
    let template = ProfilePage {
        frame: frame.with_texts(site, texts).await?,
        author: Author::of(&user),
        handle: handle.to_owned(),
        bio: rich::parts(&user.bio),
        long: is_long(&user.bio),
        mine,
        may_write,
        is_blocked: may_write && site.app().is_blocking(&visit.caller, user.id).await?,
        suspended,
        likes,
        cards: posts.items.iter().map(|post| Card::of(site, visit, post)).collect(),
        first: paging.after.is_none(),
        next: posts.next.map(|cursor| cursor.0),
        path,
    };
    Ok(page(StatusCode::OK, &template))
}

/// `POST /@{handle}/block`
pub(super) async fn block(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
    form: Result<Form<BlockForm>>,
) -> Response {
    let done = async {
        let Form(BlockForm { on }) = form?;
        let on = match on.as_str() {
            "1" => true,
            "0" => false,
            _ => return Err(Error::bad("on: 1 to block, 0 to take it back.")),
        };
        site.app().set_block(&visit.caller, &handle, on).await?;
        Ok(see_other(&format!("/@{handle}"), None))
    };
    done.await.unwrap_or_else(|error| error::page(&site, &visit, &error))
}
