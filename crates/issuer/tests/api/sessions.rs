//! Where somebody is signed in, and the ways to end that: logout, others, a new password.

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};
use tegata_issuer::password::PasswordHash;
use time::Duration;

use crate::{
    answer::Answer,
    app::{COST, HANAKO, JSON, TestApp},
    forge::open,
    refresh::refused,
};

const NEW_PASSWORD: &str = "a river behind seven gates";

impl TestApp {
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Value,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, JSON)
            .header(header::USER_AGENT, "Firefox")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    async fn sessions(&self, token: &str) -> Vec<Value> {
        let answer = self
            .call(Method::GET, "/users/me/sessions", token, Value::Null)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        answer.json()["sessions"].as_array().unwrap().clone()
    }
}

fn sid(token: &str) -> String {
    open(token).1["sid"].as_str().unwrap().to_owned()
}

#[track_caller]
fn ended(answer: &Answer) {
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("tegata-reason"), "session_ended");
}

#[tokio::test]
async fn a_login_that_is_not_answered_leaves_no_session() {
    let app = TestApp::start().await;
    // The store loses sight of the user between the password and the answer.
    app.store.loses_ids();
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 503);
    app.store.finds_ids();
    let token = app.token().await;
    assert_eq!(app.sessions(&token).await.len(), 1);
}

#[tokio::test]
async fn the_caller_sees_their_own_sessions_latest_use_first() {
    let app = TestApp::start().await;
    let (first, refresh) = app.pair().await;
    app.clock.advance(Duration::minutes(1));
    let (second, _) = app.pair().await;
    let taro = app
        .import(
            "taro",
            &bcrypt::hash("three gates and a bridge", 4).unwrap(),
        )
        .await;
    app.log_in("taro", "three gates and a bridge").await;

    let sessions = app.sessions(&first).await;
    let ids: Vec<&str> = sessions
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [sid(&second), sid(&first)], "none of {}'s", taro.id);
    assert_eq!(sessions[0]["current"], false);
    assert_eq!(
        sessions[1],
        json!({
            "id": sid(&first),
            "current": true,
            "created_at": "2026-07-01T12:00:00.123Z",
            "last_used_at": "2026-07-01T12:00:00.123Z",
            "ends_at": "2026-07-31T12:00:00.123Z",
            "address": null,
            "user_agent": null,
        })
    );
    app.clock.advance(Duration::minutes(1));
    app.refresh(&refresh).await;
    let sessions = app.sessions(&first).await;
    assert_eq!(sessions[0]["id"], sid(&first));
    assert_eq!(sessions[0]["last_used_at"], "2026-07-01T12:02:00.123Z");
}

#[tokio::test]
async fn one_session_is_ended_and_the_others_go_on() {
    let app = TestApp::start().await;
    let (own, _) = app.pair().await;
    let (other, refresh) = app.pair().await;
    let end = async |token: &str, id: &str| {
        let path = format!("/users/me/sessions/{id}");
        app.call(Method::DELETE, &path, token, Value::Null).await
    };
    let answer = end(&own, &sid(&other)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.text()),
        (204, String::new())
    );
    ended(&app.me(format!("Bearer {other}")).await);
    refused(&app.refresh(&refresh).await, Some("signed_out_elsewhere"));
    assert_eq!(app.sessions(&own).await.len(), 1);

    app.import(
        "taro",
        &bcrypt::hash("three gates and a bridge", 4).unwrap(),
    )
    .await;
    let taro = app
        .log_in("taro", "three gates and a bridge")
        .await
        .word("access_token");
    for foreign in [
        sid(&taro),
        sid(&other),
        "..".to_owned(),
        "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
    ] {
        let answer = end(&own, &foreign).await;
        assert_eq!(answer.status, 404, "{foreign}");
        assert_eq!(answer.word("error"), "not_found");
    }
    assert_eq!(app.me(format!("Bearer {taro}")).await.status, 200);

    assert_eq!(end(&own, &sid(&own)).await.status, 204);
    ended(&app.me(format!("Bearer {own}")).await);
}

#[tokio::test]
async fn all_others_are_ended_on_request() {
    let app = TestApp::start().await;
    let (own, refresh) = app.pair().await;
    let (_, other) = app.pair().await;
    app.pair().await;
    let answer = app
        .call(Method::DELETE, "/users/me/sessions", &own, Value::Null)
        .await;
    assert_eq!(answer.json(), json!({"ended": 2}));
    refused(&app.refresh(&other).await, Some("signed_out_elsewhere"));
    assert_eq!(app.refresh(&refresh).await.status, 200);
}

