//! `GET /health/live` and `/health/ready`: whether the process answers, and whether it can work.

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::NO_STORE;
use crate::app::App;

#[derive(Serialize, ToSchema)]
pub(crate) struct Live {
    #[schema(example = "ok")]
    status: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    /// `ready` or `not_ready`.
    #[schema(example = "ready")]
    status: &'static str,
    checks: Checks,
    keys: KeyIds,
    /// What an operator should mend although the service works.
    warnings: Vec<&'static str>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Checks {
    /// `ok` or `unavailable`.
    #[schema(example = "ok")]
    store: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct KeyIds {
    /// The `kid` of the key that signs.
    signing: String,
    /// The `kid` of every key whose tokens are accepted.
    verifying: Vec<String>,
}

fn warnings(app: &App) -> Vec<&'static str> {
    let all = [
        (app.weak_secret, "insecure_weak_secret"),
        (app.audit.lost() > 0, "audit_events_lost"),
    ];
    let there = all.into_iter().filter(|(there, _)| *there);
    there.map(|(_, warning)| warning).collect()
}

/// Does the process answer
#[utoipa::path(get, path = "/health/live", tag = "health",
    responses((status = 200, description = "Yes", body = Live)))]
pub(crate) async fn live() -> impl IntoResponse {
    (NO_STORE, Json(Live { status: "ok" }))
}

/// Can it work
#[utoipa::path(get, path = "/health/ready", tag = "health",
    responses(
        (status = 200, description = "Yes", body = Ready),
        (status = 503, description = "No; `checks` says what is away", body = Ready),
    ))]
pub(crate) async fn ready(State(app): State<App>) -> impl IntoResponse {
    let store = app.store.ping().await;
    if let Err(cause) = &store {
        tracing::warn!(%cause, "not ready: store unavailable");
    }
    let answer = Ready {
        status: if store.is_ok() { "ready" } else { "not_ready" },
        checks: Checks {
            store: if store.is_ok() { "ok" } else { "unavailable" },
        },
        keys: KeyIds {
            signing: app.signer.kid().to_string(),
            verifying: app.key_ids.clone(),
        },
        warnings: warnings(&app),
    };
    let status = if store.is_ok() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, NO_STORE, Json(answer))
}
