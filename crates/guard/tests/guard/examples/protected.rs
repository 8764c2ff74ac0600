//! Flask-JWT's contract, as its clients know it.

use std::{net::SocketAddr, sync::Arc};

use serde_json::{Value, json};
use tegata_guard::token::{ManualClock, inspect};
use time::{Duration, OffsetDateTime};

use super::protected_example::app;
use crate::{
    app::{Answer, START},
    forge::{token_of_pyjwt, token_of_text, with},
    wire::{get, post, serve},
};

const KEY: &str = "super-secret";
const GOOD: &str = r#"{"username":"user1","password":"abcxyz"}"#;

type Settings = &'static [(&'static str, &'static str)];

/// The example on a real listener, with these settings and a clock that stands at [`START`].
struct Example {
    address: SocketAddr,
    clock: ManualClock,
}

impl Example {
    async fn with(settings: Settings) -> Self {
        let clock = ManualClock::new(START);
        let app = app(&find(settings), Arc::new(clock.clone())).unwrap();
        let address = serve(app).await;
        Self { address, clock }
    }

    async fn log_in(&self) -> String {
        let answer = post(self.address, "/auth", GOOD).await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, authorization: &str) -> Answer {
        let value = authorization.as_bytes().to_vec();
        get(self.address, "/protected", &[value]).await
    }

    /// What a token is answered so many seconds after [`START`].
    async fn after(&self, seconds: i64, token: &str) -> String {
        self.clock.set(START + Duration::seconds(seconds));
        said(&self.ask(&format!("JWT {token}")).await)
    }
}

fn find(settings: Settings) -> impl Fn(&str) -> Option<String> {
    |asked| {
        let found = settings.iter().find(|(name, _)| *name == asked);
        found.map(|(_, value)| (*value).to_owned())
    }
}

/// The body of a 200; of a 401, what it says.
fn said(answer: &Answer) -> String {
    if answer.status == 200 {
        return answer.body.clone();
    }
    assert_eq!(answer.status, 401);
    let body = answer.json();
    assert_eq!(body["status_code"], 401);
    let word = |name: &str| body[name].as_str().unwrap().to_owned();
    format!("{}: {}", word("error"), word("description"))
}

/// What a Flask-JWT service puts into a token at [`START`].
fn payload(identity: &Value) -> Value {
    let now = START.unix_timestamp();
    json!({"iat": now, "nbf": now, "exp": now + 300, "identity": identity})
}

