//! Scripts, styles and icons, embedded in the binary, under a folder that is named by a hash of all of them.
//!
//! Everything is cached for ever, and a new build is a new folder; the addresses of older builds lead to this one's files. Scripts are joined for each page (`scripts.rs`), the
//! sheets of all pages too, and brotli and gzip are made, once, when the routes are.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use super::{Site, scripts};

#[derive(RustEmbed)]
#[folder = "browser/"]
#[exclude = "test/*"]
#[exclude = "*.d.ts"]
struct Embedded;

struct File {
    content_type: &'static str,
    plain: Bytes,
    /// None where it is no smaller.
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

struct Assets {
    folder: String,
    files: BTreeMap<String, File>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(load);

/// The routes of the assets. Compresses them all before it returns.
pub fn routes() -> Router<Site> {
    LazyLock::force(&ASSETS);
    Router::new()
        .route("/assets/{hash}/{*file}", get(serve))
        .route("/assets/build", get(build))
        .route("/favicon.ico", get(favicon))
}

/// The folder of this build's files, as it stands in an address: `/assets/0123456789ab`.
pub(super) fn folder() -> &'static str {
    &ASSETS.folder
}

/// The script that all pages share, those that a page adds to it, and what a page loads when it is needed.
const SCRIPT: &str = "main.js";
const SCRIPTS: [scripts::Entry; 20] = [
    (SCRIPT, None),
    ("account.js", Some(SCRIPT)),
    ("docs.js", Some(SCRIPT)),
    ("feed.js", Some(SCRIPT)),
    ("likers.js", Some(SCRIPT)),
    ("me.js", Some(SCRIPT)),
    ("messages.js", Some(SCRIPT)),
    ("moderation.js", Some(SCRIPT)),
    ("notifications.js", Some(SCRIPT)),
    ("page/build.js", Some(SCRIPT)),
    ("page/mentions.js", Some(SCRIPT)),
    ("post.js", Some(SCRIPT)),
    ("post-menu.js", Some(SCRIPT)),
    ("author.js", Some("post.js")),
    ("profile.js", Some(SCRIPT)),
    ("write.js", Some("post.js")),
    ("write-message.js", Some("messages.js")),
    // It adds to the numbers and lists of every member's page.
    ("inbox.js", Some("me.js")),
    ("write-case.js", Some("inbox.js")),
    ("desk.js", Some("inbox.js")),
];

/// The one sheet of all pages, and what it is made of, in the order of its rules.
const STYLE: &str = "css/site.css";
const SHEETS: [&str; 12] = [
    "base",
    "frame",
    "post",
    "crowd",
    "comment",
    "who",
    "write",
    "form",
    "people",
    "moderation",
    "fold",
    "motion",
];

fn load() -> Assets {
    let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
    let mut files = BTreeMap::new();
    let mut modules = BTreeMap::new();
    let mut sheets = SHEETS.map(|_| Vec::new());
    let mut names: Vec<_> = Embedded::iter().collect();
    names.sort_unstable();
    for name in names {
        let (Some(content_type), Some(file)) = (content_type(&name), Embedded::get(&name)) else { continue };
        for part in [name.as_bytes(), &file.data] {
            digest.update(&part.len().to_le_bytes());
            digest.update(part);
        }
        if let (true, Ok(script)) = (name.ends_with(".js"), std::str::from_utf8(&file.data)) {
            modules.insert(name.into_owned(), scripts::without_comments(script));
        } else if let Some(at) = SHEETS.iter().position(|sheet| name == format!("css/{sheet}.css")) {
            sheets[at] = file.data.into_owned();
        } else {
            files.insert(name.into_owned(), packed(content_type, Bytes::from(file.data.into_owned())));
        }
    }
    let hash = digest.finish().as_ref().iter().take(6).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    let folder = format!("/assets/{hash:012x}");
    match scripts::join(&modules, &SCRIPTS, &folder) {
        Ok(joined) => modules = joined,
        // A test joins them, so this does not happen; and if it did, they work one by one as well.
        Err(mistake) => tracing::error!(mistake, "the scripts could not be joined"),
    }
    for (name, script) in modules {
        files.insert(name, packed("text/javascript; charset=utf-8", Bytes::from(script)));
    }
    files.insert(STYLE.to_owned(), packed("text/css; charset=utf-8", Bytes::from(sheets.concat())));
    Assets { folder, files }
}

fn packed(content_type: &'static str, plain: Bytes) -> File {
    let smaller =
        |packed: Option<Vec<u8>>| packed.filter(|packed| packed.len() < plain.len()).map(Bytes::from);
    let (brotli, gzip) = (smaller(brotli(&plain)), smaller(gzip(&plain)));
    File { content_type, plain, brotli, gzip }
}

fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        _ => None,
    }
}

