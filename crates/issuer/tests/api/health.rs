//! Readiness, and what happens while the store is away.

use serde_json::json;
use tegata_issuer::signing::KeySettings;
use tegata_token::HmacSecret;

use crate::{
    answer::Answer,
    app::{HANAKO, SECRET, TestApp},
    forge::fingerprint,
    shaky::CAUSE,
};

#[tokio::test]
async fn readiness_names_its_checks_and_its_keys() {
    let app = TestApp::start().await;
    let ready = app.get("/health/ready").await;
    assert_eq!(ready.status, 200);
    let kid = fingerprint(SECRET);
    assert_eq!(
        ready.json(),
        json!({
            "status": "ready",
            "checks": {"store": "ok", "keys": "ok"},
            "keys": {"algorithm": "HS256", "signing": kid, "verifying": [kid]},
            "asked_from": null,
            "warnings": [],
        })
    );
    assert_eq!(ready.header("cache-control"), "no-store");
    assert!(!ready.text().contains(SECRET));
    assert_eq!(
        app.get("/health/live").await.json(),
        json!({"status": "ok"})
    );
}

#[tokio::test]
async fn readiness_lists_the_key_before_this_one_after_it() {
    let before = "Yw3nKc8VtR5mPz1XqLd7HbJf2GsQa9Ue";
    let app = TestApp::with(|config| {
        let [now, old] = [SECRET, before].map(|text| HmacSecret::parse(text).unwrap());
        config.keys = KeySettings::shared_secret(now, vec![old]);
    })
    .await;
    let keys = &app.get("/health/ready").await.json()["keys"];
    assert_eq!(keys["signing"], fingerprint(SECRET));
    assert_eq!(
        keys["verifying"],
        json!([fingerprint(SECRET), fingerprint(before)])
    );
}

#[tokio::test]
async fn a_weak_secret_that_was_allowed_is_a_warning() {
    let app = TestApp::with(|config| {
        let weak = HmacSecret::parse_insecure("secret").unwrap();
        config.keys = KeySettings::shared_secret(weak, Vec::new());
        config.weak_secret = true;
    })
    .await;
    let ready = app.get("/health/ready").await;
    assert_eq!(ready.status, 200, "it works all the same");
    assert_eq!(ready.json()["warnings"], json!(["insecure_weak_secret"]));
}

#[tokio::test]
async fn without_the_store_nothing_is_guessed_and_all_works_again_when_it_is_back() {
    let app = TestApp::start().await;
    let token = format!("Bearer {}", app.token().await);
    app.store.goes_away();

    let ready = app.get("/health/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["status"], "not_ready");
    assert_eq!(
        ready.json()["checks"],
        json!({"store": "unavailable", "keys": "ok"})
    );
    assert_eq!(app.get("/health/live").await.status, 200);

    let credentials = json!({"username": HANAKO.0, "password": HANAKO.1});
    let answers: [(&str, Answer); 5] = [
        ("/token", app.log_in(HANAKO.0, HANAKO.1).await),
        ("/token, nobody", app.log_in("nobody", "x").await),
        ("/auth", app.post_json("/auth", &credentials).await),
        ("/users/me", app.me(&token).await),
        (
            "/users",
            app.register("taro", "seven gates and a river").await,
        ),
    ];
    for (what, answer) in &answers {
        assert_eq!(answer.status, 503, "{what}");
        assert_eq!(answer.header("retry-after"), "5", "{what}");
        assert_eq!(answer.word("error"), "temporarily_unavailable", "{what}");
        assert!(!answer.text().contains(CAUSE), "{what}");
    }
    assert!(!ready.text().contains(CAUSE));
    let forged = app.me("Bearer x.y.z").await;
    assert_eq!(forged.status, 401, "a bad token is told without the store");

    app.store.comes_back();
    assert_eq!(app.get("/health/ready").await.status, 200);
    assert_eq!(app.me(&token).await.status, 200);
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 200);
}
