//! Reporting a post, a comment or a message: what it is about, why (if one likes to say), and thanks.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::local::{Reader, query_value, subject, to_log_in};
use super::view::Quote;
use super::{Frame, error, page, see_other};
use crate::domain::{Error, Reported, Result, Subject, parse_id};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    post: Option<String>,
    comment: Option<String>,
    message: Option<String>,
    reason: Option<String>,
}

impl Report {
    fn subject(&self) -> Result<Subject> {
        subject(self.post.as_deref(), self.comment.as_deref(), self.message.as_deref())
    }
}

#[derive(Template)]
#[template(path = "pages/report.html")]
struct ReportPage {
    frame: Frame,
    quote: Quote,
    reason: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/report_thanks.html")]
struct ThanksPage {
    frame: Frame,
    /// The post that it was about, or under which.
    post: Option<u64>,
    /// The conversation in which it was.
    conversation: Option<u64>,
}

/// `GET /report?post=42`, `?comment=7` or `?message=31`
pub(super) async fn form(State(site): State<Site>, Reader(visit): Reader, uri: Uri) -> Response {
    let [post, comment, message] = ["post", "comment", "message"].map(|name| query_value(&uri, name));
    let asked = Report { post, comment, message, reason: None };
    let shown = render(&site, &visit, StatusCode::OK, &asked, None).await;
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// `POST /report`
pub(super) async fn send(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<Report>>,
) -> Response {
    let sent = match form {
        Ok(Form(report)) => file(&site, &visit, &report).await.map_err(|error| (error, Some(report))),
        Err(error) => Err((error, None)),
    };
    let shown = match sent {
        Ok(back) => return see_other(&format!("/report/thanks?{back}"), None),
        // What is wrong with the reason stands beside it.
        Err((error @ (Error::BadRequest(_) | Error::RateLimited { .. }), Some(report))) => {
            render(&site, &visit, status(&error), &report, Some(error::sentence(&error))).await
        }
        Err((error, _)) => Err(error),
    };
    shown.unwrap_or_else(|error| error::page(&site, &visit, &error))
}

/// Files a report; gives where to go back to.
async fn file(site: &Site, visit: &Visit, report: &Report) -> Result<String> {
    let subject = report.subject()?;
    site.app().report(&visit.caller, subject, report.reason.as_deref().unwrap_or_default()).await?;
    Ok(match site.app().get_reported(&visit.caller, subject).await? {
        Reported::Post(post) => format!("post={}", post.id.0),
        Reported::Comment(comment) => format!("post={}", comment.post.0),
        Reported::Message(message) => format!("conversation={}", message.conversation.0),
    })
}

async fn render(
    site: &Site,
    visit: &Visit,
    status: StatusCode,
    report: &Report,
    error: Option<String>,
) -> Result<Response> {
    let subject = report.subject()?;
    let quote = Quote::of(&site.app().get_reported(&visit.caller, subject).await?);
    let here = format!("/report?{}={}", quote.what, quote.id);
    if visit.caller.member().is_err() {
        return Ok(to_log_in(&here));
    }
    let title = format!("Report a {}", quote.what);
    let reason = report.reason.clone().unwrap_or_default();
    Ok(page(status, &ReportPage { frame: Frame::of(site, visit, title, here), quote, reason, error }))
}

/// `GET /report/thanks`
pub(super) async fn thanks(State(site): State<Site>, Reader(visit): Reader, uri: Uri) -> Response {
    let [post, conversation] =
        ["post", "conversation"].map(|name| query_value(&uri, name).and_then(|id| parse_id(&id)));
    let frame = Frame::of(&site, &visit, "Thank you", "/report/thanks");
    page(StatusCode::OK, &ThanksPage { frame, post, conversation })
}
