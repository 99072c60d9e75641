//! The contract for people: `docs/protocol.md` as a page, with every call from the description of the API where the
//! file has its short table. Both are made from what tests hold true, so this page can't promise anything else.

use std::sync::LazyLock;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::local::Reader;
use super::reference::{self, Group, Shape};
use super::{Frame, page};
use crate::web::{Site, api};

/// The contract as it stands in the repository.
const CONTRACT: &str = include_str!("../../../docs/protocol.md");

/// What is the same for every reader.
struct Docs {
    groups: Vec<Group>,
    shapes: Vec<Shape>,
    contract: Contract,
}

/// The file's sections as HTML of our own writing.
struct Contract {
    /// People, sessions, origins, and how the API is spoken.
    before: String,
    /// Shapes in short, texts, errors.
    after: String,
    live: String,
    frames: String,
}

static DOCS: LazyLock<Docs> = LazyLock::new(|| {
    let document = serde_json::from_str(api::document()).unwrap_or_default();
    let (groups, shapes) = reference::read(&document);
    Docs { groups, shapes, contract: cut(CONTRACT) }
});

#[derive(Template)]
#[template(path = "pages/docs.html")]
struct DocsPage {
    frame: Frame,
    docs: &'static Docs,
    origin: String,
}

/// `GET /docs`
pub(super) async fn show(State(site): State<Site>, Reader(visit): Reader) -> Response {
    let frame = Frame::of(&site, &visit, "API", "/docs");
    let frame = frame.about("website", "The HTTP API and the live protocol of this site.");
    page(StatusCode::OK, &DocsPage { frame, docs: &DOCS, origin: visit.origin.clone() })
}

/// Cuts the file at its headings; the table of calls gives way to the calls themselves.
fn cut(contract: &str) -> Contract {
    let section = |from: &str, to: &str| -> &str {
        let start = contract.find(from).unwrap_or(contract.len());
        let rest = &contract[start..];
        &rest[..rest.find(to).unwrap_or(rest.len())]
    };
    let calls = section("\n| call | answer |", "\n\n");
    let http = section("\n## People", "\n## Live");
    let (before, after) = http.split_once(calls).filter(|_| !calls.is_empty()).unwrap_or((http, ""));
    let frames = section("\n## Golden frames", "\n## Later");
    Contract {
        before: to_html(before),
        after: to_html(after),
        live: to_html(section("\n## Live", "\n## Golden frames")),
        frames: to_html(frames),
    }
}

/// Markdown as HTML. Headings can be led to, and a table that is too wide scrolls by itself, with the keyboard too.
fn to_html(markdown: &str) -> String {
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
    let name = |at: usize| match events.get(at + 1) {
        Some(Event::Text(text)) => text.to_lowercase().replace(' ', "-"),
        _ => String::new(),
    };
    // A table's place among the landmarks has the words of its head.
    let label = |at: usize| {
        let head = events.iter().skip(at).take_while(|event| !matches!(event, Event::End(TagEnd::TableHead)));
        let words =
            head.filter_map(|event| if let Event::Text(text) = event { Some(text.as_ref()) } else { None });
        words.collect::<Vec<_>>().join(", ").replace('"', "")
    };
    let html_event = |text: &str| Event::Html(CowStr::from(text.to_owned()));
    let events = events.iter().enumerate().flat_map(|(at, event)| match event {
        Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
            let (level, classes, attrs) = (*level, classes.clone(), attrs.clone());
            vec![Event::Start(Tag::Heading { level, id: Some(name(at).into()), classes, attrs })]
        }
        Event::Start(Tag::Table(_)) => vec![
            html_event(&format!(
                "<div class=\"wide\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">",
                label(at)
            )),
            event.clone(),
        ],
        Event::End(TagEnd::Table) => vec![event.clone(), html_event("</div>")],
        _ => vec![event.clone()],
    });
    let mut out = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut out, events);
    out
}

/// A sentence of Markdown as HTML, without a paragraph of its own.
pub(super) fn inline(markdown: &str) -> String {
    let html = to_html(markdown);
    let html = html.trim();
    html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or(html).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_cut_where_this_page_expects() {
        let Contract { before, after, live, frames } = cut(CONTRACT);
        assert!(before.starts_with("<h2 id=\"people\">People</h2>") && before.contains("<h2 id=\"http\">"));
        assert!(
            !before.contains("<table") && !after.contains("call</th>"),
            "the table of calls is not shown twice"
        );
        assert!(after.contains("<code>rate_limited</code>") && after.contains("comments_seq"));
        assert!(live.starts_with("<h2 id=\"live\">") && live.contains("plaudit.v1") && live.contains("4004"));
        assert!(frames.contains("language-json") && !frames.contains("Later"));
    }

    #[test]
    fn every_call_of_the_document_is_on_the_page() {
        let document: serde_json::Value = serde_json::from_str(api::document()).unwrap();
        let described: usize = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .map(|methods| methods.as_object().unwrap().len())
            .sum();
        let shown: usize = DOCS.groups.iter().map(|group| group.calls.len()).sum();
        assert!(shown == described && shown > 20, "{shown} of {described}");
        let names: Vec<&str> = DOCS.shapes.iter().map(|shape| shape.name.as_str()).collect();
        for group in &DOCS.groups {
            for call in &group.calls {
                for (_, _, kind) in &call.answers {
                    assert!(kind.shape.is_empty() || names.contains(&kind.shape.as_str()), "{}", kind.shape);
                }
            }
        }
    }
}
