//! What has ended is refused, and nothing else is.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tegata_guard::{Revocations, rejection::Dialect, token::SequenceRandom};
use time::Duration as Span;

use crate::{
    app::{self, call_as},
    issuer::Issuer,
    service::{asked, following, parts, refused, said, token_of, token_of_a_program, until},
};

#[tokio::test]
async fn a_session_is_refused_within_two_seconds_of_its_end_and_others_are_not() {
    let issuer = Issuer::start();
    issuer.end("before");
    let (service, _, _) = following(&issuer);
    refused(&service, "before", Duration::from_secs(2)).await;
    issuer.is_followed().await;
    for sid in ["first", "second", "third"] {
        assert_eq!(asked(&service, sid).await, "200");
        issuer.end(sid);
        refused(&service, sid, Duration::from_secs(2)).await;
        assert_eq!(asked(&service, "other").await, "200");
        let program = call_as(&service, "/", &token_of_a_program()).await;
        assert_eq!(said(&program), "200", "it belongs to no session");
    }
}

#[tokio::test]
async fn an_ended_session_is_told_in_the_dialect_of_the_route() {
    let issuer = Issuer::start();
    issuer.end("gone");
    let (guard, feed, _) = parts(&issuer);
    let guard = guard.with_revocations(Revocations::follow(feed).unwrap());
    issuer.is_followed().await;
    let rfc = app::service().layer(guard.layer());
    let answer = call_as(&rfc, "/", &token_of("gone")).await;
    assert_eq!(said(&answer), "401 session_ended");
    let text = "The login session has ended";
    assert_eq!(
        answer.json(),
        json!({"error": "invalid_token", "error_description": text})
    );
    let optional = app::service().layer(guard.layer().optional().dialect(Dialect::FastApi));
    let answer = call_as(&optional, "/perhaps", &token_of("gone")).await;
    assert_eq!(said(&answer), "401 session_ended");
    assert_eq!(
        answer.json(),
        json!({"detail": "Could not validate credentials"})
    );
    let claims = guard.check(&token_of("other")).await.unwrap();
    assert_eq!(claims.sid.as_deref(), Some("other"));
}

#[tokio::test]
async fn a_bad_token_is_told_what_is_wrong_with_it_whatever_has_ended() {
    let issuer = Issuer::start();
    issuer.end("gone");
    let (service, _, clock) = following(&issuer);
    issuer.is_followed().await;
    let mut forged = app::claims();
    forged.sid = Some("gone".to_owned());
    let forged = app::sign(&forged, app::OTHER_SECRET);
    let answer = call_as(&service, "/", &forged).await;
    assert_eq!(
        said(&answer),
        "401 key_mismatch",
        "nobody learns from a forged token which sessions have ended"
    );
    clock.advance(Span::days(2));
    assert_eq!(asked(&service, "gone").await, "401 expired");
}

#[tokio::test]
async fn all_pages_of_the_feed_are_read() {
    let issuer = Issuer::start().with_pages_of(10);
    for number in 0..35 {
        issuer.end(&number.to_string());
    }
    let (service, revocations, _) = following(&issuer);
    issuer.is_followed().await;
    assert_eq!(revocations.status().ended, 35);
    for number in 0..35 {
        let answer = asked(&service, &number.to_string()).await;
        assert_eq!(answer, "401 session_ended", "{number}");
    }
    assert_eq!(asked(&service, "35").await, "200");
    let waits: Vec<_> = issuer.asked().into_iter().map(|asked| asked.wait).collect();
    let at_once = Some("0".to_owned());
    assert_eq!(
        waits[..4],
        [None, at_once.clone(), at_once.clone(), at_once],
        "more is there: nothing to wait for"
    );
    assert_eq!(waits[4], Some("25".to_owned()));
}

