//! Customers who text: writing first to a number, and what the agents call somebody who has only that.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{CasePath, address, refused};
use crate::domain::{Error, Result};
use crate::web::Site;
use crate::web::auth::Visit;
use crate::web::body::Form;
use crate::web::error::status;
use crate::web::pages::feed::fresh_key;
use crate::web::pages::local::{HandlePath, Reader};
use crate::web::pages::words::isolate;
use crate::web::pages::{Frame, error, private_page, see_other};

#[derive(Template)]
#[template(path = "pages/new_case.html")]
struct NewCasePage {
    frame: Frame,
    handle: String,
    name: String,
    phone: String,
    text: String,
    key: String,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCase {
    phone: String,
    text: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameForm {
    name: String,
}

/// `GET /inboxes/{handle}/new`
pub(super) async fn form(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
) -> Response {
    let shown = render(&site, &visit, &handle, StatusCode::OK, |page| page);
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error, &place(&handle)))
}

/// `POST /inboxes/{handle}/new`: the inbox writes first to a number.
pub(super) async fn begin(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
    form: Result<Form<NewCase>>,
) -> Response {
    let done = async {
        let Form(NewCase { phone, text, key }) = form?;
        match site.app().write_first(&visit.caller, &handle, &phone, &text, key.clone()).await {
            Ok((case, created)) => {
                let place = address(&handle, Some(case.id));
                Ok(see_other(&format!("{place}#message-{}", created.item.id.0), None))
            }
            Err(why @ (Error::NoSession | Error::GuestsOff | Error::NotFound(_))) => Err(why),
            Err(why) => {
                let key = if why == Error::KeyReused { fresh_key() } else { key };
                let error = Some(error::sentence(&why));
                let change = |page| NewCasePage { phone, text, key, error, ..page };
                render(&site, &visit, &handle, status(&why), change).await
            }
        }
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, &place(&handle)))
}

/// `POST /inboxes/{handle}/{id}/customer`: what the agents call somebody who has only a number.
pub(super) async fn name(
    State(site): State<Site>,
    Reader(visit): Reader,
    CasePath(path): CasePath,
    form: Result<Form<NameForm>>,
) -> Response {
    let done = async {
        let (handle, id) = path.ok_or(Error::no_conversation())?;
        let Form(NameForm { name }) = form?;
        site.app().name_customer(&visit.caller, id, &name).await?;
        Ok(see_other(&address(&handle, Some(id)), None))
    };
    done.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

async fn render(
    site: &Site,
    visit: &Visit,
    handle: &str,
    status: StatusCode,
    change: impl FnOnce(NewCasePage) -> NewCasePage,
) -> Result<Response> {
    let (inbox, ..) = site.app().open_inbox(&visit.caller, handle).await?;
    // An inbox without a number has no such page.
    site.app().sms_number(handle)?;
    let name = inbox.user.name;
    let page = NewCasePage {
        frame: Frame::of(site, visit, format!("Text a number · {}", isolate(&name)), place(handle)),
        handle: handle.to_owned(),
        name,
        phone: String::new(),
        text: String::new(),
        key: fresh_key(),
        error: None,
    };
    Ok(private_page(status, &change(page)))
}

fn place(handle: &str) -> String {
    format!("{}/new", address(handle, None))
}
