//! The moderators' queue: what was reported and is not decided yet, and the decisions.

use std::iter;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::local::{HandlePath, Paging, Reader, query_value, subject, to_log_in};
use super::view::{Author, Quote, When};
use super::words::is_long;
use super::{Frame, error, private_page, see_other};
use crate::app::rights;
use crate::domain::{self, Error, Result, Subject};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    post: Option<String>,
    comment: Option<String>,
    message: Option<String>,
    act: Act,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Act {
    Remove,
    Keep,
    Suspend,
    Restore,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suspension {
    on: String,
}

/// Who reported something, when, and why.
struct Report {
    reporter: Author,
    when: When,
    reason: String,
    /// Whether the reason is long.
    long: bool,
}

impl Report {
    fn of((reporter, at, reason): &domain::report::Report) -> Self {
        Self {
            reporter: Author::of(reporter),
            when: When::of(*at),
            reason: reason.clone(),
            long: is_long(reason),
        }
    }
}

/// So many of a case's reports are shown at once; the others when they are asked for.
const SHOWN: usize = 3;

/// One thing to decide about.
struct Complaint {
    quote: Quote,
    /// `1 report`, `3 reports`.
    reports: String,
    /// The latest ones, newest first.
    shown: Vec<Report>,
    folded: Vec<Report>,
    /// How many are older than those.
    unnamed: u64,
    standing: Standing,
    /// What tells the script that the case has changed.
    state: String,
}

/// How the author of what is reported stands, and so what can be decided about the author.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// A member, who can be suspended.
    Free,
    Suspended,
    /// A guest, a moderator, the site itself: nobody whom a moderator suspends.
    Exempt,
}

impl Complaint {
    fn of(case: &domain::Complaint) -> Self {
        let author = case.reported.author();
        let mut shown: Vec<_> = iter::once(&case.latest).chain(&case.earlier).map(Report::of).collect();
        let unnamed = case.reports.saturating_sub(shown.len() as u64);
        let folded = shown.split_off(SHOWN.min(shown.len()));
        let mut quote = Quote::of(&case.reported);
        if matches!(case.reported, domain::Reported::Message(_)) {
            // Moderators see the message, and nothing of the conversation that it stands in.
            quote.link.clear();
        }
        Self {
            quote,
            reports: format!("{} report{}", case.reports, if case.reports == 1 { "" } else { "s" }),
            shown,
            folded,
            unnamed,
            standing: match (case.suspended, author.moderator || author.is_system() || !author.is_member()) {
                (true, _) => Standing::Suspended,
                (false, true) => Standing::Exempt,
                (false, false) => Standing::Free,
            },
            state: format!("{} {} {}", case.place, case.reports, case.suspended),
        }
    }

    fn can_suspend(&self) -> bool {
        self.standing == Standing::Free
    }

    fn is_suspended(&self) -> bool {
        self.standing == Standing::Suspended
    }
}

#[derive(Template)]
#[template(path = "pages/moderation.html")]
struct QueuePage {
    frame: Frame,
    cases: Vec<Complaint>,
    first: bool,
    next: Option<u64>,
    /// What was decided just now.
    done: Option<&'static str>,
}

/// `GET /moderation`
pub(super) async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    paging: Result<Paging>,
    uri: Uri,
) -> Response {
    let shown = match paging {
        Ok(paging) => render(&site, &visit, &paging, query_value(&uri, "done").as_deref()).await,
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| refused(&site, &visit, &error))
}

async fn render(site: &Site, visit: &Visit, paging: &Paging, done: Option<&str>) -> Result<Response> {
    let cases = site.app().list_complaints(&visit.caller, paging.after, paging.limit).await?;
    let template = QueuePage {
        frame: Frame::of(site, visit, "Reports", paging.address("/moderation")),
        cases: cases.items.iter().map(Complaint::of).collect(),
        first: paging.after.is_none(),
        next: cases.next.map(|cursor| cursor.0),
        done: match done {
            Some("remove") => Some("Removed, for everybody."),
            Some("keep") => Some("It stays, and its reports are closed."),
            Some("suspend") => Some("Suspended. What they wrote is still there: decide about each."),
            Some("restore") => Some("Let back in. What they liked counts again."),
            Some("over") => Some("Somebody else has decided that already, or it is gone."),
            _ => None,
        },
    };
    Ok(private_page(StatusCode::OK, &template))
}

/// `POST /moderation`
pub(super) async fn decide(
    State(site): State<Site>,
    Reader(visit): Reader,
    form: Result<Form<Decision>>,
) -> Response {
    let decided = match form {
        Ok(Form(decision)) => act(&site, &visit, &decision).await,
        Err(error) => Err(error),
    };
    match decided {
        Ok(done) => see_other(&format!("/moderation?done={done}"), None),
        Err(Error::NotFound(_)) => see_other("/moderation?done=over", None),
        Err(error) => refused(&site, &visit, &error),
    }
}

async fn act(site: &Site, visit: &Visit, decision: &Decision) -> Result<&'static str> {
    let (app, caller) = (site.app(), &visit.caller);
    let subject =
        subject(decision.post.as_deref(), decision.comment.as_deref(), decision.message.as_deref())?;
    // This page is a moderator's, even where its author too could remove it.
    rights::moderator(caller)?;
    match decision.act {
        Act::Keep => app.close_reports(caller, subject).await.map(|()| "keep"),
        Act::Remove => match subject {
            Subject::Post(post) => app.remove_post(caller, post).await.map(|()| "remove"),
            Subject::Comment(comment) => app.remove_comment(caller, comment).await.map(|()| "remove"),
            Subject::Message(message) => {
                app.remove_reported_message(caller, message).await.map(|()| "remove")
            }
        },
        Act::Suspend | Act::Restore => {
            let on = matches!(decision.act, Act::Suspend);
            let reported = app.get_complaint(caller, subject).await?;
            let handle = reported.author().handle.as_deref();
            let handle = handle.ok_or(Error::Forbidden("A guest has no account to suspend."))?;
            app.set_suspended(caller, handle, on).await?;
            Ok(if on { "suspend" } else { "restore" })
        }
    }
}

/// `POST /@{handle}/suspension`
pub(super) async fn suspend(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
    form: Result<Form<Suspension>>,
) -> Response {
    let done = async {
        let Form(Suspension { on }) = form?;
        let on = match on.as_str() {
            "1" => true,
            "0" => false,
            _ => return Err(Error::bad("on: 1 to suspend, 0 to let back in.")),
        };
        site.app().set_suspended(&visit.caller, &handle, on).await?;
        Ok(see_other(&format!("/@{handle}"), None))
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error))
}

/// A form's own address, opened as a page: the member's.
pub(super) async fn back(HandlePath(handle): HandlePath) -> Redirect {
    if domain::user::check_handle(&handle).is_ok() {
        Redirect::to(&format!("/@{handle}"))
    } else {
        Redirect::to("/")
    }
}

/// Who is nobody yet may turn out to be a moderator.
fn refused(site: &Site, visit: &Visit, error: &Error) -> Response {
    if *error == Error::NoSession { to_log_in("/moderation") } else { error::page(site, visit, error) }
}
