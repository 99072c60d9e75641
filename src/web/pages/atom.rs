//! Feeds to subscribe to (Atom, RFC 4287): the site's latest posts, a member's posts, a post's comments. The same for
//! everybody, so no session matters here.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::error;
use super::local::{HandlePath, PostPath, Reader};
use super::rich;
use super::words::beginning;
use crate::app::Caller;
use crate::domain::{Comment, Error, Limit, Order, Post, Result, Timestamp, User};
use crate::web::Site;
use crate::web::auth::Visit;

/// How many entries a feed has, the newest.
const ENTRIES: u64 = 50;

/// A feed that a page names: where it is and what it holds.
pub(super) struct Link {
    pub(super) title: String,
    pub(super) path: String,
}

impl Link {
    pub(super) fn site() -> Self {
        Self { title: "Latest posts".to_owned(), path: "/feed.atom".to_owned() }
    }

    pub(super) fn member(user: &User) -> Self {
        let handle = user.handle.as_deref().unwrap_or_default();
        Self { title: format!("Posts by {}", user.name), path: format!("/@{handle}/feed.atom") }
    }

    pub(super) fn comments(post: &Post) -> Self {
        let title = format!("Comments on {}’s post", post.author.name);
        Self { title, path: format!("/posts/{}/comments.atom", post.id.0) }
    }
}

struct Entry {
    /// Its page's path; with the origin, its id too.
    path: String,
    title: String,
    /// The feed of what is said under it.
    replies: Option<String>,
    /// The path of what it answers.
    answers: Option<String>,
    published: Timestamp,
    updated: Timestamp,
    name: String,
    handle: Option<String>,
    html: String,
}

impl Entry {
    fn of_post(post: &Post) -> Self {
        let path = format!("/posts/{}", post.id.0);
        Self {
            replies: Some(format!("{path}/comments.atom")),
            ..Self::new(path, &post.author, &post.text, post.created_at, post.edited_at)
        }
    }

    fn of_comment(comment: &Comment) -> Self {
        let post = format!("/posts/{}", comment.post.0);
        let path = format!("{post}/comments/{}", comment.id.0);
        let answers = comment.parent.map_or_else(|| post.clone(), |id| format!("{post}/comments/{}", id.0));
        let Comment { author, text, created_at, edited_at, .. } = comment;
        Self { answers: Some(answers), ..Self::new(path, author, text, *created_at, *edited_at) }
    }

    fn new(path: String, author: &User, text: &str, at: Timestamp, edited_at: Option<Timestamp>) -> Self {
        Self {
            path,
            title: legal(&beginning(text, 80)),
            replies: None,
            answers: None,
            published: at,
            updated: edited_at.unwrap_or(at),
            name: legal(&author.name),
            handle: author.handle.clone(),
            html: legal(&rich::html(text)),
        }
    }
}

#[derive(Template)]
#[template(path = "feeds/atom.xml")]
struct Feed {
    origin: String,
    /// Of the feed and of the page that shows the same.
    path: String,
    page: String,
    title: String,
    updated: Timestamp,
    entries: Vec<Entry>,
}

/// `GET /feed.atom`
pub(super) async fn latest(State(site): State<Site>, Reader(visit): Reader, headers: HeaderMap) -> Response {
    let made = async {
        let posts = site.app().list_posts(&nobody(&visit), None, Limit::new(ENTRIES)?).await?;
        let entries = posts.items.iter().map(Entry::of_post).collect();
        Ok(feed(&visit, &Link::site(), "/".to_owned(), "Plaudit: latest posts", entries))
    };
    answer(&site, &visit, &headers, made.await)
}

/// `GET /@{handle}/feed.atom`
pub(super) async fn member(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
    headers: HeaderMap,
) -> Response {
    let made = async {
        let user = site.app().get_user(&handle).await?;
        let limit = Limit::new(ENTRIES)?;
        let posts = site.app().list_posts_of(&nobody(&visit), &handle, None, limit).await?;
        let entries = posts.items.iter().map(Entry::of_post).collect();
        let link = Link::member(&user);
        let title = format!("{} (@{handle}) on Plaudit", user.name);
        Ok(feed(&visit, &link, format!("/@{handle}"), &title, entries))
    };
    answer(&site, &visit, &headers, made.await)
}

