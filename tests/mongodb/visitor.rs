//! Somebody who calls the services, and does not give up at once.

use std::time::{Duration, Instant};

use reqwest::{Client, Response, StatusCode};
use serde_json::json;

use super::ADMIN;
use crate::tegata::Service;

/// How long anything may take; elections included, see `tegata_mongod`.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

pub(super) fn client() -> Client {
    Client::builder().cookie_store(true).build().unwrap()
}

pub(super) async fn log_in(api: &str, (username, password): (&str, &str)) -> Response {
    client()
        .post(format!("{api}/token"))
        .form(&[("username", username), ("password", password)])
        .send()
        .await
        .unwrap()
}

pub(super) async fn register(http: &Client, api: &str, username: &str) -> Response {
    http.post(format!("{api}/users"))
        .json(&json!({"username": username, "password": "a name for every gate"}))
        .send()
        .await
        .unwrap()
}

pub(super) async fn status(url: &str) -> StatusCode {
    reqwest::get(url).await.unwrap().status()
}

/// Whether a service has what it needs, as it says itself.
pub(super) async fn readiness(service: &Service) -> StatusCode {
    status(&format!("{}/health/ready", service.url)).await
}

/// Waits until a service has prepared its database, and whatever else it needs.
pub(super) async fn becomes_ready(service: &Service) {
    until(StatusCode::OK, async || readiness(service).await).await;
}

/// Waits until the first account can log in, and says how long that took.
pub(super) async fn admin_gets_in(issuer: &Service) -> Duration {
    until(StatusCode::OK, async || {
        log_in(&issuer.url, ADMIN).await.status()
    })
    .await
}

/// Asks until the answer is this one, and says how long that took.
pub(super) async fn until(
    wanted: StatusCode,
    mut ask: impl AsyncFnMut() -> StatusCode,
) -> Duration {
    let start = Instant::now();
    loop {
        let status = ask().await;
        if status == wanted {
            return start.elapsed();
        }
        assert!(start.elapsed() < PATIENCE, "still {status}");
        tokio::task::yield_now().await;
    }
}
