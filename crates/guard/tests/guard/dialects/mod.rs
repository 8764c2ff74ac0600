//! One reason in the manners of four frameworks.

mod ended;
mod requests;
mod schemes;
pub(crate) mod table;

use serde_json::json;
use tegata_guard::{Rejection, rejection::Dialect, token::Reason};

use self::table::{ROWS, Row};
use crate::{
    app::{OTHER_SECRET, call, claims, guard, service, sign},
    wire::get,
};

/// Sends every request to a service that answers in this dialect, and compares the whole answer with the table.
async fn keeps_the_table(
    dialect: Dialect,
    body: fn(&Row) -> String,
    challenge: fn(&Row) -> Option<String>,
) {
    let address = requests::service(dialect).await;
    let requests = requests::requests();
    for row in ROWS {
        let reason = row.reason;
        let of_row = requests.iter().filter(|request| request.reason == reason);
        let mut sent = 0;
        for request in of_row {
            let answer = get(address, request.path, &request.authorizations).await;
            assert_eq!(answer.header("tegata-reason"), reason);
            assert_eq!(answer.status, row.status, "{reason}");
            assert_eq!(answer.body, body(row), "{reason}");
            let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
            let expected = challenge(row);
            assert_eq!(challenges, Vec::from_iter(expected.as_deref()), "{reason}");
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "no-store");
            let retry_after = if row.status == 503 { "5" } else { "" };
            assert_eq!(answer.header("retry-after"), retry_after, "{reason}");
            sent += 1;
        }
        assert!(sent > 0, "no request is refused for {reason}");
    }
    let in_table = |reason| ROWS.iter().any(|row| row.reason == reason);
    assert!(requests.iter().all(|request| in_table(request.reason)));
}

/// RFC 6750 §3: no error code for whoever sent no token.
fn bearer_challenge(row: &Row) -> Option<String> {
    let (error, description) = row.rfc6750;
    match error {
        _ if row.status == 503 => None,
        "" => Some("Bearer realm=\"api\"".to_owned()),
        _ => Some(format!(
            "Bearer error=\"{error}\", error_description=\"{description}\""
        )),
    }
}

#[tokio::test]
async fn rfc6750_keeps_the_table() {
    let body = |row: &Row| match row.rfc6750 {
        ("", description) => format!(r#"{{"error_description":"{description}"}}"#),
        (error, description) => {
            format!(r#"{{"error":"{error}","error_description":"{description}"}}"#)
        }
    };
    keeps_the_table(Dialect::Rfc6750, body, bearer_challenge).await;
}

#[tokio::test]
async fn fastapi_keeps_the_table() {
    let body = |row: &Row| format!(r#"{{"detail":"{}"}}"#, row.fast_api);
    keeps_the_table(Dialect::FastApi, body, bearer_challenge).await;
}

#[tokio::test]
async fn auth0_keeps_the_table() {
    let body = |row: &Row| {
        let (code, description) = row.auth0;
        let description = description.replace('"', "\\\"");
        format!(r#"{{"code":"{code}","description":"{description}"}}"#)
    };
    keeps_the_table(Dialect::Auth0, body, |_| None).await;
}

#[tokio::test]
async fn flask_jwt_keeps_the_table() {
    let body = |row: &Row| {
        let (error, description) = row.flask_jwt;
        let description = description.replace('"', "\\\"");
        let status = row.status;
        format!(r#"{{"status_code":{status},"error":"{error}","description":"{description}"}}"#)
    };
    let challenge = |row: &Row| {
        let missing = row.reason == "header_missing";
        missing.then(|| "JWT realm=\"Login Required\"".to_owned())
    };
    keeps_the_table(Dialect::FlaskJwt, body, challenge).await;
}

#[test]
fn the_documentation_says_the_same() {
    let guard = include_str!("../../../../../docs/guard.md");
    let api = include_str!("../../../../../docs/api.md");
    for row in ROWS {
        let (reason, status, fast_api) = (row.reason, row.status, row.fast_api);
        let ((code, text), (error, description)) = (row.auth0, row.flask_jwt);
        let line =
            format!("| `{reason}` | `{code}` · {text} | {error} · {description} | {status} |");
        assert!(guard.lines().any(|one| one == line), "{line}");
        let (error, description) = row.rfc6750;
        let description = description.replace("the claim exp", "the claim …");
        let error = match error {
            "" => "–".to_owned(),
            error => format!("`{error}`"),
        };
        let line = format!("| `{reason}` | {description} | {error} | {fast_api} | {status} |");
        assert!(api.lines().any(|one| one == line), "{line}");
    }
}

#[tokio::test]
async fn rfc_6750_names_the_error_and_describes_it() {
    let (guard, _) = guard();
    let service = service().layer(guard.layer());
    let foreign = format!("Bearer {}", sign(&claims(), OTHER_SECRET));
    let answer = call(&service, "/", Some(&foreign)).await;
    let text = "The token is signed with another secret: SECRET_KEY differs between two services";
    assert_eq!(
        answer.json(),
        json!({"error": "invalid_token", "error_description": text})
    );
    assert_eq!(
        answer.header("www-authenticate"),
        format!("Bearer error=\"invalid_token\", error_description=\"{text}\"")
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");

    for authorization in [None, Some("Basic eDp5")] {
        let answer = call(&service, "/", authorization).await;
        assert_eq!(answer.json().get("error"), None, "no token was sent");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
    }
    let answer = call(&service, "/", Some("Bearer")).await;
    assert_eq!(answer.json()["error"], "invalid_request");
}

#[tokio::test]
async fn fastapi_gets_its_detail_under_the_same_status_and_headers() {
    let (guard, _) = guard();
    let rfc = service().layer(guard.layer());
    let fastapi = service().layer(guard.layer().dialect(Dialect::FastApi));
    let foreign = format!("Bearer {}", sign(&claims(), OTHER_SECRET));
    for (authorization, detail) in [
        (None, "Not authenticated"),
        (Some("Basic eDp5"), "Not authenticated"),
        (Some("Bearer"), "Not authenticated"),
        (Some("Bearer a b"), "Could not validate credentials"),
        (Some("Bearer x.y.z"), "Could not validate credentials"),
        (Some(&*foreign), "Could not validate credentials"),
    ] {
        let usual = call(&rfc, "/", authorization).await;
        let answer = call(&fastapi, "/", authorization).await;
        assert_eq!(answer.json(), json!({"detail": detail}));
        assert_eq!(answer.status, usual.status);
        for name in ["www-authenticate", "tegata-reason", "content-type"] {
            assert_eq!(answer.header(name), usual.header(name), "{name}");
        }
    }
}

#[test]
fn what_cannot_be_told_now_is_nobodys_fault_but_ours() {
    use axum::response::IntoResponse as _;
    for (reason, code) in [
        (Reason::KeysUnavailable, "keys_unavailable"),
        (Reason::RevocationsUnavailable, "revocations_unavailable"),
    ] {
        for dialect in [
            Dialect::Rfc6750,
            Dialect::FastApi,
            Dialect::Auth0,
            Dialect::FlaskJwt,
        ] {
            let rejection = Rejection::new(reason).in_dialect(dialect);
            let body = rejection.body().to_string();
            assert!(body.contains("cannot be reached"), "{body}");
            let answer = rejection.into_response();
            assert_eq!(answer.status(), 503);
            assert_eq!(answer.headers()["retry-after"], "5");
            assert_eq!(answer.headers()["tegata-reason"], code);
            assert!(
                !answer.headers().contains_key("www-authenticate"),
                "another token would not help"
            );
        }
    }
}
