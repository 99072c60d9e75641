//! Which of an inbox's cases are listed, checked where it is read.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Deserialize;

use super::params::{Paging, query};
use super::values;
use crate::app::inboxes::CaseQuery;
use crate::domain::Error;
use crate::domain::inbox::{CaseOrder, Status};
use crate::domain::search::Query;

/// Which page of an inbox's cases, and which ones.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CasesQuery {
    /// Those of this status.
    #[param(value_type = Option<values::Status>)]
    status: Option<String>,
    /// `me`, `none`, or an agent's handle.
    #[param(value_type = Option<values::Handle>)]
    assignee: Option<String>,
    /// `true`: only the open ones that wait.
    #[param(value_type = Option<bool>)]
    waiting: Option<String>,
    /// `newest` activity first unless it says `longest`: only those that wait, who waits longest first.
    #[param(value_type = Option<values::CaseOrder>)]
    order: Option<String>,
    /// Words that stand in its messages and notes or in its customer's names, each somewhere.
    #[param(value_type = Option<values::Search>)]
    q: Option<String>,
    /// `next` of the page before, in the same order; none for the first.
    #[param(value_type = Option<values::Cursor>)]
    cursor: Option<String>,
    /// 1 to 100, 20 unless given.
    #[param(value_type = Option<values::Limit>)]
    limit: Option<String>,
}

/// Which page of an inbox's cases, checked.
pub(super) struct CasesPaging {
    pub(super) query: CaseQuery,
    pub(super) paging: Paging,
}

impl<S: Send + Sync> FromRequestParts<S> for CasesPaging {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let CasesQuery { status, assignee, waiting, order, q, cursor, limit } = query(parts, state).await?;
        let waiting = match waiting.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Error::bad("waiting: true or false.")),
        };
        let status = status.as_deref().map(Status::parse).transpose()?;
        let order = order.as_deref().map(CaseOrder::parse).transpose()?.unwrap_or_default();
        let q = q.as_deref().map(Query::parse).transpose()?.flatten();
        let query = CaseQuery { status, assignee, waiting, order, q };
        Ok(Self { query, paging: Paging::read(cursor.as_deref(), limit.as_deref())? })
    }
}