/// `GET /posts/{id}/comments.atom`
pub(super) async fn comments(
    State(site): State<Site>,
    Reader(visit): Reader,
    PostPath(id): PostPath,
    headers: HeaderMap,
) -> Response {
    let made = async {
        let post = site.app().get_post(&nobody(&visit), id.ok_or(Error::no_post())?).await?;
        let limit = Limit::new(ENTRIES)?;
        let comments = site.app().list_comments(post.id, Order::Newest, None, limit).await?;
        let entries = comments.items.iter().map(Entry::of_comment).collect();
        let link = Link::comments(&post);
        let title = format!("{}: {}", link.title, beginning(&post.text, 60));
        let page = format!("/posts/{}", post.id.0);
        let mut feed = feed(&visit, &link, page, &title, entries);
        feed.updated = feed.updated.max(post.created_at);
        Ok(feed)
    };
    answer(&site, &visit, &headers, made.await)
}

fn nobody(visit: &Visit) -> Caller {
    Caller { session: None, ..visit.caller.clone() }
}

fn feed(visit: &Visit, link: &Link, page: String, title: &str, entries: Vec<Entry>) -> Feed {
    let updated = entries.iter().map(|entry| entry.updated).max().unwrap_or(Timestamp(0));
    Feed {
        origin: visit.origin.clone(),
        path: link.path.clone(),
        page,
        title: legal(title),
        updated,
        entries,
    }
}

/// The feed, or 304 for whoever has it already.
fn answer(site: &Site, visit: &Visit, headers: &HeaderMap, made: Result<Feed>) -> Response {
    let feed = match made {
        Ok(feed) => feed,
        Err(error) => return error::page(site, visit, &error),
    };
    let Ok(xml) = feed.render() else { return error::page(site, visit, &Error::Internal) };
    let tag = tag(&xml);
    let modified = http_date(feed.updated);
    let mut response = if is_known(headers, &tag, &modified) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = HeaderValue::from_static("application/atom+xml; charset=utf-8");
        ([(header::CONTENT_TYPE, kind)], xml).into_response()
    };
    let fields = response.headers_mut();
    // Every cache may keep it, and asks each time whether it still holds.
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    // A date knows seconds: one that is not over may bring more.
    let is_over = feed.updated.0 / 1000 < site.app().now().0 / 1000;
    for (name, value) in [(header::ETAG, Some(tag)), (header::LAST_MODIFIED, is_over.then_some(modified))] {
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(&value)) {
            fields.insert(name, value);
        }
    }
    response
}

/// A weak one, because the same feed may be sent compressed in several ways.
fn tag(xml: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, xml.as_bytes());
    let hash = digest.as_ref().iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    format!("W/\"{hash:016x}\"")
}

/// RFC 9110, 13.2.2: where a tag is sent the date does not count. A date must be the same one: when the newest entry is
/// removed the feed's date goes back.
fn is_known(headers: &HeaderMap, tag: &str, modified: &str) -> bool {
    let tags: Vec<&str> =
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
    if tags.is_empty() {
        return headers.get(header::IF_MODIFIED_SINCE).is_some_and(|date| date == modified);
    }
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.iter().flat_map(|tags| tags.split(',')).any(|given| given.trim() == "*" || bare(given) == bare(tag))
}

fn http_date(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A text without what no XML document may hold, not even escaped (XML 1.0, production 2).
fn legal(text: &str) -> String {
    let is_legal =
        |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(is_legal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_is_left_out() {
        assert_eq!(legal("a\u{0}\u{b}\u{1b}\u{fffe}\u{ffff}b\t\n👏\u{fffd}"), "ab\t\n👏\u{fffd}");
    }

    #[test]
    fn a_date_reads_as_http_writes_it() {
        assert_eq!(http_date(Timestamp(784_111_777_999)), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn a_reader_knows_a_feed_by_its_tag_and_without_one_by_its_date() {
        let known = |fields: &[(header::HeaderName, &'static str)]| {
            let headers = fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            is_known(&headers.collect(), "W/\"a\"", "Sun, 06 Nov 1994 08:49:37 GMT")
        };
        let (tag, date) = (header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE);
        for good in ["W/\"a\"", "\"a\"", "\"b\", W/\"a\"", "*"] {
            assert!(known(&[(tag.clone(), good)]), "{good}");
        }
        assert!(known(&[(date.clone(), "Sun, 06 Nov 1994 08:49:37 GMT")]));
        assert!(
            !known(&[(date.clone(), "Mon, 07 Nov 1994 08:49:37 GMT")]),
            "the newest entry was removed since"
        );
        assert!(!known(&[(tag, "\"b\""), (date, "Sun, 06 Nov 1994 08:49:37 GMT")]));
        assert!(!known(&[]));
    }
}
