//! The API as one table.

use axum::{Router, routing::get};
use tegata_guard::rejection::Dialect;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{auth, docs, health, me, register, token},
    app::App,
    error::ApiError,
};

/// Every route of the issuer.
pub fn router(app: App) -> Router {
    let guarded = OpenApiRouter::new()
        .routes(routes!(me::show)) //                  GET  /users/me
        .route_layer(app.guard.layer().dialect(Dialect::FastApi));

    let (routes, description) = OpenApiRouter::with_openapi(docs::description())
        .routes(routes!(token::token)) //              POST /token
        .routes(routes!(auth::auth)) //                POST /auth
        .routes(routes!(register::register)) //        POST /users
        .routes(routes!(health::live)) //              GET  /health/live
        .routes(routes!(health::ready)) //             GET  /health/ready
        .merge(guarded)
        .split_for_parts();

    routes
        .merge(docs::pages(description)) //            GET  /docs, /openapi.json
        .route("/", get(docs::index)) //               GET  / → /docs
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .with_state(app)
}
