//! `GET /health/live` and `/health/ready`: whether the process answers, and whether it can work.

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde::Serialize;
use tegata_server::Client;
use utoipa::ToSchema;

use super::{NO_STORE, rfc3339};
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
    /// Where this question seems to come from: shows pages and proxies whether `TRUSTED_PROXIES` is right.
    #[schema(example = "203.0.113.9")]
    asked_from: Option<String>,
    /// What an operator should mend although the service works.
    warnings: Vec<&'static str>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Checks {
    /// `ok` or `unavailable`.
    #[schema(example = "ok")]
    store: &'static str,
    /// Those that sign: `ok`, or `unavailable` until the store was read once.
    #[schema(example = "ok")]
    keys: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct KeyIds {
    /// Of the key that signs; of the next one, when none does yet.
    #[schema(example = "HS256")]
    algorithm: String,
    /// The `kid` of the key that signs.
    signing: Option<String>,
    /// The `kid` of every key whose tokens are accepted.
    verifying: Vec<String>,
    /// The key that is announced, and signs next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<NextKey>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NextKey {
    kid: String,
    #[schema(example = "2026-11-21T12:00:00Z")]
    signs_from: String,
}

impl KeyIds {
    fn of(app: &App) -> Self {
        let (keys, signer) = (&app.token_keys, app.token_keys.signer());
        let ring = keys.ring();
        let signs = signer.as_ref().map(|signer| signer.kid().to_string());
        let key = ring.iter().flat_map(|ring| ring.verifying());
        let key = key
            .clone()
            .find(|key| Some(key.kid().as_str()) == signs.as_deref());
        let algorithm = match key {
            Some(key) => key.algorithm(),
            None => keys.settings().signing.algorithm(),
        };
        Self {
            algorithm: algorithm.to_string(),
            verifying: match &ring {
                Some(ring) => ring.kids().map(|kid| kid.to_string()).collect(),
                None => Vec::new(),
            },
            signing: signs,
            next: keys.next().map(|next| NextKey {
                kid: next.kid,
                signs_from: rfc3339(next.signs_from),
            }),
        }
    }
}

fn warnings(app: &App) -> Vec<&'static str> {
    let all = [
        (
            app.weak_secret || app.token_keys.settings().secrets.now().is_weak(),
            "insecure_weak_secret",
        ),
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
pub(crate) async fn ready(State(app): State<App>, asker: Client) -> impl IntoResponse {
    let store = app.store.ping().await;
    if let Err(cause) = &store {
        tracing::warn!(%cause, "not ready: store unavailable");
    }
    let keys = KeyIds::of(&app);
    let word = |ok| if ok { "ok" } else { "unavailable" };
    let ready = store.is_ok() && keys.signing.is_some();
    let answer = Ready {
        status: if ready { "ready" } else { "not_ready" },
        checks: Checks {
            store: word(store.is_ok()),
            keys: word(keys.signing.is_some()),
        },
        keys,
        asked_from: asker.address.map(|address| address.to_string()),
        warnings: warnings(&app),
    };
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, NO_STORE, Json(answer))
}
