//! Who is let through, and who is not.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use axum::{Router, routing::get};
use tegata_guard::{Guard, GuardLayer, Keys, token::Audience};
use time::Duration;

use crate::app::{OTHER_SECRET, SECRET, START, call, call_as, claims, guard, service, sign, token};

/// A service that counts what reaches it.
fn counting(layer: GuardLayer) -> (Router, Arc<AtomicUsize>) {
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    let handler = async move || {
        count.fetch_add(1, SeqCst);
    };
    (Router::new().route("/", get(handler)).layer(layer), reached)
}

#[tokio::test]
async fn a_good_token_reaches_the_service_and_names_its_caller() {
    let (guard, _) = guard();
    let answer = call_as(&service().layer(guard.layer()), "/", &token()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "Hello, user-1");
}

#[tokio::test]
async fn what_is_refused_never_reaches_the_service() {
    let (guard, _) = guard();
    let (service, reached) = counting(guard.layer());
    for authorization in [
        None,
        Some("Basic eDp5"),
        Some("Bearer"),
        Some("Bearer a b"),
        Some("Bearer a.b.c"),
        Some(&*format!("Bearer {}", sign(&claims(), OTHER_SECRET))),
    ] {
        let answer = call(&service, "/", authorization).await;
        assert_eq!(answer.status, 401, "{authorization:?}");
    }
    assert_eq!(reached.load(SeqCst), 0);
    assert_eq!(call_as(&service, "/", &token()).await.status, 200);
    assert_eq!(reached.load(SeqCst), 1);
}

#[tokio::test]
async fn an_optional_guard_lets_strangers_through_but_no_bad_token() {
    let (guard, clock) = guard();
    let service = service().layer(guard.layer().optional());
    let path = "/perhaps";
    assert_eq!(call(&service, path, None).await.body, "Hello, stranger");
    let good = call_as(&service, path, &token()).await;
    assert_eq!(good.body, "Hello, user-1");
    for (authorization, reason) in [
        ("Bearer x.y.z".to_owned(), "malformed"),
        ("Bearer".to_owned(), "token_missing"),
        ("Basic eDp5".to_owned(), "wrong_scheme"),
        (format!("Bearer {0} {0}", token()), "extra_parts"),
        (
            format!("Bearer {}", sign(&claims(), OTHER_SECRET)),
            "key_mismatch",
        ),
    ] {
        let answer = call(&service, path, Some(&authorization)).await;
        assert_eq!(answer.status, 401, "{reason}");
        assert_eq!(answer.header("tegata-reason"), reason);
    }
    clock.advance(Duration::minutes(2));
    let late = call_as(&service, path, &token()).await;
    assert_eq!(late.header("tegata-reason"), "expired");
}

#[tokio::test]
async fn time_is_the_guards_own_to_the_second() {
    let (guard, clock) = guard();
    let service = service().layer(guard.layer());
    let token = token();
    for (seconds, status) in [(69, 200), (70, 401), (-10, 200), (-11, 401)] {
        clock.set(START + Duration::seconds(seconds));
        let answer = call_as(&service, "/", &token).await;
        assert_eq!(answer.status, status, "{seconds} s");
    }
}

#[tokio::test]
async fn issuer_and_audience_count_when_they_are_asked_for() {
    let (guard, _) = guard();
    let mut right = claims();
    right.iss = Some("https://issuer.test".to_owned());
    right.aud = Some(Audience::Many(vec![
        "https://other.test".to_owned(),
        "https://api.test".to_owned(),
    ]));
    let mut other_issuer = right.clone();
    other_issuer.iss = Some("https://issuer.test/".to_owned());
    let mut other_audience = right.clone();
    other_audience.aud = Some(Audience::One("https://api.test/".to_owned()));
    let mut no_audience = right.clone();
    no_audience.aud = None;

    let any = service().layer(guard.layer());
    let strict = guard
        .with_issuer("https://issuer.test")
        .with_audience("https://api.test");
    let strict = service().layer(strict.layer());
    let cases = [
        (right, ""),
        (other_issuer, "wrong_issuer"),
        (other_audience, "wrong_audience"),
        (no_audience, "wrong_audience"),
    ];
    for (claims, reason) in cases {
        let token = sign(&claims, SECRET);
        assert_eq!(call_as(&any, "/", &token).await.status, 200);
        let answer = call_as(&strict, "/", &token).await;
        assert_eq!(answer.header("tegata-reason"), reason);
        assert_eq!(answer.status == 200, reason.is_empty());
    }
}

#[tokio::test]
async fn a_route_can_be_guarded_while_its_neighbour_is_open() {
    let (guard, _) = guard();
    let service = Router::new()
        .route("/walled", get(async || "in"))
        .route_layer(guard.layer())
        .route("/open", get(async || "in"));
    assert_eq!(call(&service, "/open", None).await.status, 200);
    assert_eq!(call(&service, "/walled", None).await.status, 401);
    assert_eq!(
        call(&service, "/nowhere", None).await.status,
        404,
        "what is not there is not there for anybody"
    );
}

#[tokio::test]
async fn a_token_string_can_be_checked_without_a_request() {
    let (guard, _) = guard();
    let claims = guard.check(&token()).await.unwrap();
    assert_eq!(claims.sub, "user-1");
    let refused = guard.check("x").await.unwrap_err();
    assert_eq!(refused.code(), "malformed");
}

#[test]
fn a_secret_that_anybody_could_guess_makes_no_guard() {
    for weak in ["", "secret", "change-me-change-me", &"a".repeat(64)] {
        let refused = Keys::shared_secret(weak).unwrap_err().to_string();
        assert!(refused.contains("tegata secret"), "{weak:?}: {refused}");
    }
}

#[tokio::test]
async fn nothing_that_is_secret_shows_in_debug() {
    let guard = Guard::new(Keys::shared_secret(SECRET).unwrap());
    let shown = format!("{guard:?} {:?}", guard.layer());
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(shown.contains("HS256"), "which key is no secret: {shown}");
}