#[tokio::test]
async fn a_new_password_ends_the_others_and_logs_in() {
    let app = TestApp::start().await;
    let (own, refresh) = app.pair().await;
    let (_, other) = app.pair().await;
    let change = async |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        app.call(Method::PUT, "/users/me/password", &own, body)
            .await
    };
    let answer = change("not my password", NEW_PASSWORD).await;
    assert_eq!(
        (answer.status.as_u16(), answer.word("error")),
        (400, "wrong_password".to_owned())
    );
    for (new, code) in [
        ("short", "password_too_short"),
        (&"道".repeat(25), "password_too_long"),
        ("nul\0nul\0nul", "password_nul"),
        ("hanako", "password_too_short"),
        ("password123", "password_guessable"),
        ("", "missing"),
    ] {
        let answer = change(HANAKO.1, new).await;
        assert_eq!(answer.status, 422, "{new:?}");
        let problem = &answer.json()["detail"][0];
        assert_eq!(problem["loc"], json!(["body", "new_password"]), "{new:?}");
        assert_eq!(problem["type"], code, "{new:?}");
        assert_eq!(problem["input"], Value::Null);
    }
    assert_eq!(app.sessions(&own).await.len(), 2, "nothing has changed yet");

    assert_eq!(
        change(HANAKO.1, NEW_PASSWORD).await.json(),
        json!({"ended": 1})
    );
    refused(&app.refresh(&other).await, Some("password_changed"));
    assert_eq!(app.refresh(&refresh).await.status, 200, "this one goes on");
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);
    assert_eq!(app.log_in(HANAKO.0, NEW_PASSWORD).await.status, 200);
}

#[tokio::test]
async fn of_two_changes_at_once_with_one_password_the_first_counts() {
    let app = TestApp::start().await;
    let (own, _) = app.pair().await;
    let change = async || {
        let body = json!({"current_password": HANAKO.1, "new_password": NEW_PASSWORD});
        app.call(Method::PUT, "/users/me/password", &own, body)
            .await
    };
    let hash = |password| PasswordHash::from_stored(bcrypt::hash(password, COST).unwrap());

    app.store.meanwhile_set(hash("nine lives of the owner"));
    let answer = change().await;
    assert_eq!(
        (answer.status.as_u16(), answer.word("error")),
        (400, "wrong_password".to_owned())
    );
    let owner = app.log_in(HANAKO.0, "nine lives of the owner").await;
    assert_eq!(owner.status, 200);
}

#[tokio::test]
async fn a_hash_that_a_login_renewed_meanwhile_keeps_nobody_from_a_new_password() {
    let app = TestApp::start().await;
    let (own, _) = app.pair().await;
    let renewed = bcrypt::hash(HANAKO.1, COST).unwrap();
    app.store.meanwhile_set(PasswordHash::from_stored(renewed));
    let body = json!({"current_password": HANAKO.1, "new_password": NEW_PASSWORD});
    let answer = app
        .call(Method::PUT, "/users/me/password", &own, body)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(app.log_in(HANAKO.0, NEW_PASSWORD).await.status, 200);
}

#[tokio::test]
async fn whoever_holds_a_token_can_revoke_it() {
    let app = TestApp::start().await;
    let (access, refresh) = app.pair().await;
    let (other, _) = app.pair().await;
    for nothing in ["nothing", "", "a.b.c", &refresh[..20]] {
        let answer = app.post_form("/revoke", &[("token", nothing)]).await;
        let expected = if nothing.is_empty() { 422 } else { 200 };
        assert_eq!(answer.status, expected, "{nothing}");
    }
    assert_eq!(app.me(format!("Bearer {access}")).await.status, 200);
    let members = [
        ("token", access.as_str()),
        ("token_type_hint", "refresh_token"),
    ];
    for _ in 0..2 {
        let answer = app.post_form("/revoke", &members).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({})),
            "the hint is only one"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    ended(&app.me(format!("Bearer {access}")).await);
    refused(&app.refresh(&refresh).await, Some("signed_out"));
    assert_eq!(app.me(format!("Bearer {other}")).await.status, 200);
    app.store.goes_away();
    assert_eq!(
        app.post_form("/revoke", &[("token", &refresh)])
            .await
            .status,
        503
    );
}

#[tokio::test]
async fn a_token_of_a_session_that_nobody_has_is_refused() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    // Signed with the same secret, and of no session here.
    let (_, mut claims) = open(&app.token().await);
    let foreign = other.token().await;
    claims["sid"] = open(&foreign).1["sid"].clone();
    let token = crate::forge::sign(&crate::forge::header(), &claims, crate::app::SECRET);
    ended(&app.me(format!("Bearer {token}")).await);
    claims["sid"] = json!("no id");
    let token = crate::forge::sign(&crate::forge::header(), &claims, crate::app::SECRET);
    ended(&app.me(format!("Bearer {token}")).await);
}
