//! `/inboxes`: the agents' side of an inbox. The cases, and one of them beside the list with what its agents say among
//! themselves. On narrow screens there is room for one of the two.

mod acts;
mod customer;
mod delivery;
mod entry;
mod filter;
mod replies;
mod row;
mod write;

use std::convert::Infallible;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

pub(super) use self::delivery::Said;
use self::entry::Entry;
use self::filter::Filter;
use self::row::Row;
use self::write::Forms;
use super::local::{HandlePath, Paging, Reader, query_value, to_log_in};
use super::messages::Bubble;
use super::view::{Author, When};
use super::words::isolate;
use super::{Frame, error, private_page, see_other};
use crate::domain::inbox::{Agent, Case, Inbox, Status, Waiting};
use crate::domain::{ConversationId, Cursor, Error, Limit, Order, Result, parse_id};
use crate::web::Site;
use crate::web::auth::Visit;

/// How many messages a page shows.
const PAGE: u64 = 50;

/// The routes of these pages.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/inboxes", get(mine))
        .route("/inboxes/{handle}", get(list))
        .route("/inboxes/{handle}/new", get(customer::form).post(customer::begin))
        .route("/inboxes/{handle}/replies", get(replies::list).post(replies::create))
        .route("/inboxes/{handle}/replies/{id}", get(replies::back).post(replies::save))
        .route("/inboxes/{handle}/replies/{id}/delete", get(replies::back).post(replies::delete))
        .route("/inboxes/{handle}/{id}", get(show).post(write::answer))
        .route("/inboxes/{handle}/{id}/send", get(acts::back).post(acts::send_again))
        .route("/inboxes/{handle}/{id}/customer", get(acts::back).post(customer::name))
        .route("/inboxes/{handle}/{id}/note", get(acts::back).post(write::note))
        .route("/inboxes/{handle}/{id}/assignee", get(acts::back).post(acts::assign))
        .route("/inboxes/{handle}/{id}/status", get(acts::back).post(acts::set_status))
}

/// The inbox and the case that a path names. None for everything that can be none, as in `local`.
struct CasePath(Option<(String, ConversationId)>);

impl<S: Send + Sync> FromRequestParts<S> for CasePath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> std::result::Result<Self, Infallible> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await.ok();
        Ok(Self(path.and_then(|Path((handle, id))| {
            Some((handle.to_ascii_lowercase(), ConversationId(parse_id(&id)?)))
        })))
    }
}

#[derive(Template)]
#[template(path = "pages/inboxes.html")]
struct InboxesPage {
    frame: Frame,
    inboxes: Vec<Author>,
}

#[derive(Template)]
#[template(path = "pages/inbox.html")]
struct InboxPage {
    frame: Frame,
    desk: Desk,
    filter: Filter,
    rows: Vec<Row>,
    blank: Row,
    /// Whether the list begins with its first.
    first: bool,
    /// Where the list goes on.
    next: Option<u64>,
    /// The case that is open.
    open: Option<Open>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a template hands everything over like this")]
impl InboxPage {
    /// The list with a filter.
    fn list_at(&self, filter: &Filter) -> String {
        filter.address(&address(&self.desk.handle, None))
    }

    /// A case, beside the list as it is.
    fn case_at(&self, id: &u64) -> String {
        self.filter.address(&address(&self.desk.handle, Some(ConversationId(*id))))
    }
}

/// The inbox at whose pages the reader is.
struct Desk {
    id: u64,
    handle: String,
    name: String,
    agents: Vec<Author>,
    /// The reader's own handle.
    me: String,
    waiting: Waiting,
    /// Whether it has a telephone number.
    has_number: bool,
}

/// The case that is open.
struct Open {
    id: u64,
    customer: Author,
    /// The customer's id.
    with: u64,
    /// The number, of one who texts, and whether it wants no texts any more.
    phone: Option<String>,
    opted_out: bool,
    bio: String,
    since: Option<When>,
    until: Option<When>,
    status: Status,
    assignee: Option<Author>,
    /// The positions in the messages' and the notes' streams from which the page resumes.
    seq: u64,
    notes_seq: u64,
    /// The place of the oldest note on the page; of the next one where there is none.
    notes_from: u64,
    entries: Vec<Entry>,
    blank: Bubble,
    blank_note: Entry,
    /// Whether it is an earlier part, without the newest.
    is_earlier: bool,
    /// Where earlier messages end.
    next: Option<u64>,
    /// None: the customer is not there any more.
    forms: Option<Forms>,
}

impl Open {
    fn is_mine(&self, desk: &Desk) -> bool {
        self.assignee.as_ref().is_some_and(|who| who.handle.as_deref() == Some(&desk.me))
    }

    /// Whose it is, as a form says what it expects.
    fn expected(&self) -> &str {
        self.assignee.as_ref().and_then(|who| who.handle.as_deref()).unwrap_or_default()
    }
}

/// `GET /inboxes`
async fn mine(State(site): State<Site>, Reader(visit): Reader) -> Response {
    let shown = async {
        let found = site.app().list_inboxes(&visit.caller).await?;
        if let [Inbox { user, .. }] = found.as_slice() {
            return Ok(see_other(&address(user.handle.as_deref().unwrap_or_default(), None), None));
        }
        let template = InboxesPage {
            frame: Frame::of(&site, &visit, "Inboxes", "/inboxes"),
            inboxes: found.iter().map(|inbox| Author::of(&inbox.user)).collect(),
        };
        Ok(private_page(StatusCode::OK, &template))
    };
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error, "/inboxes"))
}

