//! `POST /introspect`: what a token is worth now.

use serde_json::{Value, json};
use tegata_issuer::{
    config::PasswordGrant,
    oauth_client::ClientName,
    user::{ADMIN, User},
};
use time::Duration;

use crate::{
    answer::Answer,
    app::{HANAKO, ISSUER, LIFETIMES, SECRET, START, TestApp, basic, both},
    forge::{but, claims, header, open, sign},
};

/// An issuer, and somebody who may ask.
struct Asked {
    app: TestApp,
    header: String,
}

impl Asked {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let (client, secret) = app.add_client("gateway", "").await;
        let header = basic(&client.id.to_string(), secret.expose());
        Self { app, header }
    }

    async fn about(&self, token: &str) -> Value {
        let answer = self
            .app
            .post_form_as(&self.header, "/introspect", &[("token", token)])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        if answer.json()["active"] == false {
            assert_eq!(answer.text(), r#"{"active":false}"#, "and nothing else");
        }
        answer.json()
    }

    async fn is_active(&self, token: &str) -> bool {
        self.about(token).await["active"] == true
    }

    async fn log_in(&self) -> (String, String) {
        let answer = self.app.log_in(HANAKO.0, HANAKO.1).await;
        (answer.word("access_token"), answer.word("refresh_token"))
    }

    async fn refresh(&self, token: &str) -> Answer {
        let members = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.app.post_form("/token", &members).await
    }
}

#[tokio::test]
async fn a_good_access_token_is_told_with_what_it_says_and_who_its_user_is_now() {
    let asked = Asked::start().await;
    let (token, _) = asked.log_in().await;
    let (_, claims) = open(&token);
    let now = START.unix_timestamp();
    assert_eq!(
        asked.about(&token).await,
        json!({
            "active": true,
            "token_type": "bearer",
            "scope": "",
            "username": "Hanako",
            "roles": ["editor"],
            "sub": asked.app.hanako.id.to_string(),
            "sid": claims["sid"],
            "iss": ISSUER,
            "jti": claims["jti"],
            "exp": now + 900,
            "iat": now,
            "nbf": now,
        })
    );
}

#[tokio::test]
async fn a_good_refresh_token_is_told_apart_from_an_access_token() {
    let asked = Asked::start().await;
    let (access, refresh) = asked.log_in().await;
    assert_eq!(
        asked.about(&refresh).await,
        json!({
            "active": true,
            "token_type": "refresh_token",
            "username": "Hanako",
            "roles": ["editor"],
            "sub": asked.app.hanako.id.to_string(),
            "sid": open(&access).1["sid"],
            "iss": ISSUER,
            "exp": (START + LIFETIMES.idle).unix_timestamp(),
        })
    );
}

#[tokio::test]
async fn a_clients_token_is_active_until_the_client_is_removed() {
    let asked = Asked::start().await;
    let app = &asked.app;
    let (client, secret) = app.add_client("reports", "orders:read").await;
    let grant = [("grant_type", "client_credentials")];
    let basic = basic(&client.id.to_string(), secret.expose());
    let token = app.post_form_as(basic, "/token", &grant).await;
    let token = token.word("access_token");
    let told = asked.about(&token).await;
    assert_eq!(told["active"], true);
    assert_eq!(told["client_id"], client.id.to_string());
    assert_eq!(told["sub"], format!("client:{}", client.id));
    assert_eq!(told["scope"], "orders:read");
    for absent in ["username", "roles", "sid"] {
        assert_eq!(told.get(absent), None, "{absent}");
    }
    let name = ClientName::parse("reports").unwrap();
    app.clients().remove(&name).await.unwrap();
    assert!(!asked.is_active(&token).await);
    app.add_client("reports", "orders:read").await;
    assert!(!asked.is_active(&token).await, "that is another client");
}

