//! All that is logged while the tests run, at the finest level; and the story of what is never in it.

use std::{
    io::Write,
    sync::{Mutex, Once, PoisonError},
};

use http::Method;
use serde_json::json;

use crate::{
    app::{HANAKO, SECRET, TestApp, basic},
    forge,
};

static CAPTURED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Starts the capture, once a process: the hashing threads log too.
pub(crate) fn capture() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(|| Sink)
            .init();
    });
}

/// Looks for this in all that was logged.
pub(crate) fn said(words: &str) {
    let log = CAPTURED.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(String::from_utf8_lossy(&log).contains(words), "{words}");
}

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut captured = CAPTURED.lock().unwrap_or_else(PoisonError::into_inner);
        captured.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_password_token_hash_or_secret_is_ever_logged() {
    let app = TestApp::start().await;
    let typed = "typed-Kx8-by-mistake";
    let registered = "registered-Wq3-by-taro";
    app.import("old", &bcrypt::hash(registered, 5).unwrap())
        .await;
    app.import("damaged", "$2b$04$damaged-hash-Zz9").await;

    let token = app.token().await;
    let forged = forge::sign(&forge::header(), &json!({"sub": "x"}), SECRET);
    for username in [HANAKO.0, "nobody", "damaged", typed] {
        assert_eq!(app.log_in(username, typed).await.status, 400);
    }
    let auth = json!({"username": HANAKO.0, "password": typed});
    assert_eq!(app.post_json("/auth", &auth).await.status, 401);
    assert_eq!(app.log_in("old", registered).await.status, 200);
    assert_eq!(app.register("taro", registered).await.status, 201);
    assert_eq!(app.register("taro", registered).await.status, 409);
    assert_eq!(app.register(registered, registered).await.status, 422);
    app.give_roles(&app.hanako, &["admin"]).await;
    let hers = app.token().await;
    let jiro = json!({"username": "jiro"});
    let jiro = app.ask(Method::POST, "/admin/users", &hers, &jiro).await;
    let random = jiro.word("password");
    let path = format!("/admin/users/{}", jiro.word("id"));
    let reset = json!({"password": registered, "name": "Jiro"});
    assert_eq!(app.patch_as(&hers, &path, &reset).await.status, 200);
    let jiros = app.log_in("jiro", registered).await.word("access_token");
    for (password, status) in [(typed, 400), (registered, 204)] {
        let farewell = json!({"password": password});
        let answer = app.ask(Method::DELETE, "/users/me", &jiros, &farewell);
        assert_eq!(answer.await.status, status);
    }
    let query = format!("/token?username=x&password={typed}&token={token}");
    app.post_form(&query, &[]).await;
    let odd = json!({"username": HANAKO.0, "password": {"is": typed}});
    assert_eq!(app.post_json("/token", &odd).await.status, 422);
    app.post(
        "/token",
        "application/json",
        format!("{{\"password\": {typed}"),
    )
    .await;
    for credentials in [&token, &forged, typed] {
        app.me(format!("Bearer {credentials}")).await;
        app.me(format!("Basic {credentials}")).await;
    }
    let (client, secret) = app.add_client("reports", "").await;
    let (id, secret) = (client.id.to_string(), secret.expose().to_owned());
    let grant = ("grant_type", "client_credentials");
    for (tried, status) in [(&*secret, 200), (&secret[1..], 401), (typed, 401)] {
        let members = [grant, ("client_id", &*id), ("client_secret", tried)];
        assert_eq!(app.post_form("/token", &members).await.status, status);
        let header = basic(&id, tried);
        let asked = app
            .post_form_as(header, "/introspect", &[("token", &token)])
            .await;
        assert_eq!(asked.status, status);
    }
    app.store.goes_away();
    assert_eq!(app.log_in(HANAKO.0, HANAKO.1).await.status, 503);
    app.me(format!("Bearer {token}")).await;
    app.get("/health/ready").await;

    let log = CAPTURED.lock().unwrap_or_else(PoisonError::into_inner);
    let log = String::from_utf8_lossy(&log);
    for said in [
        "login_failed",
        "user_changed",
        "user_deleted",
        "client_refused",
        "wrong_password",
        "path=\"/token\"",
        "status=200",
    ] {
        assert!(log.contains(said), "the capture works: {said}");
    }
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let secrets = [
        HANAKO.1.to_owned(),
        typed.to_owned(),
        registered.to_owned(),
        random,
        signature(&hers),
        secret[5..].to_owned(),
        client.secret.to_string(),
        SECRET.to_owned(),
        signature(&token),
        signature(&forged),
        "$2b$".to_owned(),
        "damaged-hash".to_owned(),
    ];
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }
}
