//! The pages, one file each: what it shows, what its form sends, where it leads.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod form;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod language;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod register;
pub(crate) mod shell;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};

use crate::error::PageError;

/// Pages are for one person; a shared cache or the back button must not show them to another.
pub(crate) const NO_STORE: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

/// For whoever leaves. Not `"cookies"`: that would take the message and the chosen language along.
pub(crate) const CLEAR_SITE_DATA: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"cache\", \"storage\""),
);

/// A page as an answer.
pub(crate) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (NO_STORE, Html(html)).into_response(),
        Err(cause) => {
            tracing::error!(%cause, "a page could not be rendered");
            PageError::Internal.into_response()
        }
    }
}
