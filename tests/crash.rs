//! What survives, and what a thief of the disk finds.

use serde_json::Value;

use crate::tegata::{Place, any_file_holds};

struct Visitor {
    http: reqwest::Client,
}

impl Visitor {
    fn new() -> Self {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .build()
            .unwrap();
        Self { http }
    }

    async fn sign_in(&self, pages: &str, password: &str) -> reqwest::Response {
        self.http
            .post(format!("{pages}/login"))
            .header("accept", "text/html")
            .form(&[("username", "admin"), ("password", password)])
            .send()
            .await
            .unwrap()
    }

    async fn home(&self, pages: &str) -> (u16, String) {
        let answer = self.http.get(format!("{pages}/")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

#[tokio::test]
async fn sessions_and_users_survive_kill_nine() {
    let place = Place::new();
    let first = place.start();
    let password = first.admin_password.clone();
    let visitor = Visitor::new();
    let page = visitor.sign_in(&first.pages, &password).await;
    assert_eq!(page.status(), 200);
    let registered = reqwest::Client::new()
        .post(format!("{}/users", first.api))
        .json(&serde_json::json!({"username": "hanako", "password": "eight barriers"}))
        .send()
        .await
        .unwrap();
    assert_eq!(registered.status(), 201);
    first.kill();

    let second = place.start();

    let (status, page) = visitor.home(&second.pages).await;
    assert_eq!(status, 200);
    assert!(page.contains("admin"));
    let answer = reqwest::Client::new()
        .post(format!("{}/token", second.api))
        .form(&[("username", "hanako"), ("password", "eight barriers")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn neither_the_log_nor_a_dump_of_both_databases_opens_anything() {
    let place = Place::new().with("LOG", "trace");
    let tegata = place.start();
    let password = tegata.admin_password.clone();
    let visitor = Visitor::new();
    let no_redirect = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let signed_in = no_redirect
        .post(format!("{}/login", tegata.pages))
        .form(&[("username", "admin"), ("password", &password)])
        .send()
        .await
        .unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap();
    let session_id = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    visitor.sign_in(&tegata.pages, &password).await;
    visitor.home(&tegata.pages).await;
    visitor
        .sign_in(&tegata.pages, "a wrong one, mistyped")
        .await;
    let tokens: Value = visitor
        .http
        .post(format!("{}/token", tegata.api))
        .form(&[("username", "admin"), ("password", &password)])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    // Some people type their password where the name belongs.
    let misplaced = "typed where the name belongs";
    let refused = visitor
        .http
        .post(format!("{}/token", tegata.api))
        .form(&[("username", misplaced), ("password", misplaced)]);
    assert_eq!(refused.send().await.unwrap().status(), 400);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let refreshed = visitor
        .http
        .post(format!("{}/token", tegata.api))
        .form(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]);
    assert_eq!(refreshed.send().await.unwrap().status(), 200);
    let events = visitor
        .http
        .get(format!("{}/users/me/events", tegata.api))
        .bearer_auth(token);
    let events = events.send().await.unwrap().text().await.unwrap();
    assert!(events.contains("\"refresh\""), "they are kept: {events}");
    let me = visitor
        .http
        .get(format!("{}/users/me", tegata.api))
        .bearer_auth(token);
    assert_eq!(me.send().await.unwrap().status(), 200);

    let secret = std::fs::read_to_string(place.path("data/secret_key")).unwrap();
    let signature = token.rsplit('.').next().unwrap();
    // Every token begins alike, so a token anywhere shows by this.
    let any_token = &token[..30];
    let log = tegata.log();
    let data = place.path("data");
    std::fs::remove_file(place.path("data/secret_key")).unwrap();
    for (what, hidden) in [
        ("password", password.as_str()),
        ("mistyped password", "a wrong one, mistyped"),
        ("misplaced password", misplaced),
        ("refresh token", refresh),
        ("session id", &session_id),
        ("signature", signature),
        ("token", any_token),
        ("secret", secret.trim()),
    ] {
        assert!(!log.contains(hidden), "the log shows the {what}");
        assert!(
            !any_file_holds(&data, hidden.as_bytes()),
            "a dump shows the {what}"
        );
    }
    assert!(any_file_holds(&data, b"password_hash"), "the search works");
    assert!(any_file_holds(&data, b"unknown_user"), "in events too");
    assert!(log.contains("unknown_user"), "and in the log");
}
