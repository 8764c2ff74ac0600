//! The feed is away: guards go on with what is known, or refuse, as each was told.

use std::time::{Duration, Instant};

use axum::Router;
use tegata_guard::{Revocations, rejection::Dialect};
use time::Duration as Span;

use crate::{
    app::{self, call_as},
    issuer::{Issuer, Manner},
    log,
    service::{
        PATIENCE, asked, following, parts, refused, said, token_of, token_of_a_program, until,
    },
};

const LIMIT: Duration = Duration::from_secs(60);

/// Two services on one feed: one goes on without it, one refuses after [`LIMIT`].
struct Pair {
    open: Router,
    closed: Router,
    revocations: Revocations,
    clock: tegata_guard::token::ManualClock,
}

fn pair(issuer: &Issuer) -> Pair {
    let (guard, feed, clock) = parts(issuer);
    let open = Revocations::follow(feed).unwrap();
    let closed = open.clone().or_refuse_after(LIMIT);
    let service = |revocations: &Revocations| {
        let guard = guard.clone().with_revocations(revocations.clone());
        app::service().layer(guard.layer())
    };
    Pair {
        open: service(&open),
        closed: service(&closed),
        revocations: closed,
        clock,
    }
}

#[tokio::test]
async fn before_the_first_answer_one_serves_and_one_says_try_again() {
    let mut issuer = Issuer::start();
    issuer.end("gone");
    issuer.die();
    let pair = pair(&issuer);
    assert_eq!(asked(&pair.open, "living").await, "200");
    assert_eq!(
        asked(&pair.closed, "living").await,
        "503 revocations_unavailable"
    );
    let program = call_as(&pair.closed, "/", &token_of_a_program()).await;
    assert_eq!(said(&program), "200", "it belongs to no session");
    assert!(pair.revocations.status().refusing);
    issuer.rise();
    refused(&pair.closed, "gone", Duration::from_secs(2)).await;
    assert_eq!(asked(&pair.closed, "living").await, "200");
    assert!(!pair.revocations.status().refusing);
}

#[tokio::test]
async fn a_list_is_complete_only_with_its_last_page() {
    let issuer = Issuer::start();
    issuer.end("gone");
    issuer.answer(Manner::InCircles);
    let pair = pair(&issuer);
    issuer.was_asked(2).await;
    assert_eq!(
        asked(&pair.closed, "living").await,
        "503 revocations_unavailable"
    );
    assert_eq!(asked(&pair.closed, "gone").await, "401 session_ended");
    issuer.answer(Manner::Properly);
    until(PATIENCE, async || {
        asked(&pair.closed, "living").await == "200"
    })
    .await;
}

#[tokio::test]
async fn an_outage_changes_nothing_at_once_and_then_what_each_was_told() {
    let mut issuer = Issuer::start();
    issuer.end("gone");
    let pair = pair(&issuer);
    issuer.is_followed().await;
    issuer.die();
    pair.clock.advance(Span::seconds(60));
    for service in [&pair.open, &pair.closed] {
        assert_eq!(asked(service, "living").await, "200");
        assert_eq!(asked(service, "gone").await, "401 session_ended");
    }
    pair.clock.advance(Span::seconds(1));
    assert_eq!(asked(&pair.open, "living").await, "200");
    assert_eq!(
        asked(&pair.closed, "living").await,
        "503 revocations_unavailable"
    );
    assert_eq!(
        asked(&pair.closed, "gone").await,
        "401 session_ended",
        "that is known"
    );
    until(PATIENCE, async || !pair.revocations.status().reachable).await;

    issuer.end("meanwhile");
    issuer.rise();
    let back = Instant::now();
    for service in [&pair.open, &pair.closed] {
        refused(service, "meanwhile", Duration::from_secs(2)).await;
        assert_eq!(asked(service, "living").await, "200");
    }
    assert!(
        back.elapsed() < Duration::from_secs(2),
        "{:?}",
        back.elapsed()
    );
}

