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
    parts: Vec<Part>,
}

/// A part of the page, which folds: a section of the file, calls that belong together, or the shapes of answers.
struct Part {
    id: String,
    /// As the contents name it too.
    title: String,
    /// HTML of our own writing.
    html: String,
    group: Option<Group>,
    shapes: Vec<Shape>,
}

static DOCS: LazyLock<Docs> = LazyLock::new(|| {
    let document = serde_json::from_str(api::document()).unwrap_or_default();
    let (groups, shapes) = reference::read(&document);
    Docs { parts: cut(CONTRACT, groups, shapes) }
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

impl Part {
    fn new(title: &str, markdown: &str) -> Self {
        let id = title.to_lowercase().replace(' ', "-");
        Self { id, title: title.to_owned(), html: to_html(markdown), group: None, shapes: Vec::new() }
    }

    fn of_calls(group: Group) -> Self {
        let (id, title) = (format!("calls-{}", group.name), format!("Calls: {}", group.name));
        Self { id, title, html: String::new(), group: Some(group), shapes: Vec::new() }
    }
}

/// Cuts the file at its headings. The table of calls gives way to the calls themselves, and what follows it goes to the
/// shapes. What is to come later is not promised.
fn cut(contract: &str, groups: Vec<Group>, mut shapes: Vec<Shape>) -> Vec<Part> {
    let mut groups = groups.into_iter();
    let mut parts = Vec::new();
    for section in contract.split("\n## ").skip(1) {
        let (title, text) = section.split_once('\n').unwrap_or((section, ""));
        if title == "Later" {
            break;
        }
        let Some((before, table)) = text.split_once("\n| call | answer |") else {
            parts.push(Part::new(title, text));
            continue;
        };
        parts.push(Part::new(title, before));
        parts.extend(groups.by_ref().map(Part::of_calls));
        let after = table.split_once("\n\n").map_or("", |(_, after)| after);
        parts.push(Part { shapes: std::mem::take(&mut shapes), ..Part::new("Shapes and errors", after) });
    }
    parts
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

    fn html<'a>(parts: &'a [Part], title: &str) -> &'a str {
        parts.iter().find(|part| part.title == title).map_or("", |part| &part.html)
    }

    #[test]
    fn the_file_is_cut_where_this_page_expects() {
        let parts = &DOCS.parts;
        let titles: Vec<&str> = parts.iter().map(|part| part.title.as_str()).collect();
        assert_eq!(titles[..3], ["People", "HTTP", "Calls: posts"]);
        assert_eq!(titles[titles.len() - 3..], ["Shapes and errors", "Live", "Golden frames"]);
        assert!(html(parts, "People").starts_with("<p>") && !html(parts, "HTTP").contains("<table"));
        let shapes = html(parts, "Shapes and errors");
        assert!(!shapes.contains("call</th>"), "the table of calls is not shown twice");
        assert!(shapes.contains("<code>rate_limited</code>") && shapes.contains("comments_seq"));
        assert!(html(parts, "Live").contains("plaudit.v1") && html(parts, "Live").contains("4004"));
        let frames = html(parts, "Golden frames");
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
        let calls =
            || DOCS.parts.iter().filter_map(|part| part.group.as_ref()).flat_map(|group| &group.calls);
        let shown = calls().count();
        assert!(shown == described && shown > 20, "{shown} of {described}");
        let shapes = DOCS.parts.iter().flat_map(|part| &part.shapes);
        let names: Vec<&str> = shapes.map(|shape| shape.name.as_str()).collect();
        for (_, _, kind) in calls().flat_map(|call| &call.answers) {
            assert!(kind.shape.is_empty() || names.contains(&kind.shape.as_str()), "{}", kind.shape);
        }
    }
}