/// `GET /inboxes/{handle}`
async fn list(
    State(site): State<Site>,
    Reader(visit): Reader,
    HandlePath(handle): HandlePath,
    paging: Result<Paging>,
    uri: Uri,
) -> Response {
    let shown = async {
        let paging = paging?;
        render(&site, &visit, &handle, Filter::of(&uri), &paging, None, StatusCode::OK).await
    };
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error, here(&uri)))
}

/// `GET /inboxes/{handle}/{id}`
async fn show(
    State(site): State<Site>,
    Reader(visit): Reader,
    CasePath(path): CasePath,
    uri: Uri,
) -> Response {
    let shown = async {
        let (handle, id) = path.ok_or(Error::no_conversation())?;
        let before = query_value(&uri, "before").as_deref().map(Cursor::parse).transpose()?;
        render_case(&site, &visit, (&handle, id), Filter::of(&uri), before, StatusCode::OK, Forms::fresh)
            .await
    };
    shown.await.unwrap_or_else(|error| refused(&site, &visit, &error, here(&uri)))
}

/// The page of a case, with these forms to write in it.
async fn render_case(
    site: &Site,
    visit: &Visit,
    (handle, id): (&str, ConversationId),
    filter: Filter,
    before: Option<Cursor>,
    status: StatusCode,
    forms: impl FnOnce(&str, &Case) -> Forms,
) -> Result<Response> {
    let (app, caller) = (site.app(), &visit.caller);
    // Before its messages: what comes in between comes once more with the resumption, and is known by then.
    let case = app.get_case(caller, id).await?;
    if app.find_inbox(handle).await?.user.id != case.inbox {
        return Err(Error::no_conversation());
    }
    let tail = app.read_notes(caller, id).await?;
    let mut messages = app.list_messages(caller, id, Order::Newest, before, Limit::new(PAGE)?).await?;
    messages.items.reverse();
    let notes = entry::notes_among(app, caller, &tail, &messages, before.is_some()).await?;
    let Case { customer, waiting_since, until, assignee, seq, .. } = &case;
    // A customer with a number only has no handle either.
    let is_there = customer.handle.is_some() || !customer.is_member();
    let open = Open {
        id: id.0,
        customer: Author::of(customer),
        with: customer.id.0,
        phone: case.phone.clone(),
        opted_out: case.opted_out,
        bio: customer.bio.clone(),
        since: waiting_since.map(When::of),
        until: until.map(When::of),
        status: case.status,
        assignee: assignee.as_ref().map(Author::of),
        seq: *seq,
        notes_seq: tail.seq,
        notes_from: notes.first().map_or(tail.seq + 1, |note| note.seq),
        entries: Entry::all(site, caller, &messages.items, &notes, (handle, customer.id)),
        blank: Bubble::blank(id.0),
        blank_note: Entry::blank(),
        is_earlier: before.is_some(),
        next: messages.next.map(|Cursor(next)| next),
        forms: is_there.then(|| forms(handle, &case)),
    };
    render(site, visit, handle, filter, &Paging::first(), Some(open), status).await
}

async fn render(
    site: &Site,
    visit: &Visit,
    handle: &str,
    filter: Filter,
    paging: &Paging,
    open: Option<Open>,
    status: StatusCode,
) -> Result<Response> {
    let (app, caller) = (site.app(), &visit.caller);
    let (inbox, agents, waiting) = app.open_inbox(caller, handle).await?;
    let found = app.list_cases(caller, handle, filter.query(), paging.after, paging.limit).await?;
    let desk = Desk {
        id: inbox.user.id.0,
        handle: handle.to_owned(),
        name: inbox.user.name.clone(),
        agents: agents.iter().map(|Agent { user, .. }| Author::of(user)).collect(),
        me: caller.member()?.user.handle.clone().unwrap_or_default(),
        waiting,
        has_number: app.sms_number(handle).is_ok(),
    };
    let (title, id) = match &open {
        Some(open) => (format!("{} · {}", isolate(&open.customer.name), isolate(&desk.name)), Some(open.id)),
        None => (format!("{} · {}", filter.name(), isolate(&desk.name)), None),
    };
    let here = filter.address(&address(handle, id.map(ConversationId)));
    let texts = open.iter().flat_map(|open| &open.entries).map(Entry::text);
    let template = InboxPage {
        frame: Frame::of(site, visit, title, here).with_texts(site, texts).await?,
        desk,
        filter,
        rows: found.items.iter().map(|case| Row::of(case, id)).collect(),
        blank: Row::blank(),
        first: paging.after.is_none(),
        next: found.next.map(|Cursor(next)| next),
        open,
    };
    Ok(private_page(status, &template))
}

/// The address of an inbox's page, or of a case's.
fn address(handle: &str, case: Option<ConversationId>) -> String {
    match case {
        Some(id) => format!("/inboxes/{handle}/{}", id.0),
        None => format!("/inboxes/{handle}"),
    }
}

/// The address at which an agent finds a conversation; none for who is no agent of its inbox.
pub(super) async fn case_address(site: &Site, visit: &Visit, id: ConversationId) -> Result<Option<String>> {
    let case = match site.app().get_case(&visit.caller, id).await {
        Ok(case) => case,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let inboxes = site.app().list_inboxes(&visit.caller).await?;
    let inbox = inboxes.iter().find(|inbox| inbox.user.id == case.inbox);
    Ok(inbox.and_then(|inbox| inbox.user.handle.as_deref()).map(|handle| address(handle, Some(id))))
}

fn here(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/inboxes", |here| here.as_str())
}

/// Who is nobody yet may turn out to be an agent.
fn refused(site: &Site, visit: &Visit, error: &Error, here: &str) -> Response {
    if *error == Error::NoSession { to_log_in(here) } else { error::page(site, visit, error) }
}
