//! What an agent does with a case without a script: take it, hand it over, snooze, close, open it.

use axum::extract::State;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::filter::Filter;
use super::write::Forms;
use super::{CasePath, address, refused, render_case};
use crate::domain::inbox::{Case, Status};
use crate::domain::{Error, MessageId, Result, parse_id};
use crate::web::Site;
use crate::web::body::Form;
use crate::web::error::status;
use crate::web::pages::local::Reader;
use crate::web::pages::{error, see_other};

/// A case is snoozed for 90 days at most here; the API knows no such bound.
const LONGEST: u64 = 90 * 24 * 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssigneeForm {
    /// A handle; empty: nobody.
    agent: String,
    expect: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusForm {
    status: String,
    /// Of a snoozed one: for how many seconds.
    #[serde(default)]
    seconds: Option<String>,
}

/// `POST /inboxes/{handle}/{id}/assignee`
pub(super) async fn assign(
    State(site): State<Site>,
    Reader(visit): Reader,
    CasePath(path): CasePath,
    form: Result<Form<AssigneeForm>>,
) -> Response {
    let done = async {
        let (handle, id) = path.ok_or(Error::no_conversation())?;
        let Form(AssigneeForm { agent, expect }) = form?;
        let given = |handle: &str| Some(handle.to_owned()).filter(|handle| !handle.is_empty());
        let (agent, expect) = (given(&agent), given(&expect));
        match site.app().assign_case(&visit.caller, id, agent.as_deref(), expect.as_deref()).await {
            Ok(_) => Ok(see_other(&address(&handle, Some(id)), None)),
            Err(why @ Error::Taken(_)) => {
                let code = status(&why);
                let sentence = format!("{} Look once more before you take it.", error::sentence(&why));
                let forms = |handle: &str, case: &Case| Forms::fresh(handle, case).with_sentence(sentence);
                render_case(&site, &visit, (&handle, id), Filter::Waiting, None, code, forms).await
            }
            Err(why) => Err(why),
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

/// `POST /inboxes/{handle}/{id}/status`
pub(super) async fn set_status(
    State(site): State<Site>,
    Reader(visit): Reader,
    CasePath(path): CasePath,
    form: Result<Form<StatusForm>>,
) -> Response {
    let done = async {
        let (handle, id) = path.ok_or(Error::no_conversation())?;
        let Form(StatusForm { status, seconds }) = form?;
        let status = Status::parse(&status)?;
        let until = match status {
            Status::Snoozed => {
                let seconds = seconds.as_deref().and_then(parse_id).filter(|seconds| *seconds <= LONGEST);
                let seconds = seconds.ok_or(Error::bad("This form is damaged: open the page once more."))?;
                Some(site.app().now().plus_seconds(i64::try_from(seconds).unwrap_or_default()))
            }
            Status::Open | Status::Closed => None,
        };
        site.app().set_case_status(&visit.caller, id, status, until).await?;
        Ok(see_other(&address(&handle, Some(id)), None))
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendForm {
    message: String,
}

/// `POST /inboxes/{handle}/{id}/send`: a text to a telephone, once more.
pub(super) async fn send_again(
    State(site): State<Site>,
    Reader(visit): Reader,
    CasePath(path): CasePath,
    form: Result<Form<SendForm>>,
) -> Response {
    let done = async {
        let (handle, id) = path.ok_or(Error::no_conversation())?;
        let Form(SendForm { message }) = form?;
        let message = parse_id(&message).map(MessageId).ok_or(Error::no_message())?;
        site.app().send_again(&visit.caller, message).await?;
        Ok(see_other(&format!("{}#message-{}", address(&handle, Some(id)), message.0), None))
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

/// A form's own address, opened as a page: the case.
pub(super) async fn back(CasePath(path): CasePath) -> Redirect {
    match path {
        Some((handle, id)) => Redirect::to(&address(&handle, Some(id))),
        None => Redirect::to("/inboxes"),
    }
}