#[tokio::test]
async fn an_outage_in_which_nothing_ended_is_over_at_once_as_well() {
    let mut issuer = Issuer::start();
    let pair = pair(&issuer);
    issuer.is_followed().await;
    issuer.die();
    pair.clock.advance(Span::seconds(61));
    until(PATIENCE, async || !pair.revocations.status().reachable).await;
    issuer.rise();
    until(Duration::from_secs(2), async || {
        asked(&pair.closed, "living").await == "200"
    })
    .await;
    assert!(pair.revocations.status().reachable);
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_list_younger() {
    let issuer = Issuer::start();
    let pair = pair(&issuer);
    pair.clock.advance(Span::hours(2));
    issuer.is_followed().await;
    issuer.answer(Manner::Never);
    pair.clock.advance(Span::hours(-1));
    assert_eq!(
        asked(&pair.closed, "living").await,
        "503 revocations_unavailable"
    );
    assert_eq!(asked(&pair.open, "living").await, "200");
}

#[tokio::test]
async fn refusing_for_now_is_503_in_every_dialect() {
    let mut issuer = Issuer::start();
    issuer.die();
    let (guard, feed, _) = parts(&issuer);
    let guard = guard.with_revocations(Revocations::follow(feed).unwrap().or_refuse_after(LIMIT));
    for dialect in [
        Dialect::Rfc6750,
        Dialect::FastApi,
        Dialect::Auth0,
        Dialect::FlaskJwt,
    ] {
        let service = app::service().layer(guard.layer().dialect(dialect));
        let answer = call_as(&service, "/", &token_of("living")).await;
        assert_eq!(said(&answer), "503 revocations_unavailable");
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(
            answer.header("www-authenticate"),
            "",
            "another token would not help"
        );
    }
}

#[tokio::test]
async fn an_issuer_that_hangs_is_given_up_and_asked_again() {
    let issuer = Issuer::start();
    let (guard, feed, _) = parts(&issuer);
    // Asks every two seconds and gives up after five, not after 28.
    let revocations = Revocations::follow(feed)
        .unwrap()
        .or_refuse_after(Duration::from_secs(5));
    let service = app::service().layer(guard.with_revocations(revocations.clone()).layer());
    issuer.is_followed().await;
    issuer.answer(Manner::Never);
    until(PATIENCE, async || !revocations.status().reachable).await;
    issuer.answer(Manner::Properly);
    issuer.end("gone");
    refused(&service, "gone", Duration::from_secs(2)).await;
    assert!(revocations.status().reachable);
}

#[tokio::test]
async fn who_refuses_soon_asks_often_from_the_moment_it_is_told() {
    let issuer = Issuer::start();
    let (_, feed, _) = parts(&issuer);
    let revocations = Revocations::follow(feed).unwrap();
    issuer.is_followed().await;
    let _strict = revocations.or_refuse_after(Duration::from_secs(20));
    let asked_so_far = issuer.asked().len();
    issuer.was_asked(asked_so_far + 1).await;
    let last = issuer.asked().last().unwrap().wait.clone();
    assert_eq!(last.as_deref(), Some("10"));
}

#[tokio::test]
async fn the_log_says_once_that_it_is_away_and_once_that_it_is_back() {
    let mut issuer = Issuer::start();
    let (service, _, _) = following(&issuer);
    issuer.is_followed().await;
    assert_eq!(log::of(&issuer.address()), "");
    for round in ["one", "two"] {
        issuer.answer(Manner::With(500, String::new()));
        let asked = issuer.asked().len();
        issuer.was_asked(asked + 3).await;
        issuer.die();
        issuer.answer(Manner::Properly);
        issuer.rise();
        issuer.end(round);
        refused(&service, round, PATIENCE).await;
    }
    let text = log::of(&issuer.address());
    assert_eq!(text.lines().count(), 4, "{text}");
    assert_eq!(text.matches("cannot be followed").count(), 2, "{text}");
    assert_eq!(text.matches("answers again").count(), 2, "{text}");
    assert!(text.contains("the issuer answered 500"), "{text}");
}
