//! The front page: the latest posts, and the form that writes one.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ring::rand::SecureRandom as _;
use serde::Deserialize;

use super::local::{Paging, Reader};
use super::view::Card;
use super::{Frame, atom, error, page, see_other};
use crate::domain::{Error, Guests, Result};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPost {
    text: String,
    key: Option<String>,
}

/// The form as it stands on the page: fresh, or as it was refused.
struct Composer {
    text: String,
    key: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/feed.html")]
struct FeedPage {
    frame: Frame,
    composer: Composer,
    cards: Vec<Card>,
    blank: Card,
    next: Option<u64>,
    /// Whether this is the first page, which new posts arrive on.
    first: bool,
    /// Whether a visitor without an account may like.
    guests_like: bool,
    /// The position in `feed:latest` up to which the page is complete.
    seq: u64,
}

/// `GET /`
pub(super) async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    paging: Result<Paging>,
) -> Response {
    let shown = match paging {
        Ok(paging) => render(&site, &visit, paging, StatusCode::OK, Composer::fresh()).await,
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// `POST /posts`
pub(super) async fn write(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<NewPost>>,
) -> Response {
    let (error, composer) = match form {
        Ok(Form(form)) => match site.app().write_post(&visit.caller, &form.text, form.key.as_deref()).await {
            Ok(created) => return see_other(&format!("/#post-{}", created.item.id.0), None),
            Err(error) => {
                // The key stays with its text, so that sending again can't post twice; one that is used up does not.
                let key = form
                    .key
                    .filter(|_| !matches!(error, Error::KeyReused | Error::Gone | Error::BadRequest(_)));
                let key = key.unwrap_or_else(fresh_key);
                let said = Some(error::sentence(&error));
                (error, Composer { text: form.text, key, error: said })
            }
        },
        Err(error) => return error::page(&site, &visit, &error),
    };
    if matches!(error, Error::NoSession | Error::GuestsOff) {
        return error::page(&site, &visit, &error);
    }
    let shown = render(&site, &visit, Paging::first(), status(&error), composer).await;
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

async fn render(
    site: &Site,
    visit: &Visit,
    paging: Paging,
    status: StatusCode,
    composer: Composer,
) -> Result<Response> {
    let posts = site.app().list_posts(&visit.caller, paging.after, paging.limit).await?;
    let first = paging.after.is_none();
    let title = if first { "Latest posts" } else { "Older posts" };
    let texts = posts.items.iter().map(|post| post.text.as_str());
    let frame = Frame::of(site, visit, title, paging.address("/")).with_feed(atom::Link::site());
    let template = FeedPage {
        frame: frame.with_texts(site, texts).await?,
        composer,
        // The list comes from one transaction: every change up to its newest post's place is in it. What came after
        // (removals) is told again when the page subscribes, which is harmless.
        seq: posts.items.first().map_or(0, |post| post.seq),
        cards: posts.items.iter().map(|post| Card::of(site, visit, post)).collect(),
        blank: Card::blank(visit),
        next: posts.next.map(|cursor| cursor.0),
        first,
        guests_like: site.app().guests() != Guests::Off,
    };
    Ok(page(status, &template))
}

impl Composer {
    fn fresh() -> Self {
        Self { text: String::new(), key: fresh_key(), error: None }
    }
}

/// A key that no other form has: the same form sent twice posts once.
pub(super) fn fresh_key() -> String {
    use std::fmt::Write as _;
    let mut random = [0_u8; 12];
    // Without randomness the key is left out of the form, and a post is simply not protected against a double click.
    if ring::rand::SystemRandom::new().fill(&mut random).is_err() {
        return String::new();
    }
    random.iter().fold(String::with_capacity(24), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    })
}
