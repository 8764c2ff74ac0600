//! One reason in the manners of two frameworks.

use serde_json::json;
use tegata_guard::{Rejection, rejection::Dialect, token::Reason};

use crate::app::{OTHER_SECRET, call, claims, guard, service, sign};

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
        for dialect in [Dialect::Rfc6750, Dialect::FastApi] {
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
