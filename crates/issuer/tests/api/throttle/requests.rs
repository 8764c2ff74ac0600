//! Limits of their own: refreshes, forged tokens, clients, introspection.

use http::Method;
use serde_json::json;
use time::Duration;

use super::{At, HERS, THEIRS, waits};
use crate::{
    answer::Answer,
    app::{HANAKO, TestApp, basic},
    refresh::refused,
};

impl At<'_> {
    async fn refresh(&self, token: &str) -> Answer {
        let members = json!({"grant_type": "refresh_token", "refresh_token": token});
        self.send(Method::POST, "/token", None, members).await
    }

    async fn as_client(&self, id: &str, secret: &str) -> Answer {
        let members = json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        });
        self.send(Method::POST, "/token", None, members).await
    }

    /// A new session's refresh token.
    async fn session(&self) -> String {
        self.hanako().await.word("refresh_token")
    }
}

#[tokio::test]
async fn a_session_is_refreshed_60_times_a_minute_and_one_more_changes_nothing_of_it() {
    let app = TestApp::start().await;
    let her = app.at(HERS);
    let (first, other) = (her.session().await, her.session().await);
    let mut token = first.clone();
    for _ in 0..60 {
        let answer = her.refresh(&token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        token = answer.word("refresh_token");
    }
    // Whoever asks, also with one that was used long ago: nothing is rotated, and nothing ends.
    waits(&her.refresh(&token).await, 1);
    waits(&app.at(THEIRS).refresh(&token).await, 1);
    waits(&app.at(THEIRS).refresh(&first).await, 1);
    assert_eq!(her.refresh(&other).await.status, 200);
    for _ in 0..5 {
        app.clock.advance(Duration::SECOND);
        let answer = her.refresh(&token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        token = answer.word("refresh_token");
    }
    waits(&her.refresh(&token).await, 1);
}

#[tokio::test]
async fn many_sessions_are_refreshed_from_one_address() {
    let app = TestApp::start().await;
    let her = app.at(HERS);
    for _ in 0..100 {
        let mut token = her.session().await;
        for _ in 0..10 {
            let answer = her.refresh(&token).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            token = answer.word("refresh_token");
        }
    }
}

#[tokio::test]
async fn forged_refresh_tokens_are_refused_otherwise_after_600_and_genuine_ones_never() {
    let app = TestApp::start().await;
    let them = app.at(THEIRS);
    for number in 0..600 {
        refused(&them.refresh(&format!("trt_{number}")).await, None);
    }
    waits(&them.refresh("trt_x").await, 1);
    let genuine = them.session().await;
    assert_eq!(them.refresh(&genuine).await.status, 200);
    refused(&app.at(HERS).refresh("trt_x").await, None);
}

#[tokio::test]
async fn whoever_fails_20_times_to_be_a_client_waits_and_no_genuine_client_does() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let (other, others) = app.add_client("gateway", "").await;
    let (id, other) = (client.id.to_string(), other.id.to_string());
    let them = app.at(THEIRS);
    for _ in 0..20 {
        assert_eq!(them.as_client(&id, "guess").await.status, 401);
    }
    waits(&them.as_client(&id, "guess").await, 3);
    let right = them.as_client(&id, secret.expose()).await;
    assert_eq!(right.status, 200, "whoever else failed at its address");
    assert_eq!(them.as_client(&other, others.expose()).await.status, 200);
    assert_eq!(
        app.at(HERS).as_client(&id, secret.expose()).await.status,
        200
    );
    app.clock.advance(Duration::seconds(3));
    for _ in 0..30 {
        let right = them.as_client(&id, secret.expose()).await;
        assert_eq!(right.status, 200, "what is right is not counted");
    }
    assert_eq!(them.as_client(&id, "guess").await.status, 401);
    waits(&them.as_client(&id, "guess").await, 3);

    // With an id of its own each time, it is the address; whoever names no client is none of it.
    let them = app.at("192.0.2.66");
    for number in 0..600 {
        assert_eq!(
            them.as_client(&format!("id{number}"), "x").await.status,
            401
        );
    }
    waits(&them.as_client("another", "x").await, 1);
    assert_eq!(them.as_client(&id, secret.expose()).await.status, 200);
    assert_eq!(them.hanako().await.status, 200);
}

#[tokio::test]
async fn introspection_is_limited_for_each_that_asks() {
    let app = TestApp::with(|config| config.throttling.introspections_per_client = 60).await;
    let (client, secret) = app.add_client("reports", "").await;
    let (other, others) = app.add_client("gateway", "").await;
    let ask = async |id: &str, secret: &str| {
        let header = basic(id, secret);
        app.post_form_as(header, "/introspect", &[("token", "x")])
            .await
    };
    let (id, other) = (client.id.to_string(), other.id.to_string());
    for _ in 0..60 {
        let answer = ask(&id, secret.expose()).await;
        assert_eq!(answer.text(), r#"{"active":false}"#);
    }
    waits(&ask(&id, secret.expose()).await, 1);
    assert_eq!(ask(&other, others.expose()).await.status, 200);
    app.clock.advance(Duration::SECOND);
    assert_eq!(ask(&id, secret.expose()).await.status, 200);
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);
}