#[tokio::test]
async fn an_ended_session_a_disabled_user_and_time_make_both_tokens_inactive() {
    let asked = Asked::start().await;
    let (access, refresh) = asked.log_in().await;
    let (other_access, other_refresh) = asked.log_in().await;
    assert!(asked.is_active(&access).await && asked.is_active(&refresh).await);
    asked.app.post_form("/revoke", &[("token", &refresh)]).await;
    assert!(!asked.is_active(&access).await && !asked.is_active(&refresh).await);
    assert!(asked.is_active(&other_access).await && asked.is_active(&other_refresh).await);

    asked.app.clock.set(START + Duration::seconds(900 + 10));
    assert!(!asked.is_active(&other_access).await);
    assert!(asked.is_active(&other_refresh).await);
    asked.app.disable(&asked.app.hanako).await;
    assert!(!asked.is_active(&other_refresh).await);

    let asked = Asked::start().await;
    let (access, refresh) = asked.log_in().await;
    asked.app.disable(&asked.app.hanako).await;
    assert!(!asked.is_active(&access).await && !asked.is_active(&refresh).await);

    let asked = Asked::start().await;
    let (_, refresh) = asked.log_in().await;
    asked.app.clock.set(START + LIFETIMES.idle);
    assert!(!asked.is_active(&refresh).await);
}

#[tokio::test]
async fn a_refresh_token_that_was_used_is_active_within_the_grace_and_to_ask_uses_nothing_up() {
    let asked = Asked::start().await;
    let (_, first) = asked.log_in().await;
    for _ in 0..5 {
        assert!(asked.is_active(&first).await);
    }
    let second = asked.refresh(&first).await.word("refresh_token");
    let told = asked.about(&first).await;
    assert_eq!(told["active"], true, "its answer may have been lost");
    assert_eq!(told["exp"], (START + LIFETIMES.grace).unix_timestamp());
    assert!(asked.is_active(&second).await);

    asked.app.clock.advance(LIFETIMES.grace);
    assert!(!asked.is_active(&first).await);
    assert!(asked.is_active(&second).await, "to ask is not to use");
    let third = asked.refresh(&second).await.word("refresh_token");
    assert!(!asked.is_active(&first).await);
    assert!(asked.is_active(&third).await);
    assert_eq!(asked.refresh(&third).await.status, 200);
}

#[tokio::test]
async fn whatever_is_no_good_token_is_inactive_and_nothing_is_said_of_it() {
    let asked = Asked::start().await;
    let hanako = &asked.app.hanako;
    let good = claims(hanako);
    let (access, refresh) = asked.log_in().await;
    let signed = |claims: &Value| sign(&header(), claims, SECRET);
    assert!(asked.is_active(&signed(&good)).await, "without a session");
    let unknown = "019f0000-0000-7000-8000-000000000000";
    for token in [
        "x",
        "trt_",
        "..",
        &"x".repeat(9000),
        &access[..access.len() - 2],
        &format!("{refresh}A"),
        &sign(&header(), &good, "another secret, of 32 bytes or more"),
        &signed(&but(good.clone(), "iss", json!("http://elsewhere.test"))),
        &signed(&but(
            good.clone(),
            "exp",
            json!(START.unix_timestamp() - 10),
        )),
        &signed(&but(good.clone(), "sub", json!(unknown))),
        &signed(&but(
            good.clone(),
            "sub",
            json!(format!("client:{unknown}")),
        )),
        &signed(&but(
            good.clone(),
            "sub",
            json!(format!("client:{}", hanako.id)),
        )),
        &signed(&but(good.clone(), "sub", json!("billing"))),
        &signed(&but(good.clone(), "sid", json!("Fh0Tq3zXr0m2b1uZ8kYw9A"))),
        &signed(&but(good.clone(), "sid", json!("none"))),
    ] {
        assert!(!asked.is_active(token).await, "{token}");
    }
}

