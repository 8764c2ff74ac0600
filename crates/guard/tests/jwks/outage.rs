//! The key server is away: the last good keys serve, and where there are none nobody is called a liar.

use std::time::Duration;

use tegata_guard::testing::{Answer, KeyServer};
use time::Duration as Span;

use crate::{
    app::{self, call_as},
    log,
    service::{Trio, stranger, until},
};

#[tokio::test]
async fn an_outage_costs_no_request_within_the_stale_age() {
    log::listen();
    let mut trio = Trio::start();
    let mint = trio.server.mint();
    trio.is_fetched().await;
    trio.server.stop();
    for minute in 1..=24 * 60 {
        trio.clock.advance(Span::MINUTE);
        assert_eq!(trio.says(&mint).await, "good", "after {minute} minutes");
    }
    until(async || !trio.status().reachable).await;
    trio.clock.advance(Span::SECOND);
    assert_eq!(trio.says(&mint).await, "keys_unavailable");
    assert!(!trio.status().serving);
    until(async || {
        trio.clock.advance(Span::SECOND);
        assert_eq!(trio.says(&mint).await, "keys_unavailable");
        lines(&trio.server).contains("are too old")
    })
    .await;

    trio.server.listen();
    until(async || {
        trio.clock.advance(Span::SECOND);
        trio.says(&mint).await == "good"
    })
    .await;
    assert_eq!(trio.status().age, Some(Duration::ZERO));
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_hangs_while_there_are_keys() {
    let trio = Trio::start();
    let mint = trio.server.mint();
    trio.is_fetched().await;
    trio.server.answer(Answer::Stall);
    trio.clock.advance(Span::HOUR);
    let service = app::service().layer(trio.guard.layer());
    for _ in 0..50 {
        let answer = call_as(&service, "/", &mint.token("user-1")).await;
        assert_eq!(answer.status, 200);
    }
    trio.server.has_waiting(1).await;
    assert_eq!(trio.server.requests(), 2);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_after_five_seconds() {
    let trio = Trio::with(|server| server.answer(Answer::Stall), |source| source);
    let begun = tokio::time::Instant::now();
    assert_eq!(trio.says(&trio.server.mint()).await, "keys_unavailable");
    let waited = begun.elapsed().as_secs_f64();
    assert!((4.5..6.5).contains(&waited), "{waited} s");
    until(async || trio.status().last_error.is_some()).await;
    assert_eq!(
        trio.status().last_error.unwrap(),
        "it does not answer within 5 s"
    );
    // The server has a pause; whoever comes within it does not wait.
    assert_eq!(trio.says(&trio.server.mint()).await, "keys_unavailable");
    assert!(begun.elapsed().as_secs_f64() < waited + 1.0);
    trio.server.answer(Answer::Properly);
    trio.clock.advance(Span::seconds(2));
    assert_eq!(trio.says(&trio.server.mint()).await, "good");
}

#[tokio::test]
async fn without_any_keys_the_answer_is_503_and_try_again() {
    let trio = Trio::with(|server| server.answer(Answer::Status(500)), |source| source);
    let service = app::service().layer(trio.guard.layer());
    for token in [
        trio.server.mint().token("user-1"),
        stranger(&trio.clock).token("user-1"),
    ] {
        let answer = call_as(&service, "/", &token).await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("tegata-reason"), "keys_unavailable");
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(
            answer.header("www-authenticate"),
            "",
            "another token would not help"
        );
    }
    assert!(trio.server.requests() <= 2, "not one for each");
}

#[tokio::test]
async fn whether_an_unknown_key_is_new_cannot_be_told_while_the_server_is_away() {
    let mut trio = Trio::start();
    let mint = trio.server.mint();
    trio.is_fetched().await;
    trio.server.stop();
    let fresh = trio.server.rotate();
    for _ in 0..3 {
        assert_eq!(trio.says(&fresh).await, "keys_unavailable");
        assert_eq!(trio.says(&mint).await, "good");
    }
    trio.server.listen();
    trio.clock.advance(Span::seconds(10));
    assert_eq!(trio.says(&fresh).await, "good");
}

#[tokio::test]
async fn how_long_old_keys_serve_is_a_setting() {
    let trio = Trio::with(
        |_| {},
        |source| source.with_stale_age(Duration::from_secs(60)),
    );
    let mint = trio.server.mint();
    trio.is_fetched().await;
    trio.server.answer(Answer::Status(503));
    trio.clock.advance(Span::seconds(60));
    assert_eq!(trio.says(&mint).await, "good");
    trio.clock.advance(Span::seconds(1));
    assert_eq!(trio.says(&mint).await, "keys_unavailable");
    // A clock that was set back makes no keys younger.
    trio.clock.advance(Span::seconds(-123));
    assert_eq!(trio.says(&mint).await, "keys_unavailable");
}

#[tokio::test]
async fn a_clock_that_is_set_back_costs_one_question_and_no_request() {
    let trio = Trio::start();
    trio.is_fetched().await;
    let mint = trio.server.mint();
    for far in [Span::hours(-2), Span::days(-30), Span::weeks(-1_000)] {
        let asked = trio.server.requests();
        trio.clock.advance(far);
        assert_eq!(trio.says(&mint).await, "good", "{far}");
        trio.server.was_asked(asked + 1).await;
        trio.has_age(Duration::ZERO).await;
    }
}

#[tokio::test]
async fn the_status_says_what_readiness_has_to_know() {
    let mut trio = Trio::with(|server| server.answer(Answer::Stall), |source| source);
    let before = trio.status();
    assert_eq!(
        (before.age, before.reachable, before.serving),
        (None, false, false)
    );
    assert_eq!((before.kids.len(), before.last_error), (0, None));

    trio.server.answer(Answer::Properly);
    trio.is_fetched().await;
    trio.clock.advance(Span::seconds(30));
    let good = trio.status();
    assert_eq!(good.server, trio.server.issuer());
    assert_eq!(good.age, Some(Duration::from_secs(30)));
    assert!(good.reachable && good.serving);
    assert_eq!(
        (good.kids, good.last_error),
        (vec![trio.server.mint().kid().to_owned()], None)
    );

    trio.server.stop();
    trio.clock.advance(Span::HOUR);
    assert_eq!(trio.says(&trio.server.mint()).await, "good");
    until(async || !trio.status().reachable).await;
    let away = trio.status();
    assert_eq!(away.age, Some(Duration::from_secs(3_630)));
    assert!(away.serving && away.kids.len() == 1);
    let why = away.last_error.unwrap();
    assert!(why.starts_with("it cannot be reached: "), "{why}");
    assert!(!why.contains("127.0.0.1"), "{why}");
}

#[tokio::test]
async fn the_log_says_once_that_it_is_away_and_once_that_it_is_back() {
    log::listen();
    let trio = Trio::start();
    trio.is_fetched().await;
    let mint = trio.server.mint();
    for round in 1..=2 {
        trio.server.answer(Answer::Status(502));
        for _ in 0..3 {
            trio.asks_again(&mint).await;
            until(async || !trio.status().reachable).await;
        }
        trio.server.answer(Answer::Properly);
        trio.asks_again(&mint).await;
        until(async || trio.status().reachable).await;
        let text = lines(&trio.server);
        assert_eq!(text.matches("cannot be fetched").count(), round, "{text}");
        assert_eq!(text.matches("answers again").count(), round, "{text}");
        assert_eq!(text.matches("it answered 502").count(), round, "{text}");
        assert_eq!(text.matches("are new here").count(), 1, "{text}");
    }
}

fn lines(server: &KeyServer) -> String {
    log::of(&server.issuer())
}
