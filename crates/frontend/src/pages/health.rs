//! `/health/live` and `/health/ready`. The issuer's absence is a warning, not a reason to take these pages
//! away: whoever is signed in keeps working.

use std::borrow::Cow;

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde_json::json;
use tegata_guard::Revocations;

use super::NO_STORE;
use crate::{
    app::App,
    credence::{Believed, advice},
};

pub(crate) async fn live() -> impl IntoResponse {
    (NO_STORE, Json(json!({"status": "ok"})))
}

pub(crate) async fn ready(State(app): State<App>) -> impl IntoResponse {
    let store = app.records.ping().await;
    if let Err(cause) = &store {
        tracing::warn!(%cause, "not ready: session store unavailable");
    }
    let (keys, believed) = tokio::join!(app.agreement.compare(), app.credence.ask());
    let issuer = match keys.reachable {
        _ if keys.differ() => "key_mismatch",
        true => "ok",
        false => "unreachable",
    };
    let mut warnings: Vec<Cow<'static, str>> = Vec::new();
    if app.weak_secret {
        warnings.push("insecure_weak_secret".into());
    }
    if !keys.reachable {
        warnings.push(
            "while the issuer is unreachable nobody can sign in, and whose access token ends has to wait".into(),
        );
    }
    let revocations = app.guard.revocations().map(Revocations::status);
    if revocations.is_some_and(|feed| !feed.reachable) {
        warnings.push("sessions that are ended elsewhere are not known here at once: the issuer's feed cannot be followed".into());
    }
    let ready = store.is_ok() && issuer != "key_mismatch";
    if issuer == "key_mismatch" {
        warnings.push("SECRET_KEY or ALGORITHM differs between issuer and frontend: nobody can sign in until both have the same, or the issuer's is among the frontend's PREVIOUS_SECRET_KEYS".into());
    }
    if let Believed::No(address) = believed {
        warnings.push(advice(address).into());
    }
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut body = json!({
        "status": if ready { "ready" } else { "not_ready" },
        "checks": {
            "session_store": if store.is_ok() { "ok" } else { "unavailable" },
            "issuer": issuer,
        },
        "keys": {
            "verifying": keys.verifying,
            "issuer_signs_with": keys.issuer_signs_with,
        },
        "warnings": warnings,
    });
    if let Some(feed) = revocations {
        body["checks"]["revocations"] = if feed.reachable { "ok" } else { "unreachable" }.into();
        body["revocations"] = json!({
            "age_seconds": feed.age.map(|age| age.as_secs()),
            "ended": feed.ended,
        });
    }
    match believed {
        Believed::Unknown => {}
        Believed::Yes => body["checks"]["browser_addresses"] = "ok".into(),
        Believed::No(_) => body["checks"]["browser_addresses"] = "not_believed".into(),
    }
    (status, NO_STORE, Json(body))
}