#[tokio::test]
async fn guards_and_clones_share_one_question_until_the_last_is_gone() {
    let issuer = Issuer::start();
    let (guard, feed, _) = parts(&issuer);
    let revocations = Revocations::follow(feed).unwrap();
    let one = guard.clone().with_revocations(revocations.clone());
    let closed = revocations
        .clone()
        .or_refuse_after(Duration::from_secs(300));
    let other = guard.with_revocations(closed);
    let service = app::service().layer(other.layer());
    drop(other);
    issuer.is_followed().await;
    issuer.end("gone");
    issuer.is_followed().await;
    assert!(one.check(&token_of("gone")).await.is_err());
    assert_eq!(asked(&service, "gone").await, "401 session_ended");
    issuer.has_open(1).await;
    drop(revocations);
    drop(one);
    issuer.end("after");
    issuer.is_followed().await;
    assert_eq!(asked(&service, "after").await, "401 session_ended");
    issuer.has_open(1).await;
    drop(service);
    issuer.has_open(0).await;
    let asked = issuer.asked().len();
    issuer.end("unheard");
    assert_eq!(issuer.asked().len(), asked, "nobody is left to ask");
}

#[tokio::test]
async fn an_unknown_cursor_means_asking_for_everything_and_forgetting_nothing() {
    let issuer = Issuer::start();
    issuer.end("known");
    let (service, _, _) = following(&issuer);
    issuer.is_followed().await;
    issuer.forget_cursors();
    issuer.end("new");
    refused(&service, "new", Duration::from_secs(2)).await;
    assert_eq!(asked(&service, "known").await, "401 session_ended");
    let asked = issuer.asked();
    assert!(
        asked.iter().filter(|asked| asked.since.is_none()).count() >= 2,
        "{asked:?}"
    );
}

#[tokio::test]
async fn an_ended_session_is_forgotten_a_while_after_its_last_token() {
    let issuer = Issuer::start();
    let until = app::START + Span::minutes(15);
    issuer.end_until("short", &json!(until.unix_timestamp()));
    issuer.end("long");
    let (service, revocations, clock) = following(&issuer);
    issuer.is_followed().await;
    assert_eq!(revocations.status().ended, 2);
    clock.set(until + Span::seconds(30));
    issuer.end("tick");
    issuer.is_followed().await;
    assert_eq!(
        asked(&service, "short").await,
        "401 session_ended",
        "verifiers grant leeway, and clocks differ"
    );
    clock.set(until + Span::seconds(95));
    issuer.end("tack");
    until_held(&revocations, 3).await;
    assert_eq!(asked(&service, "long").await, "401 session_ended");
}

async fn until_held(revocations: &Revocations, ended: usize) {
    until(Duration::from_secs(2), async || {
        revocations.status().ended == ended
    })
    .await;
}

#[tokio::test]
async fn what_was_forgotten_on_a_wrong_clock_is_learned_again_when_it_is_put_right() {
    let issuer = Issuer::start();
    let until = app::START + Span::minutes(15);
    issuer.end_until("short", &json!(until.unix_timestamp()));
    let (service, revocations, clock) = following(&issuer);
    issuer.is_followed().await;
    clock.advance(Span::days(400));
    issuer.end("tick");
    until_held(&revocations, 0).await;
    clock.set(app::START);
    issuer.end("tack");
    refused(&service, "short", Duration::from_secs(2)).await;
}

#[tokio::test]
async fn the_status_tells_how_old_the_list_is() {
    let issuer = Issuer::start();
    let (guard, feed, clock) = parts(&issuer);
    let random = Arc::new(SequenceRandom::default());
    let revocations = Revocations::follow(feed.with_random(random)).unwrap();
    let guard = guard.with_revocations(revocations.clone());
    let status = revocations.status();
    assert_eq!(
        (status.age, status.reachable, status.ended),
        (None, false, 0)
    );
    issuer.is_followed().await;
    clock.advance(Span::seconds(20));
    let status = guard.revocations().unwrap().status();
    assert_eq!(status.age, Some(Duration::from_secs(20)));
    assert!(status.reachable && !status.refusing);
    issuer.end("gone");
    issuer.is_followed().await;
    let status = revocations.status();
    assert_eq!((status.age, status.ended), (Some(Duration::ZERO), 1));
    let shown = format!("{guard:?}");
    assert!(shown.contains("ended: 1"), "{shown}");
}

#[test]
fn without_a_runtime_nobody_follows() {
    let refused = Revocations::follow("http://127.0.0.1:1").unwrap_err();
    assert!(refused.to_string().contains("tokio runtime"), "{refused}");
}
