//! `POST /language`: the visitor's own choice, kept for a year.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use tower_cookies::cookie::time::Duration;

use super::{NO_STORE, form::Form};
use crate::{app::App, error::PageError, locale::Language, next::Next, visit::Visit};

const KEPT_FOR: Duration = Duration::days(365);

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    mut body: Form,
) -> Result<Response, PageError> {
    let language: Language = body
        .take("lang")
        .parse()
        .map_err(|_| PageError::BadRequest)?;
    let policy = &app.cookies;
    visit
        .cookies
        .add(policy.cookie(policy.language, language.tag(), KEPT_FOR));
    let back = Next::parse_page(&body.take("next"));
    Ok((NO_STORE, Redirect::to(back.as_str())).into_response())
}
