//! `PATCH` and `DELETE /users/me`: what everybody may do to their own account.

use http::Method;
use serde_json::{Value, json};

use crate::{
    admin::{AOI, administered},
    answer::Answer,
    app::{HANAKO, TestApp},
    forge,
};

async fn delete(app: &TestApp, token: &str, body: &Value) -> Answer {
    app.ask(Method::DELETE, "/users/me", token, body).await
}

#[tokio::test]
async fn name_and_address_change_and_go() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let mut expected = app.me(format!("Bearer {token}")).await.json();
    app.clock.advance(time::Duration::seconds(1));
    for (change, member, value) in [
        (
            json!({"email": "H@Example.com"}),
            "email",
            json!("H@Example.com"),
        ),
        (json!({"name": "山田 花子"}), "name", json!("山田 花子")),
        (
            json!({"email": "h@example.com"}),
            "email",
            json!("h@example.com"),
        ),
        (json!({"email": ""}), "email", Value::Null),
        (json!({"name": null}), "name", Value::Null),
    ] {
        let changed = app.patch_as(&token, "/users/me", &change).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_eq!(changed.header("cache-control"), "no-store");
        expected[member] = value;
        expected["updated_at"] = json!("2026-07-01T12:00:01.123Z");
        assert_eq!(changed.json(), expected);
        assert_eq!(app.me(format!("Bearer {token}")).await.json(), expected);
    }
}

#[tokio::test]
async fn nobody_gives_themselves_a_role_another_name_or_password() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let before = app.me(format!("Bearer {token}")).await.json();
    app.clock.advance(time::Duration::seconds(1));
    let greedy = json!({
        "roles": ["admin"], "username": "root", "disabled": true, "password": "nine new barriers",
        "id": "1", "password_hash": "x",
    });
    let answer = app.patch_as(&token, "/users/me", &greedy).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), before);
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);
}

#[tokio::test]
async fn a_taken_address_and_broken_rules_change_nothing() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let taro = json!({"username": "taro", "password": "seven gates and a river", "email": "t@example.com"});
    assert_eq!(app.post_json("/users", &taro).await.status, 201);
    let before = app.me(format!("Bearer {token}")).await.json();
    let taken = json!({"email": "T@EXAMPLE.com", "name": "x"});
    let taken = app.patch_as(&token, "/users/me", &taken).await;
    assert_eq!(taken.status, 409);
    assert_eq!(taken.word("error"), "email_taken");
    for (body, kind, name) in [
        (json!({"email": "x"}), "value_error", "email"),
        (json!({"email": ["h@example.com"]}), "string_type", "email"),
        (
            json!({"name": "\u{200b}", "email": null}),
            "value_error",
            "name",
        ),
        (json!({"name": {"$set": 1}}), "string_type", "name"),
    ] {
        let (is, loc, ..) = app.patch_as(&token, "/users/me", &body).await.problem();
        assert_eq!((is.as_str(), loc), (kind, json!(["body", name])), "{body}");
    }
    assert_eq!(app.me(format!("Bearer {token}")).await.json(), before);
}

#[tokio::test]
async fn an_account_is_deleted_with_its_password_and_all_its_sessions_end() {
    let app = TestApp::start().await;
    let others = app.log_in(HANAKO.0, HANAKO.1).await;
    let token = app.token().await;
    let gone = delete(&app, &token, &json!({"password": HANAKO.1})).await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    assert!(gone.body.is_empty());
    let me = app.me(format!("Bearer {token}")).await;
    assert_eq!(me.header("tegata-reason"), "user_unknown");
    let refresh = others.word("refresh_token");
    let members = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
    let refused = app.post_form("/token", &members).await;
    assert_eq!(refused.word("cause"), "user_deleted");
    let feed = app.get("/revocations").await.json();
    assert_eq!(feed["ended"].as_array().unwrap().len(), 2);
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 400);
}

#[tokio::test]
async fn without_the_right_password_an_account_stays() {
    let app = TestApp::start().await;
    let token = app.token().await;
    for wrong in [
        "x",
        "Plum blossoms at the gate",
        "plum blossoms at the gate\0",
    ] {
        let answer = delete(&app, &token, &json!({"password": wrong})).await;
        assert_eq!(answer.status, 400, "{wrong:?}");
        assert_eq!(answer.word("error"), "wrong_password");
    }
    for missing in [
        json!({}),
        json!({"password": ""}),
        json!({"password": null}),
    ] {
        let (kind, loc, ..) = delete(&app, &token, &missing).await.problem();
        assert_eq!(
            (kind.as_str(), loc),
            ("missing", json!(["body", "password"]))
        );
    }
    // Where a proxy drops the body of a DELETE, it is said so.
    assert_eq!(delete(&app, &token, &Value::Null).await.status, 415);
    let query = format!("/users/me?password={}", "plum%20blossoms%20at%20the%20gate");
    assert_eq!(app.delete_as(&token, &query).await.status, 415);
    assert_eq!(app.me(format!("Bearer {token}")).await.status, 200);
}

#[tokio::test]
async fn the_last_administrator_cannot_delete_herself() {
    let (app, _, token) = administered().await;
    let password = json!({"password": AOI.1});
    let answer = delete(&app, &token, &password).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.word("error"), "last_admin");
    assert_eq!(app.get_as(&token, "/admin/users").await.status, 200);
    app.give_roles(&app.hanako, &["admin"]).await;
    assert_eq!(delete(&app, &token, &password).await.status, 204);
}

#[tokio::test]
async fn whoever_is_not_signed_in_changes_and_deletes_nobody() {
    let app = TestApp::start().await;
    let ended = app.token().await;
    app.post_form("/revoke", &[("token", &ended)]).await;
    let forged = forge::sign(
        &forge::header(),
        &forge::claims(&app.hanako),
        "x".repeat(32).as_str(),
    );
    for token in [&ended, &forged, "abc"] {
        let name = json!({"name": "x"});
        assert_eq!(app.patch_as(token, "/users/me", &name).await.status, 401);
        let password = json!({"password": HANAKO.1});
        assert_eq!(delete(&app, token, &password).await.status, 401);
    }
    let me = app.me(format!("Bearer {}", app.token().await)).await;
    assert_eq!(me.json()["name"], Value::Null);
}
