//! `POST /auth`, Flask-JWT's contract.

use serde_json::json;
use tegata_issuer::config::AuthFields;

use crate::{
    app::{HANAKO, TestApp},
    forge::open,
};

#[tokio::test]
async fn a_flask_jwt_client_gets_its_token_with_the_identity_in_it() {
    let app = TestApp::start().await;
    let credentials = json!({"username": HANAKO.0, "password": HANAKO.1});
    let answer = app.post_json("/auth", &credentials).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json().as_object().unwrap().len(), 1);
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = answer.word("access_token");
    let (_, claims) = open(&token);
    assert_eq!(claims["identity"], app.hanako.id.to_string());
    assert_eq!(claims["identity"], claims["sub"]);
    assert_eq!(app.me(format!("Bearer {token}")).await.status, 200);

    let (_, claims) = open(&app.token().await);
    assert_eq!(claims.get("identity"), None, "only here");
}

#[tokio::test]
async fn every_refusal_has_flask_jwts_exact_body() {
    let app = TestApp::start().await;
    let taro = bcrypt::hash("left in spring", 4).unwrap();
    app.disable(&app.import("taro", &taro).await).await;
    for body in [
        json!({"username": HANAKO.0, "password": "wrong"}),
        json!({"username": "nobody", "password": "wrong"}),
        json!({"username": "taro", "password": "left in spring"}),
        json!({"username": HANAKO.0}),
        json!({"password": HANAKO.1}),
        json!({"username": HANAKO.0, "password": {"$ne": null}}),
        json!({}),
    ] {
        let answer = app.post_json("/auth", &body).await;
        assert_eq!(answer.status, 401, "{body}");
        assert_eq!(
            answer.text(),
            r#"{"status_code":401,"error":"Bad Request","description":"Invalid credentials"}"#,
        );
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn the_two_members_can_have_other_names() {
    let app = TestApp::with(|config| {
        config.auth_fields = AuthFields {
            username: "email".to_owned(),
            password: "passphrase".to_owned(),
        };
    })
    .await;
    let renamed = json!({"email": HANAKO.0, "passphrase": HANAKO.1});
    assert_eq!(app.post_json("/auth", &renamed).await.status, 200);
    let usual = json!({"username": HANAKO.0, "password": HANAKO.1});
    assert_eq!(app.post_json("/auth", &usual).await.status, 401);
    assert_eq!(app.post_json("/token", &usual).await.status, 200);
}

#[tokio::test]
async fn what_is_no_body_at_all_is_told_as_everywhere() {
    let app = TestApp::start().await;
    assert_eq!(app.post("/auth", "text/plain", "x").await.status, 415);
    let (kind, ..) = app.post("/auth", "application/json", "{").await.problem();
    assert_eq!(kind, "json_invalid");
}
