//! `/account` and the pages below it: what is kept about whoever is signed in, what happened to it, and what they
//! can change. The issuer keeps all of it; these pages ask and tell.

mod activity;
mod delete;
mod details;
mod device;
mod moment;
mod password;
mod refusal;
mod sessions;

use axum::{Router, routing::get};

use crate::app::App;

/// The pages, to stand behind the wall.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(details::show).post(details::submit))
        .route(
            "/account/password",
            get(password::show).post(password::submit),
        )
        .route(
            "/account/sessions",
            get(sessions::show).post(sessions::submit),
        )
        .route("/account/activity", get(activity::show))
        .route("/account/delete", get(delete::show).post(delete::submit))
}
