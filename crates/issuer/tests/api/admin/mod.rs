//! `/admin/users`: everybody's accounts, for those who administer.

mod sessions;
mod user;
mod users;

use axum::body::Body;
use http::{Method, Request, header::AUTHORIZATION, header::CONTENT_TYPE};
use serde_json::{Value, json};
use tegata_issuer::{
    store::{Change, Changed, Users as _},
    user::User,
};
use time::Duration;

use crate::{
    answer::Answer,
    app::{COST, HANAKO, JSON, TestApp},
    forge::{but, claims, header, sign},
};

/// Who administers in these stories, beside [`HANAKO`] who does not.
pub(crate) const AOI: (&str, &str) = ("aoi", "gatekeeper of the west road");

/// An issuer, one who administers, and her token.
pub(crate) async fn administered() -> (TestApp, User, String) {
    let app = TestApp::start().await;
    let hash = bcrypt::hash(AOI.1, COST).unwrap();
    let aoi = app.import(AOI.0, &hash).await;
    let aoi = app.give_roles(&aoi, &["editor", "admin"]).await;
    let token = app.log_in(AOI.0, AOI.1).await.word("access_token");
    (app, aoi, token)
}

impl TestApp {
    /// Asks with a token and, unless it is null, a JSON body.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {token}"));
        let request = if body.is_null() {
            request.body(Body::empty())
        } else {
            let request = request.header(CONTENT_TYPE, JSON);
            request.body(Body::from(body.to_string()))
        };
        self.send(request.unwrap()).await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.ask(Method::GET, path, token, &Value::Null).await
    }

    pub(crate) async fn patch_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, path, token, body).await
    }

    pub(crate) async fn delete_as(&self, token: &str, path: &str) -> Answer {
        self.ask(Method::DELETE, path, token, &Value::Null).await
    }

    /// Gives a user these roles and no others, past the API.
    pub(crate) async fn give_roles(&self, user: &User, roles: &[&str]) -> User {
        let change = Change {
            roles: Some(roles.iter().map(|&role| role.to_owned()).collect()),
            ..Change::default()
        };
        let changed = self.store.change_user(user.id, &change, user.updated_at);
        match changed.await.unwrap() {
            Changed::Changed(user) => *user,
            other => panic!("{other:?}"),
        }
    }
}

/// The path of a user.
pub(crate) fn path(user: &User) -> String {
    format!("/admin/users/{}", user.id)
}

/// Every route, with a body that would do.
fn routes(user: &User) -> Vec<(Method, String, Value)> {
    let user = path(user);
    let password = json!({"password": "eight barriers on the road"});
    vec![
        (Method::GET, "/admin/users".to_owned(), Value::Null),
        (
            Method::POST,
            "/admin/users".to_owned(),
            json!({"username": "taro"}),
        ),
        (Method::GET, user.clone(), Value::Null),
        (Method::PATCH, user.clone(), password),
        (Method::DELETE, user.clone(), Value::Null),
        (Method::GET, format!("{user}/sessions"), Value::Null),
        (Method::DELETE, format!("{user}/sessions"), Value::Null),
        (
            Method::DELETE,
            format!("{user}/sessions/AAAAAAAAAAAAAAAAAAAAAA"),
            Value::Null,
        ),
    ]
}

#[track_caller]
fn not_permitted(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 403, "{what}: {}", answer.text());
    assert_eq!(answer.json(), json!({"detail": "Not enough permissions"}));
    assert_eq!(answer.header("tegata-reason"), "scope_missing");
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains("error=\"insufficient_scope\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn the_role_counts_as_the_store_has_it_now_and_not_as_the_token_says() {
    let (app, aoi, hers) = administered().await;
    let hanakos = app.token().await;
    let claims_it = but(claims(&app.hanako), "roles", json!(["admin"]));
    let claims_it = sign(&header(), &claims_it, crate::app::SECRET);
    for (method, path, body) in routes(&app.hanako) {
        for token in [&hanakos, &claims_it] {
            let answer = app.ask(method.clone(), &path, token, &body).await;
            not_permitted(&answer, &format!("{method} {path}"));
        }
    }
    assert_eq!(app.me(format!("Bearer {hanakos}")).await.status, 200);

    // Her token says nothing of the role that she is given, and does not need to.
    app.give_roles(&app.hanako, &["admin"]).await;
    assert_eq!(app.get_as(&hanakos, "/admin/users").await.status, 200);
    // And one that says so counts no more.
    app.give_roles(&aoi, &["Admin", "administrator"]).await;
    for (method, path, body) in routes(&app.hanako) {
        let answer = app.ask(method.clone(), &path, &hers, &body).await;
        not_permitted(&answer, &format!("{method} {path}"));
    }
}

#[tokio::test]
async fn whoever_may_not_call_learns_nothing_of_their_body_or_of_who_is_there() {
    let (app, ..) = administered().await;
    let token = app.token().await;
    let bad = json!({"username": ["x"], "roles": 7});
    let nobody = "/admin/users/019f0000-0000-7000-8000-000000000000";
    not_permitted(&app.patch_as(&token, nobody, &bad).await, "PATCH nobody");
    not_permitted(&app.get_as(&token, nobody).await, "GET nobody");
    let answer = app.get_as(&token, "/admin/users?limit=x").await;
    not_permitted(&answer, "limit=x");
}

#[tokio::test]
async fn without_a_good_token_of_a_live_session_no_route_answers() {
    let (app, aoi, token) = administered().await;
    let refused = async |token: &str, reason: &str| {
        for (method, path, body) in routes(&app.hanako) {
            let answer = app.ask(method.clone(), &path, token, &body).await;
            assert_eq!(answer.status, 401, "{method} {path}");
            assert_eq!(answer.header("tegata-reason"), reason, "{method} {path}");
        }
    };
    refused("abc", "malformed").await;
    let ended = app.log_in(AOI.0, AOI.1).await.word("access_token");
    let revoked = app.post_form("/revoke", &[("token", &ended)]).await;
    assert_eq!(revoked.status, 200);
    refused(&ended, "session_ended").await;

    app.give_roles(&app.hanako, &["admin"]).await;
    // Beside her session: a service with the secret may make tokens without one.
    let without = sign(&header(), &claims(&aoi), crate::app::SECRET);
    assert_eq!(app.get_as(&without, "/admin/users").await.status, 200);
    app.disable(&aoi).await;
    refused(&token, "user_disabled").await;
    refused(&without, "user_disabled").await;
    app.clock.advance(Duration::hours(1));
    refused(&token, "expired").await;
    assert!(app.log_in("taro", "x").await.status.is_client_error());
    assert_eq!(
        app.log_in(HANAKO.0, HANAKO.1).await.status,
        200,
        "all was refused"
    );
}

#[tokio::test]
async fn while_the_store_is_away_every_route_says_so() {
    let (app, _, token) = administered().await;
    app.store.goes_away();
    for (method, path, body) in routes(&app.hanako) {
        let answer = app.ask(method.clone(), &path, &token, &body).await;
        assert_eq!(answer.status, 503, "{method} {path}");
        assert_eq!(answer.word("error"), "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), "5");
    }
}
