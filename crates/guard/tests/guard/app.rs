//! A service behind a guard, and somebody who signs tokens for it.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, Request, StatusCode, header::AUTHORIZATION};
use serde_json::Value;
use tegata_guard::{
    Caller, Guard, Keys, Rejection,
    token::{Claims, HmacSecret, ManualClock, Signer},
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tower::ServiceExt as _;

pub(crate) const SECRET: &str = "b4QmRzPq7yTkVw2nXc8LhJd5FgSa9UeM";
pub(crate) const OTHER_SECRET: &str = "Yw3nKc8VtR5mPz1XqLd7HbJf2GsQa9Ue";
pub(crate) const START: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// A header's text; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A guard whose clock stands at [`START`], and the clock.
pub(crate) fn guard() -> (Guard, ManualClock) {
    let clock = ManualClock::new(START);
    let keys = Keys::shared_secret(SECRET).unwrap();
    let guard = Guard::new(keys).with_clock(Arc::new(clock.clone()));
    (guard, clock)
}

/// Claims that are good for a minute.
pub(crate) fn claims() -> Claims {
    Claims::new("user-1", START, Duration::minutes(1))
}

pub(crate) fn sign(claims: &Claims, secret: &str) -> String {
    let secret = HmacSecret::parse(secret).unwrap();
    Signer::new(secret.signing_key()).sign(claims).unwrap()
}

/// A good token.
pub(crate) fn token() -> String {
    sign(&claims(), SECRET)
}

/// `/` greets its caller, `/perhaps` strangers too; `/editors` asks for a role and `/writes` for a scope.
pub(crate) fn service() -> Router {
    Router::new()
        .route("/", get(greet))
        .route("/perhaps", get(greet_perhaps))
        .route("/editors", get(edit))
        .route("/writes", get(write))
}

pub(crate) async fn call(service: &Router, path: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::get(path);
    if let Some(value) = authorization {
        request = request.header(AUTHORIZATION, value);
    }
    let Ok(response): Result<Response, _> = service
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await;
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// `GET` with this token.
pub(crate) async fn call_as(service: &Router, path: &str, token: &str) -> Answer {
    call(service, path, Some(&format!("Bearer {token}"))).await
}

async fn greet(caller: Caller) -> String {
    format!("Hello, {}", caller.id())
}

async fn greet_perhaps(caller: Option<Caller>) -> String {
    let id = caller.map(|caller| caller.id().to_owned());
    format!("Hello, {}", id.as_deref().unwrap_or("stranger"))
}

async fn edit(caller: Caller) -> Result<impl IntoResponse, Rejection> {
    caller.require_role("editor")?;
    Ok("edited")
}

async fn write(caller: Caller) -> Result<impl IntoResponse, Rejection> {
    caller.require_scope("articles:write")?;
    Ok("written")
}
