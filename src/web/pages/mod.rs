//! The pages: complete without any script, upgraded by the elements in `browser/`.
//!
//! `web/router.rs` merges these routes. Every page is one template over one `Frame`: what stands around the page's own
//! content. A form posts, and its answer is a redirect (303) or the same page with what was typed and what is wrong.

mod account;
mod atom;
mod avatar;
mod comment;
mod comments;
mod contact;
mod docs;
pub(crate) mod error;
mod feed;
mod inboxes;
mod likers;
mod local;
mod messages;
mod moderation;
mod notifications;
pub(crate) mod page_user;
mod post;
mod post_edit;
mod profile;
mod reference;
mod report;
mod rich;
mod settings;
mod thread;
mod view;
mod words;
pub(crate) mod wrong_address;

use std::collections::HashSet;

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post as on_post};

pub(crate) use error::not_found;

use super::Site;
use super::auth::Visit;
use super::failure::MISTAKE;
use crate::domain::Unread;
use crate::domain::rich::mentions;
use view::Author;

/// Every page's route.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/", get(feed::show))
        .route("/feed.atom", get(atom::latest))
        .route("/posts", get(home).post(feed::write))
        .route("/posts/{id}", get(post::show))
        .route("/posts/{id}/like", get(post::back).post(post::like))
        .route("/posts/{id}/edit", get(post_edit::form).post(post_edit::save))
        .route("/posts/{id}/delete", get(post::back).post(post::remove))
        .route("/posts/{id}/likes", get(likers::show))
        .route("/posts/{id}/comments", get(comments::show).post(comments::write))
        .route("/posts/{id}/comments.atom", get(atom::comments))
        .route("/posts/{id}/comments/{comment}", get(comments::find))
        .route("/comments/{id}/answer", get(comment::answer))
        .route("/comments/{id}/edit", get(comment::edit_form).post(comment::edit))
        .route("/comments/{id}/delete", get(comment::back).post(comment::remove))
        .route("/sign-up", get(account::sign_up_form).post(account::sign_up))
        .route("/log-in", get(account::log_in_form).post(account::log_in))
        .route("/@{handle}", get(profile::posts))
        .route("/@{handle}/likes", get(profile::likes))
        .route("/@{handle}/feed.atom", get(atom::member))
        // As some programs write an @ in an address.
        .route("/%40{handle}", get(profile::posts))
        .route("/%40{handle}/likes", get(profile::likes))
        .route("/%40{handle}/feed.atom", get(atom::member))
        .route("/@{handle}/block", on_post(profile::block).get(moderation::back))
        .route("/settings", get(settings::show))
        .route("/settings/profile", get(settings::back).post(settings::save_profile))
        .route("/settings/viewing", get(settings::back).post(settings::save_viewing))
        .route("/settings/password", get(settings::back).post(settings::change_password))
        .route("/settings/log-out", get(settings::back).post(settings::log_out))
        .route("/settings/delete", get(settings::back).post(settings::delete_account))
        .route("/farewell", get(settings::farewell))
        .route("/@{handle}/suspension", on_post(moderation::suspend).get(moderation::back))
        .route("/report", get(report::form).post(report::send))
        .route("/report/thanks", get(report::thanks))
        .route("/moderation", get(moderation::show).post(moderation::decide))
        .route("/docs", get(docs::show))
        .route("/avatars/{file}", get(avatar::show))
        .route("/welcome", get(account::welcome))
        .route("/log-out", on_post(account::log_out).get(home))
        .route("/notifications", get(notifications::show))
        .route("/notifications/read", get(notifications::back).post(notifications::read))
        .route("/settings/notify", get(settings::back).post(settings::save_notify))
        .route("/settings/messages", get(settings::back).post(settings::save_messages))
        .merge(messages::routes())
        .merge(inboxes::routes())
}

/// Where a form's own address leads when it is opened as a page.
async fn home() -> Redirect {
    Redirect::to("/")
}

