//! What a handler learns of its caller, and what it can still refuse.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tegata_guard::{Caller, Rejection, rejection::Dialect, token::Reason};

use crate::app::{SECRET, call, call_as, claims, guard, service, sign, token};

#[tokio::test]
async fn a_caller_is_what_the_token_says() {
    let (guard, _) = guard();
    let handler = async |caller: Caller| {
        Json(json!({
            "id": caller.id(),
            "username": caller.username(),
            "roles": caller.roles(),
            "team": caller.claims().extra.get("team"),
        }))
    };
    let service = Router::new().route("/", get(handler)).layer(guard.layer());
    let bare = call_as(&service, "/", &token()).await;
    assert_eq!(
        bare.json(),
        json!({"id": "user-1", "username": null, "roles": [], "team": null})
    );
    let mut rich = claims();
    rich.preferred_username = Some("花子".to_owned());
    rich.roles = vec!["editor".to_owned()];
    rich.extra.insert("team".to_owned(), Value::from("north"));
    let rich = call_as(&service, "/", &sign(&rich, SECRET)).await;
    assert_eq!(
        rich.json(),
        json!({"id": "user-1", "username": "花子", "roles": ["editor"], "team": "north"})
    );
}

#[tokio::test]
async fn a_role_is_held_or_the_answer_is_403() {
    let (guard, _) = guard();
    let service = service().layer(guard.layer());
    for (roles, status) in [
        (vec![], 403),
        (vec!["Editor", "edito", "editor admin"], 403),
        (vec!["admin", "editor"], 200),
    ] {
        let mut claims = claims();
        claims.roles = roles.iter().map(|&role| role.to_owned()).collect();
        let answer = call_as(&service, "/editors", &sign(&claims, SECRET)).await;
        assert_eq!(answer.status, status, "{roles:?}");
    }
}

#[tokio::test]
async fn a_scope_is_held_or_the_answer_is_403() {
    let (guard, _) = guard();
    let service = service().layer(guard.layer());
    for (scope, status) in [
        (None, 403),
        (Some(""), 403),
        (Some("articles:writers"), 403),
        (Some("articles:read Articles:write"), 403),
        (Some("articles:read articles:write"), 200),
    ] {
        let mut claims = claims();
        claims.scope = scope.map(str::to_owned);
        let answer = call_as(&service, "/writes", &sign(&claims, SECRET)).await;
        assert_eq!(answer.status, status, "{scope:?}");
        if status == 403 {
            assert_eq!(answer.header("tegata-reason"), "scope_missing");
            let challenge = answer.header("www-authenticate");
            assert!(
                challenge.starts_with("Bearer error=\"insufficient_scope\""),
                "{challenge}"
            );
        }
    }
}

#[tokio::test]
async fn a_handler_refuses_in_the_dialect_of_its_route() {
    let (guard, _) = guard();
    let gone = async |caller: Caller| -> Rejection { caller.refuse(Reason::UserUnknown) };
    let edit = async |caller: Caller| caller.require_role("editor");
    let routes = Router::new()
        .route("/", get(gone))
        .route("/editors", get(edit));
    let fastapi = routes
        .clone()
        .layer(guard.layer().dialect(Dialect::FastApi));
    let answer = call_as(&fastapi, "/", &token()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json(), json!({"detail": "Inactive user"}));
    assert_eq!(answer.header("tegata-reason"), "user_unknown");
    let answer = call_as(&fastapi, "/editors", &token()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json(), json!({"detail": "Not enough permissions"}));

    let rfc = routes.layer(guard.layer());
    let answer = call_as(&rfc, "/", &token()).await;
    assert_eq!(answer.json()["error"], "invalid_token");
}

#[tokio::test]
async fn a_stranger_at_a_handler_that_needs_a_caller_is_refused_in_its_dialect() {
    let (guard, _) = guard();
    let layer = guard.layer().optional().dialect(Dialect::FastApi);
    let answer = call(&service().layer(layer), "/", None).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("tegata-reason"), "header_missing");
    assert_eq!(answer.json(), json!({"detail": "Not authenticated"}));
}

#[tokio::test]
async fn without_a_guard_nobody_is_taken_for_anybody() {
    let unguarded = service();
    for path in ["/", "/perhaps", "/editors"] {
        for authorization in [None, Some(format!("Bearer {}", token()))] {
            let answer = call(&unguarded, path, authorization.as_deref()).await;
            assert_eq!(answer.status, 500, "{path} {authorization:?}");
            assert_eq!(answer.body, "", "the cause is in the log");
        }
    }
}
