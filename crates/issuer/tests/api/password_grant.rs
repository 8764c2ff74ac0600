//! `PASSWORD_GRANT`: from whom users' passwords are taken.

use serde_json::json;
use tegata_issuer::config::PasswordGrant;

use crate::app::{HANAKO, TestApp, basic};

const CREDENTIALS: [(&str, &str); 2] = [("username", HANAKO.0), ("password", HANAKO.1)];

async fn taken_from(grant: PasswordGrant) -> TestApp {
    TestApp::with(|config| config.password_grant = grant).await
}

#[tokio::test]
async fn with_clients_a_password_is_taken_from_a_client_alone() {
    let app = taken_from(PasswordGrant::Clients).await;
    let (client, secret) = app.add_client("pages", "").await;
    let id = client.id.to_string();
    let header = basic(&id, secret.expose());
    for path in ["/token", "/auth"] {
        let wrong_secret = basic(&id, "wrong");
        for answer in [
            app.post_form(path, &CREDENTIALS).await,
            app.post_form(path, &[CREDENTIALS[0], ("password", "wrong")])
                .await,
            app.post_form_as(wrong_secret, path, &CREDENTIALS).await,
            app.post_form(path, &[]).await,
        ] {
            assert_eq!(answer.status, 401, "{path}");
            assert_eq!(answer.word("error"), "invalid_client", "{path}");
            assert!(answer.header("www-authenticate").starts_with("Basic "));
        }
        let answer = app.post_form_as(&header, path, &CREDENTIALS).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let token = answer.word("access_token");
        assert_eq!(app.me(format!("Bearer {token}")).await.status, 200);
    }
    let body = json!({"username": HANAKO.0, "password": HANAKO.1,
        "client_id": id, "client_secret": secret.expose()});
    assert_eq!(app.post_json("/token", &body).await.status, 200);
    assert_eq!(app.post_json("/auth", &body).await.status, 200);
    let wrong = [CREDENTIALS[0], ("password", "wrong")];
    let answer = app.post_form_as(&header, "/token", &wrong).await;
    assert_eq!(answer.word("error"), "invalid_grant", "the client is right");
}

#[tokio::test]
async fn with_clients_a_login_session_is_continued_by_whoever_has_its_token() {
    let app = taken_from(PasswordGrant::Clients).await;
    let (client, secret) = app.add_client("pages", "").await;
    let header = basic(&client.id.to_string(), secret.expose());
    let answer = app.post_form_as(&header, "/token", &CREDENTIALS).await;
    let token = answer.word("refresh_token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
    assert_eq!(app.post_form("/token", &refresh).await.status, 200);
}

#[tokio::test]
async fn with_off_no_password_is_taken_from_anybody() {
    let app = taken_from(PasswordGrant::Off).await;
    let (client, secret) = app.add_client("pages", "").await;
    let header = basic(&client.id.to_string(), secret.expose());
    for path in ["/token", "/auth"] {
        for answer in [
            app.post_form(path, &CREDENTIALS).await,
            app.post_form_as(&header, path, &CREDENTIALS).await,
            app.post_form(path, &[]).await,
        ] {
            assert_eq!(answer.status, 400, "{path}");
            assert_eq!(answer.word("error"), "unsupported_grant_type", "{path}");
            assert!(answer.word("detail").contains("PASSWORD_GRANT"));
        }
    }
    let grant = [("grant_type", "client_credentials")];
    let answer = app.post_form_as(&header, "/token", &grant).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}