fn brotli(plain: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 20, ..Default::default() };
    brotli::BrotliCompress(&mut &*plain, &mut packed, &parameters).ok()?;
    Some(packed)
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(plain).ok()?;
    packed.finish().ok()
}

/// A page that was open before an update asks for the files of the build that it was made by. It gets those of this
/// build, which are better than none, and no cache keeps them under that address.
async fn serve(path: Result<Path<(String, String)>, PathRejection>, headers: HeaderMap) -> Response {
    let found = path.ok().and_then(|Path((hash, name))| {
        let is_a_build = hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_this = ASSETS.folder.ends_with(&format!("/{hash}"));
        ASSETS.files.get(&name).filter(|_| is_a_build).map(|file| (file, is_this))
    });
    match found {
        Some((file, true)) => answer(file, &headers, "public, max-age=31536000, immutable"),
        Some((file, false)) => answer(file, &headers, "no-cache"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /assets/build`: the folder of this build's files, so that an open page notices an update.
async fn build() -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], folder()).into_response()
}

async fn favicon(headers: HeaderMap) -> Response {
    match ASSETS.files.get("icons/plaudit.svg") {
        Some(file) => answer(file, &headers, "public, max-age=86400"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(file: &File, headers: &HeaderMap, cache: &'static str) -> Response {
    let (body, encoding) = match (&file.brotli, &file.gzip) {
        (Some(brotli), _) if accepts(headers, "br") => (brotli, Some("br")),
        (_, Some(gzip)) if accepts(headers, "gzip") => (gzip, Some("gzip")),
        _ => (&file.plain, None),
    };
    let mut response = body.clone().into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Whether `Accept-Encoding` names a coding and does not refuse it with `q=0`.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let (name, quality) = item.split_once(';').map_or((item, ""), |(name, quality)| (name, quality));
        let quality = quality.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
        name.trim().eq_ignore_ascii_case(coding) && quality > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(content_type: &str) -> (usize, Vec<(&'static str, usize)>) {
        let files = ASSETS.files.iter().filter(|(_, file)| file.content_type.starts_with(content_type));
        let sizes: Vec<_> = files
            .map(|(name, file)| (name.as_str(), file.brotli.as_ref().map_or(file.plain.len(), Bytes::len)))
            .collect();
        (sizes.iter().map(|(_, size)| size).sum(), sizes)
    }

    #[test]
    fn what_a_page_loads_of_scripts_stays_under_15_kb_compressed() {
        let sizes: BTreeMap<_, _> = compressed("text/javascript").1.into_iter().collect();
        let of_a_page = |base: Option<&str>| base == Some(SCRIPT) || base == Some("me.js");
        for (page, _) in SCRIPTS.iter().filter(|(_, base)| of_a_page(*base)) {
            let total = sizes[SCRIPT] + sizes[page];
            assert!(total <= 15_000, "{page} and {SCRIPT}: {total} bytes of {sizes:?}");
        }
    }

    #[test]
    fn no_page_loads_the_script_of_another() {
        let has = |page: &str, element: &str| {
            let script = std::str::from_utf8(&ASSETS.files[page].plain).unwrap();
            script.contains(&format!("define(\"{element}\""))
        };
        let elements =
            ["plaudit-feed", "plaudit-composer", "plaudit-comments", "plaudit-fans", "plaudit-comment-form"];
        let carries = |page| elements.map(|element| has(page, element));
        assert_eq!(carries("feed.js"), [true, true, false, false, false]);
        assert_eq!(carries("profile.js"), [true, false, false, false, false]);
        assert_eq!(carries("post.js"), [false, false, true, true, false]);
        assert_eq!(carries("likers.js"), [false, false, false, true, false]);
        assert_eq!(carries(SCRIPT), [false; 5]);
        assert_eq!(carries("write.js"), [false, false, false, false, true]);
    }

    #[test]
    fn the_styles_of_a_page_stay_small_compressed() {
        let sizes: BTreeMap<_, _> = compressed("text/css").1.into_iter().collect();
        let agents = ["css/rows.css", "css/messages.css", "css/inbox.css"];
        // Agents open their page in the morning and close it in the evening.
        for (page, most) in [(&["css/docs.css"][..], 10_000), (&agents[..2], 10_000), (&agents[..], 12_000)] {
            let total = sizes[STYLE] + page.iter().map(|sheet| sizes[sheet]).sum::<usize>();
            assert!(total < most, "{page:?} and {STYLE}: {total} bytes of {sizes:?}");
        }
    }

    #[test]
    fn scripts_are_one_for_all_pages_and_one_for_each_page_with_more() {
        let scripts =
            ASSETS.files.iter().filter(|(_, file)| file.content_type.starts_with("text/javascript"));
        assert_eq!(
            scripts.map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            [
                "account.js",
                "author.js",
                "desk.js",
                "docs.js",
                "feed.js",
                "inbox.js",
                "likers.js",
                SCRIPT,
                "me.js",
                "messages.js",
                "moderation.js",
                "notifications.js",
                "page/build.js",
                "page/mentions.js",
                "post-menu.js",
                "post.js",
                "profile.js",
                "write-case.js",
                "write-message.js",
                "write.js"
            ]
        );
    }

    #[test]
    fn the_sheets_of_all_pages_are_one_and_none_is_missing() {
        let styles = ASSETS.files.iter().filter(|(_, file)| file.content_type.starts_with("text/css"));
        assert_eq!(
            styles.map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["css/docs.css", "css/inbox.css", "css/messages.css", "css/rows.css", STYLE]
        );
        let joined = std::str::from_utf8(&ASSETS.files[STYLE].plain).unwrap();
        let places = SHEETS.map(|sheet| {
            let text = Embedded::get(&format!("css/{sheet}.css")).unwrap().data;
            joined.find(std::str::from_utf8(&text).unwrap()).unwrap()
        });
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn no_template_literal_of_ours_spans_lines() {
        for name in Embedded::iter().filter(|name| name.ends_with(".js") && !name.starts_with("test/")) {
            let file = Embedded::get(&name).unwrap();
            for (number, line) in std::str::from_utf8(&file.data).unwrap().lines().enumerate() {
                let is_comment = line.trim_start().starts_with(['*', '/']);
                let is_closed = line.matches('`').count().is_multiple_of(2);
                assert!(is_comment || is_closed, "{name}:{}: {line}", number + 1);
            }
        }
    }

    #[test]
    fn tests_are_not_served() {
        assert!(ASSETS.files.contains_key("main.js"));
        assert!(!ASSETS.files.keys().any(|name| name.contains("test")));
    }

    #[test]
    fn a_coding_is_used_only_where_it_is_accepted() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(accepts(&headers("gzip, deflate, br"), "br"));
        assert!(accepts(&headers("BR;q=0.5"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&headers("gzip"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