#[tokio::test]
async fn a_hint_changes_nothing_and_json_is_a_body_too() {
    let asked = Asked::start().await;
    let (access, refresh) = asked.log_in().await;
    for token in [&access, &refresh] {
        for hint in ["access_token", "refresh_token", "saml"] {
            let members = [("token", &**token), ("token_type_hint", hint)];
            for (content_type, body) in both(&members) {
                let request = http::Request::post("/introspect")
                    .header("content-type", content_type)
                    .header("authorization", &asked.header)
                    .body(body.into());
                let answer = asked.app.send(request.unwrap()).await;
                assert_eq!(answer.json()["active"], true, "{hint}");
            }
        }
    }
    let answer = asked.app.post_form_as(&asked.header, "/introspect", &[]);
    let (kind, loc, ..) = answer.await.problem();
    assert_eq!((&*kind, loc), ("missing", json!(["body", "token"])));
}

/// A user with this role, and their token.
async fn with_role(app: &TestApp, username: &str, role: &str) -> (User, String) {
    let hash = bcrypt::hash(HANAKO.1, 4).unwrap();
    let user = app.import_with_roles(username, &hash, &[role]).await;
    let token = app.log_in(username, HANAKO.1).await.word("access_token");
    (user, token)
}

#[tokio::test]
async fn an_administrator_may_ask_and_other_users_may_not() {
    let Asked { app, .. } = Asked::start().await;
    let (root, admin) = with_role(&app, "root", ADMIN).await;
    let (_, editor) = with_role(&app, "jiro", "administrator").await;
    let ask = async |authorization: &str| {
        app.post_form_as(authorization, "/introspect", &[("token", &editor)])
            .await
    };
    let answer = ask(&format!("Bearer {admin}")).await;
    assert_eq!(answer.json()["username"], "jiro", "{}", answer.text());

    let answer = ask(&format!("Bearer {editor}")).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("tegata-reason"), "scope_missing");
    assert!(
        answer
            .header("www-authenticate")
            .contains("insufficient_scope")
    );
    // What the token says of roles does not count; what the store says does.
    let claimed = but(claims(&app.hanako), "roles", json!([ADMIN]));
    let answer = ask(&format!("Bearer {}", sign(&header(), &claimed, SECRET))).await;
    assert_eq!(answer.status, 403);

    for (authorization, reason) in [
        ("Bearer abc".to_owned(), "malformed"),
        (format!("Bearer {admin}x"), "bad_signature"),
        (format!("bearer {admin} {admin}"), "malformed"),
    ] {
        let answer = ask(&authorization).await;
        assert_eq!(answer.status, 401, "{authorization}");
        assert_eq!(answer.header("tegata-reason"), reason, "{authorization}");
        assert!(answer.header("www-authenticate").starts_with("Bearer "));
    }
    // Somebody else has to stay.
    with_role(&app, "aoi", ADMIN).await;
    app.disable(&root).await;
    let answer = ask(&format!("Bearer {admin}")).await;
    assert_eq!(answer.header("tegata-reason"), "user_disabled");
}

#[tokio::test]
async fn a_stranger_is_asked_for_a_client_and_learns_nothing() {
    let Asked { app, .. } = Asked::start().await;
    let token = app.token().await;
    for answer in [
        app.post_form("/introspect", &[("token", &token)]).await,
        app.post_form("/introspect", &[]).await,
        app.post_form_as("Basic Og==", "/introspect", &[("token", &token)])
            .await,
        app.post_form_as("Digest x", "/introspect", &[("token", &token)])
            .await,
    ] {
        assert_eq!(answer.status, 401);
        assert_eq!(answer.word("error"), "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic "));
    }
}

#[tokio::test]
async fn it_answers_whatever_becomes_of_passwords_and_says_when_it_cannot() {
    let app = TestApp::with(|config| config.password_grant = PasswordGrant::Off).await;
    let (client, secret) = app.add_client("gateway", "").await;
    let header = basic(&client.id.to_string(), secret.expose());
    let token = sign(&crate::forge::header(), &claims(&app.hanako), SECRET);
    let ask = async || {
        app.post_form_as(&header, "/introspect", &[("token", &token)])
            .await
    };
    assert_eq!(ask().await.json()["active"], true);
    app.store.goes_away();
    let answer = ask().await;
    assert_eq!(answer.status, 503, "away is not inactive");
    assert_eq!(answer.header("retry-after"), "5");
}
