//! `POST /logout`: ends the session here and in the browser.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderName, HeaderValue};

use super::NO_STORE;
use crate::{app::App, error::PageError, flash::Flash, session::LoginSession, visit::Visit};

/// Not `"cookies"`: that would take the message and the chosen language along.
const CLEAR_SITE_DATA: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"cache\", \"storage\""),
);

pub(crate) async fn submit(
    State(app): State<App>,
    session: LoginSession,
    visit: Visit,
) -> Result<Response, PageError> {
    session.end().await?;
    Flash::SignedOut.set(&app, &visit.cookies);
    tracing::info!(event = "signed_out", "signed out");
    Ok((NO_STORE, [CLEAR_SITE_DATA], Redirect::to("/login")).into_response())
}
