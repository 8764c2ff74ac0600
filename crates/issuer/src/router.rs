//! The API as one table, and the layers around it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use tegata_guard::rejection::Dialect;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{
        admin::{self, user},
        auth, docs, events, health, introspect, me, register, revocations, revoke, token,
        well_known,
    },
    app::App,
    error::ApiError,
    refusal,
};

/// Every route of the issuer, behind the limits and under the headers that every answer carries.
pub fn router(app: App) -> Router {
    let random = Arc::clone(&app.random);
    let proxies = app.trusted_proxies.clone();
    let counted = app.metrics.clone();
    let guarded = OpenApiRouter::new()
        .routes(routes!(me::show, me::profile::change, me::removal::remove)) // GET, PATCH, DELETE /users/me
        .routes(routes!(me::password::change)) //      PUT  /users/me/password
        .routes(routes!(me::sessions::list, me::sessions::end_others)) // GET, DELETE /users/me/sessions
        .routes(routes!(me::sessions::end_one)) //     DELETE /users/me/sessions/{id}
        .routes(routes!(admin::users::list, admin::users::create)) // GET, POST /admin/users
        .routes(routes!(user::show, user::change, user::remove)) // GET, PATCH, DELETE /admin/users/{id}
        .routes(routes!(admin::sessions::list, admin::sessions::end_all)) // GET, DELETE …/sessions
        .routes(routes!(admin::sessions::end_one)) //  DELETE …/sessions/{sid}
        .routes(routes!(events::own)) //               GET  /users/me/events
        .routes(routes!(events::all)) //               GET  /admin/events
        .route_layer(app.guard.layer().dialect(Dialect::FastApi))
        .route_layer(from_fn_with_state(app.clone(), refusal::told));

    let (routes, description) = OpenApiRouter::with_openapi(docs::description())
        .routes(routes!(token::token)) //              POST /token
        .routes(routes!(auth::auth)) //                POST /auth
        .routes(routes!(register::register)) //        POST /users
        .routes(routes!(revoke::revoke)) //            POST /revoke
        .routes(routes!(introspect::introspect)) //    POST /introspect
        .routes(routes!(revocations::follow)) //       GET  /revocations
        .routes(routes!(well_known::jwks)) //          GET  /.well-known/jwks.json
        .routes(routes!(well_known::metadata)) //      GET  /.well-known/oauth-authorization-server
        .routes(routes!(health::live)) //              GET  /health/live
        .routes(routes!(health::ready)) //             GET  /health/ready
        .merge(guarded)
        .split_for_parts();

    let routes = match well_known::metadata_path(&app.issuer) {
        Some(path) => routes.route(&path, get(well_known::metadata)),
        None => routes,
    };
    let routes = routes
        .merge(docs::pages(&description)) //           GET  /docs, /openapi.json
        .route("/", get(docs::index)) //               GET  / → /docs
        .route("/metrics", get(metrics)) //            GET  /metrics
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .with_state(app);
    tegata_server::dress(routes, random, proxies, counted, |status| {
        let error = match status {
            StatusCode::SERVICE_UNAVAILABLE => ApiError::Busy,
            StatusCode::INTERNAL_SERVER_ERROR => ApiError::Internal,
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
            StatusCode::METHOD_NOT_ALLOWED => ApiError::MethodNotAllowed,
            status => ApiError::Unreadable(status),
        };
        error.into_response()
    })
}

/// To anybody else it is not there.
async fn metrics(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let answer = app.scrapers.answer(&app.metrics, request);
    answer.ok_or(ApiError::NotFound)
}
