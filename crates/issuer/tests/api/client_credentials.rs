//! `POST /token` with `grant_type=client_credentials`: tokens for programs that speak for themselves.

use serde_json::json;
use tegata_issuer::oauth_client::{ClientName, OAuthClient};

use crate::{
    answer::Answer,
    app::{ISSUER, SECRET, START, TestApp, basic},
    forge::{fingerprint, open},
};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// A client that may have these scopes, and its header.
async fn client(app: &TestApp, scopes: &str) -> (OAuthClient, String) {
    let (client, secret) = app.add_client("reports", scopes).await;
    let header = basic(&client.id.to_string(), secret.expose());
    (client, header)
}

async fn ask(app: &TestApp, header: &str, scope: &str) -> Answer {
    app.post_form_as(header, "/token", &[GRANT, ("scope", scope)])
        .await
}

#[tokio::test]
async fn a_client_gets_an_access_token_and_nothing_to_refresh_it() {
    let app = TestApp::start().await;
    let (_, header) = client(&app, "orders:read").await;
    let answer = app.post_form_as(&header, "/token", &[GRANT]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "scope"]);
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["expires_in"], 900);
    assert_eq!(body["scope"], "orders:read");
}

#[tokio::test]
async fn its_token_speaks_of_the_client_and_of_no_user_or_session() {
    let app = TestApp::with(|config| config.audience = Some("https://api.test".to_owned())).await;
    let (client, header) = client(&app, "orders:read orders:write").await;
    let answer = app.post_form_as(&header, "/token", &[GRANT]).await;
    let (header, mut claims) = open(&answer.word("access_token"));
    assert_eq!(
        header,
        json!({"alg": "HS256", "typ": "at+jwt", "kid": fingerprint(SECRET)})
    );
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(jti.as_str().unwrap().len(), 22);
    let now = START.unix_timestamp();
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER,
            "sub": format!("client:{}", client.id),
            "aud": "https://api.test",
            "exp": now + 900,
            "iat": now,
            "nbf": now,
            "scope": "orders:read orders:write",
            "roles": [],
            "client_id": client.id.to_string(),
        })
    );
}

#[tokio::test]
async fn a_scope_is_what_was_asked_for_out_of_what_the_client_may() {
    let app = TestApp::start().await;
    let (_, header) = client(&app, "orders:read orders:write mail").await;
    for (asked, granted) in [
        ("", "orders:read orders:write mail"),
        (" ", "orders:read orders:write mail"),
        ("mail", "mail"),
        ("orders:write orders:read", "orders:write orders:read"),
        ("mail  mail", "mail"),
    ] {
        let answer = ask(&app, &header, asked).await;
        assert_eq!(answer.status, 200, "{asked:?}: {}", answer.text());
        assert_eq!(answer.word("scope"), granted, "{asked:?}");
        let (_, claims) = open(&answer.word("access_token"));
        assert_eq!(claims["scope"], granted, "{asked:?}");
    }
    let many = "x ".repeat(1000);
    for asked in [
        "admin",
        "mail admin",
        "Mail",
        "orders",
        "orders:read,mail",
        "mail\tadmin",
        "\"mail\"",
        "メール",
        &many,
    ] {
        let answer = ask(&app, &header, asked).await;
        assert_eq!(answer.status, 400, "{asked:?}");
        assert_eq!(answer.word("error"), "invalid_scope", "{asked:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_client_without_scopes_gets_a_token_that_permits_nothing() {
    let app = TestApp::start().await;
    let (_, header) = client(&app, "").await;
    let answer = app.post_form_as(&header, "/token", &[GRANT]).await;
    assert_eq!((answer.status.as_u16(), &*answer.word("scope")), (200, ""));
    let answer = ask(&app, &header, "mail").await;
    assert_eq!(answer.word("error"), "invalid_scope");
}

#[tokio::test]
async fn its_token_opens_nothing_that_is_a_users() {
    let app = TestApp::start().await;
    let (_, header) = client(&app, "admin").await;
    let answer = app.post_form_as(&header, "/token", &[GRANT]).await;
    let token = answer.word("access_token");
    let bearer = format!("Bearer {token}");
    let me = app.me(&bearer).await;
    assert_eq!(me.status, 401);
    assert_eq!(me.header("tegata-reason"), "user_unknown");
    for (method, path) in [
        ("GET", "/users/me/sessions"),
        ("DELETE", "/users/me/sessions"),
        ("DELETE", "/users/me/sessions/Fh0Tq3zXr0m2b1uZ8kYw9A"),
        ("PUT", "/users/me/password"),
    ] {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &bearer)
            .header("content-type", "application/json")
            .body("{}".into());
        let answer = app.send(request.unwrap()).await;
        assert_eq!(answer.status, 401, "{method} {path}");
        assert_eq!(answer.header("tegata-reason"), "user_unknown", "{path}");
    }
    let revoke = app.post_form("/revoke", &[("token", &token)]).await;
    assert_eq!(revoke.word("error"), "unsupported_token_type");
    let asks = app
        .post_form_as(&bearer, "/introspect", &[("token", &token)])
        .await;
    assert_eq!(asks.header("tegata-reason"), "user_unknown");
}

#[tokio::test]
async fn a_removed_client_gets_nothing_and_its_name_can_be_given_again() {
    let app = TestApp::start().await;
    let (first, old) = client(&app, "").await;
    let name = ClientName::parse("reports").unwrap();
    app.clients().remove(&name).await.unwrap();
    let answer = app.post_form_as(&old, "/token", &[GRANT]).await;
    assert_eq!(answer.word("error"), "invalid_client");
    let (second, new) = client(&app, "").await;
    assert_ne!(first.id, second.id, "an id is never given again");
    let answer = app.post_form_as(&old, "/token", &[GRANT]).await;
    assert_eq!(answer.word("error"), "invalid_client");
    let answer = app.post_form_as(&new, "/token", &[GRANT]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_store_keeps_no_secret() {
    let app = TestApp::start().await;
    let (client, secret) = app.add_client("reports", "").await;
    let (other, _) = app.add_client("mail", "").await;
    let kept = app.clients().list().await.unwrap();
    assert_eq!(kept, [other, client.clone()], "in the order of their names");
    assert!(!format!("{kept:?}").contains(&secret.expose()[4..]));
    assert!(!client.secret.to_string().contains(&secret.expose()[4..]));
    assert!(client.secret.fits(&secret.expose().to_owned().into()));
}
