//! A form that comes from another address than the site's. Most often the site's own address is not configured: so the
//! page says which one was expected, and tells who sits at the server which option sets it.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::error::{BareFrame, html};

/// What is known of the addresses.
pub(crate) struct Addresses {
    /// The site's origin, as it is configured or as the request's Host has it.
    pub(crate) expected: String,
    /// The origin of the page that sent the form; none where the browser does not say.
    pub(crate) sent_from: Option<String>,
    /// Whether who asks sits at the server.
    pub(crate) at_the_server: bool,
}

#[derive(Template)]
#[template(path = "pages/wrong_address.html")]
struct WrongAddressPage {
    frame: BareFrame,
    status: u16,
    headline: &'static str,
    addresses: Addresses,
}

/// The page.
pub(crate) fn page(addresses: Addresses) -> Response {
    let status = StatusCode::FORBIDDEN;
    let headline = "This came from another address";
    html(status, &WrongAddressPage { frame: BareFrame::new(), status: status.as_u16(), headline, addresses })
}