/// What stands around every page: its head, the header, who is here.
struct Frame {
    /// The page's title, without the site's name.
    title: String,
    /// One sentence for search and previews.
    description: String,
    /// What the page is in Open Graph's words: `website`, `article` or `profile`; and what those say further of it.
    kind: &'static str,
    facts: Vec<(&'static str, String)>,
    /// The feed that the page is the beginning of.
    feed: Option<atom::Link>,
    /// The page's full address.
    canonical: String,
    /// The folder of this build's assets, without a slash at its end.
    assets: &'static str,
    /// The lineage of the database, for resuming; empty on pages that show nothing live.
    epoch: String,
    /// When the page was made, in milliseconds since 1970: a reader's clock may be wrong.
    now: i64,
    /// `none`, `guest` or `member`.
    session: &'static str,
    /// Who is here, by id; empty for nobody.
    user: String,
    /// Who is here, guest or member.
    viewer: Option<Author>,
    /// Whether that is a moderator.
    moderator: bool,
    /// How much is unread of what concerns the visitor.
    unread: Unread,
    /// Whether the visitor has conversations to follow: a member, or a guest who wrote to an inbox.
    has_messages: bool,
    /// Which of the handles that its texts mention are somebody's.
    mentioned: HashSet<String>,
    /// This page's local path, to come back to.
    here: String,
}

impl Frame {
    /// The frame of the page at `here`, as this visitor sees it.
    fn of(site: &Site, visit: &Visit, title: impl Into<String>, here: impl Into<String>) -> Self {
        let here = here.into();
        let viewer = visit.caller.session.as_ref().map(|session| &session.user);
        Self {
            title: title.into(),
            description: "Say something worth an applause, and watch it arrive.".to_owned(),
            kind: "website",
            facts: Vec::new(),
            feed: None,
            canonical: format!("{}{here}", visit.origin),
            assets: super::assets::folder(),
            epoch: site.app().epoch().to_owned(),
            now: site.app().now().0,
            session: viewer.map_or("none", |user| user.kind.as_str()),
            user: viewer.map_or_else(String::new, |user| user.id.0.to_string()),
            viewer: viewer.map(Author::of),
            moderator: visit.caller.is_moderator(),
            unread: visit.unread,
            has_messages: visit.has_messages,
            mentioned: HashSet::new(),
            here,
        }
    }

    /// The same frame with what previews of the page show: which kind of thing it is, and the beginning of its text.
    fn about(mut self, kind: &'static str, text: &str) -> Self {
        self.kind = kind;
        if !text.is_empty() {
            self.description = words::beginning(text, 160);
        }
        self
    }

    /// The same frame with what Open Graph knows further of its kind.
    fn with_fact(mut self, name: &'static str, value: String) -> Self {
        self.facts.push((name, value));
        self
    }

    /// The same frame of a page with these texts: it knows whom they mention.
    async fn with_texts<'a>(
        mut self,
        site: &Site,
        texts: impl Iterator<Item = &'a str>,
    ) -> crate::domain::Result<Self> {
        let handles: HashSet<String> = texts.flat_map(mentions).map(str::to_ascii_lowercase).collect();
        self.mentioned = site.app().find_handles(handles).await?;
        Ok(self)
    }

    /// Whether a mention leads to somebody.
    fn knows(&self, handle: &str) -> bool {
        self.mentioned.contains(handle)
    }

    /// The same frame with a feed to subscribe to.
    fn with_feed(mut self, feed: atom::Link) -> Self {
        self.feed = Some(feed);
        self
    }

    /// The value of a form's field `user`: who the page was made for, 0 for nobody.
    fn page_user(&self) -> &str {
        if self.user.is_empty() { "0" } else { &self.user }
    }

    /// What a tab's title says of it: `(3) `, or nothing.
    fn title_mark(&self) -> String {
        match self.unread.conversations + self.unread.notifications {
            0 => String::new(),
            number => format!("({}) ", words::compact(number)),
        }
    }

    fn is_member(&self) -> bool {
        self.session == "member"
    }
}

/// Renders a page. It is personal and changes, so a cache asks again each time.
fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
                (header::VARY, HeaderValue::from_static("Cookie")),
            ];
            (status, headers, html).into_response()
        }
        Err(failure) => {
            tracing::error!(%failure, "a page was not rendered");
            error::unknown(StatusCode::INTERNAL_SERVER_ERROR, MISTAKE)
        }
    }
}

/// Renders a page that nobody but its user may see. `no-store` keeps it out of every cache, the browser's own for
/// going back included: after a log-out nothing of it is shown again.
fn private_page(status: StatusCode, template: &impl Template) -> Response {
    let mut response = page(status, template);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A redirect after a form, with the cookie of a new or ended session if there is one.
fn see_other(to: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = Redirect::to(to).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