#[tokio::test]
async fn each_user_gets_a_token_and_is_who_they_are() {
    let example = Example::with(&[]).await;
    for id in [1, 2] {
        let body = format!(r#"{{"username":"user{id}","password":"abcxyz"}}"#);
        let answer = post(example.address, "/auth", &body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/json");
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(answer.json(), json!({"access_token": token}));
        let seen = inspect(&token).unwrap();
        assert_eq!(Value::from(seen.claims), payload(&json!(id)));
        assert_eq!(seen.header["typ"], "JWT");
        assert_eq!(seen.header["alg"], "HS256");
        let answer = example.ask(&format!("JWT {token}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, format!("User(id='{id}')"));
    }
}

#[tokio::test]
async fn the_token_of_flask_jwts_documentation_is_good_in_its_time() {
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZGVudGl0eSI6MSwiaWF0IjoxNDQ0OTE3NjQwLCJuYmYiOjE0NDQ5MTc2NDAsImV4cCI6MTQ0NDkxNzk0MH0.KPmI6WSjRjlpzecPvs3q_T3cJQvAgJvaQAPtk1abC_E";
    let example = Example::with(&[]).await;
    let issued = OffsetDateTime::from_unix_timestamp(1_444_917_640).unwrap();
    for (seconds, answer) in [
        (-11, "Invalid token: The token is not yet valid (nbf)"),
        (-10, "User(id='1')"),
        (0, "User(id='1')"),
        (310, "User(id='1')"),
        (311, "Invalid token: Signature has expired"),
    ] {
        let seconds = (issued - START).whole_seconds() + seconds;
        assert_eq!(example.after(seconds, token).await, answer);
    }
    let other_key = Example::with(&[("SECRET_KEY", "super-secret2")]).await;
    let seconds = (issued - START).whole_seconds();
    let answer = other_key.after(seconds, token).await;
    assert_eq!(answer, "Invalid token: Signature verification failed");
}

#[tokio::test]
async fn a_token_lives_300_seconds_and_10_more_and_both_are_settings() {
    let usual = Example::with(&[]).await;
    let token = usual.log_in().await;
    assert_eq!(usual.after(310, &token).await, "User(id='1')");
    let expired = "Invalid token: Signature has expired";
    assert_eq!(usual.after(311, &token).await, expired);

    let short = Example::with(&[("JWT_EXPIRATION_DELTA", "5"), ("JWT_LEEWAY", "0")]).await;
    let token = short.log_in().await;
    assert_eq!(short.after(5, &token).await, "User(id='1')");
    assert_eq!(short.after(6, &token).await, expired);
}

#[tokio::test]
async fn a_token_may_begin_later() {
    let example = Example::with(&[("JWT_NOT_BEFORE_DELTA", "60")]).await;
    let token = example.log_in().await;
    let early = "Invalid token: The token is not yet valid (nbf)";
    assert_eq!(example.after(0, &token).await, early);
    assert_eq!(example.after(49, &token).await, early);
    assert_eq!(example.after(50, &token).await, "User(id='1')");
}

#[tokio::test]
async fn the_prefix_is_jwt_in_any_case_or_another() {
    let unsupported = "Invalid JWT header: Unsupported authorization type";
    let usual = Example::with(&[]).await;
    let bearer = Example::with(&[("JWT_AUTH_HEADER_PREFIX", "Bearer")]).await;
    let token = usual.log_in().await;
    for prefix in ["JWT", "jwt", "Jwt", " JWT \t "] {
        let value = format!("{prefix} {token}");
        assert_eq!(said(&usual.ask(&value).await), "User(id='1')");
        assert_eq!(said(&bearer.ask(&value).await), unsupported);
    }
    for prefix in ["Bearer", "bearer", "BEARER"] {
        let value = format!("{prefix} {token}");
        assert_eq!(said(&usual.ask(&value).await), unsupported);
        assert_eq!(said(&bearer.ask(&value).await), "User(id='1')");
    }
}

#[tokio::test]
async fn only_who_sends_nothing_is_challenged_and_the_realm_is_a_setting() {
    let usual = Example::with(&[]).await;
    let named = Example::with(&[("JWT_DEFAULT_REALM", "The vault")]).await;
    for (example, challenge) in [
        (&usual, "JWT realm=\"Login Required\""),
        (&named, "JWT realm=\"The vault\""),
    ] {
        let answer = get(example.address, "/protected", &[]).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), challenge);
        assert_eq!(
            answer.body,
            r#"{"status_code":401,"error":"Authorization Required","description":"Request does not contain an access token"}"#
        );
        for refused in ["JWT", "JWT a b", "JWT a", "Basic eDp5"] {
            let answer = example.ask(refused).await;
            assert_eq!(answer.status, 401);
            assert!(!answer.headers.contains_key("www-authenticate"));
        }
    }
}

#[tokio::test]
async fn the_fields_of_the_credentials_are_settings() {
    let example = Example::with(&[
        ("JWT_AUTH_USERNAME_KEY", "email"),
        ("JWT_AUTH_PASSWORD_KEY", "pass"),
    ])
    .await;
    let body = r#"{"email":"user2","pass":"abcxyz"}"#;
    let answer = post(example.address, "/auth", body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(post(example.address, "/auth", GOOD).await.status, 401);
}

#[tokio::test]
async fn bad_credentials_are_told_in_flask_jwts_words() {
    let example = Example::with(&[]).await;
    for body in [
        r#"{"username":"user1","password":"abcxyy"}"#,
        r#"{"username":"user1","password":"abcxyzz"}"#,
        r#"{"username":"user3","password":"abcxyz"}"#,
        r#"{"username":"user1"}"#,
        r#"{"username":"user1","password":""}"#,
        r#"{"username":"user1","password":null}"#,
        r#"{"username":{"$ne":null},"password":{"$ne":null}}"#,
        r#"{"username":"user1","password":"abcxyz","more":1}"#,
        r#"{"username":"user2","username":"user1","password":"abcxyz"}"#,
        "{}",
        "[]",
        "null",
        "",
        "username=user1&password=abcxyz",
    ] {
        let answer = post(example.address, "/auth", body).await;
        assert_eq!(answer.status, 401, "{body}");
        assert_eq!(
            answer.body,
            r#"{"status_code":401,"error":"Bad Request","description":"Invalid credentials"}"#,
            "{body}"
        );
    }
}

#[tokio::test]
async fn claims_are_required_and_which_is_a_setting() {
    let usual = Example::with(&[]).await;
    let strict = Example::with(&[("JWT_REQUIRED_CLAIMS", "exp, jti")]).await;
    let good = payload(&json!(1));
    let without = |name: &str| token_of_pyjwt(KEY, &with(good.clone(), name, Value::Null));
    let missing = |name: &str| format!("Invalid token: Token is missing the \"{name}\" claim");
    for name in ["exp", "iat", "nbf", "identity"] {
        let answer = usual.after(0, &without(name)).await;
        assert_eq!(answer, missing(name));
    }
    assert_eq!(strict.after(0, &without("iat")).await, missing("jti"));
    let named = with(good.clone(), "jti", json!("t-1"));
    let named = token_of_pyjwt(KEY, &with(named, "iat", Value::Null));
    assert_eq!(strict.after(0, &named).await, "User(id='1')");
}

#[tokio::test]
async fn tokens_of_other_libraries_are_taken_and_judged() {
    let example = Example::with(&[]).await;
    let good = payload(&json!(2));
    let unsigned = r#"{"typ":"JWT","alg":"none"}"#;
    let cases = [
        (token_of_pyjwt(KEY, &good), "User(id='2')"),
        (token_of_pyjwt(KEY, &payload(&json!("2"))), "User(id='2')"),
        (
            token_of_pyjwt(KEY, &payload(&json!(3))),
            "Invalid JWT: User does not exist",
        ),
        (
            token_of_pyjwt("another-secret", &good),
            "Invalid token: Signature verification failed",
        ),
        ("x".to_owned(), "Invalid token: Not enough segments"),
        (
            token_of_text(KEY, unsigned, &good.to_string()),
            "Invalid token: The specified alg value is not allowed",
        ),
        (
            token_of_pyjwt(
                KEY,
                &with(good.clone(), "iat", json!(START.unix_timestamp() + 11)),
            ),
            "Invalid token: Issued At claim (iat) cannot be in the future.",
        ),
    ];
    for (token, answer) in cases {
        assert_eq!(example.after(0, &token).await, answer, "{token}");
    }
}

#[test]
fn a_setting_that_makes_no_sense_is_named() {
    let clock = || Arc::new(ManualClock::new(START));
    let settings: Settings = &[("JWT_EXPIRATION_DELTA", "5m")];
    let refused = app(&find(settings), clock()).unwrap_err().to_string();
    assert!(refused.contains("JWT_EXPIRATION_DELTA"), "{refused}");
    let settings: Settings = &[("SECRET_KEY", "")];
    let refused = app(&find(settings), clock()).unwrap_err().to_string();
    assert!(refused.starts_with("JWT_SECRET_KEY"), "{refused}");
    assert!(refused.contains("tegata secret"), "{refused}");
}
