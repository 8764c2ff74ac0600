//! Fetched once for everybody, and again when there is a reason.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tegata_guard::{
    Guard, JwksError, JwksSource, Keys,
    testing::{Answer, ManualClock, Mint},
    token::Algorithm,
};
use time::Duration as Span;

use crate::service::{START, Trio, said, server, until};

#[tokio::test]
async fn a_key_set_is_fetched_once_for_all_requests() {
    let trio = Trio::with(|server| server.answer(Answer::Stall), |source| source);
    let token = trio.server.mint().token("user-1");
    let everybody = join_all((0..50).map(|_| said(&trio.guard, &token)));
    let recovery = async {
        trio.server.has_waiting(1).await;
        trio.server.answer(Answer::Properly);
    };
    let (answers, ()) = tokio::join!(everybody, recovery);
    assert_eq!(answers, ["good"; 50]);
    assert_eq!(trio.server.requests(), 1);
}

#[tokio::test]
async fn it_is_fetched_before_anybody_asks() {
    let trio = Trio::start();
    trio.is_fetched().await;
    assert_eq!(trio.says(&trio.server.mint()).await, "good");
    assert_eq!(trio.server.requests(), 1);
}

#[tokio::test]
async fn who_hangs_up_ends_nothing() {
    let trio = Trio::with(|server| server.answer(Answer::Stall), |source| source);
    let token = trio.server.mint().token("user-1");
    {
        let impatient = said(&trio.guard, &token);
        tokio::pin!(impatient);
        let waiting = trio.server.has_waiting(1);
        tokio::select! {
            answer = &mut impatient => panic!("{answer} without keys"),
            () = waiting => {}
        }
    }
    trio.server.answer(Answer::Properly);
    assert_eq!(said(&trio.guard, &token).await, "good");
    assert_eq!(trio.server.requests(), 1, "the first went on");
}

#[tokio::test]
async fn guards_and_clones_share_one_set_until_the_last_is_gone() {
    let trio = Trio::start();
    trio.is_fetched().await;
    let mint = trio.server.mint();
    let other = Guard::new(trio.keys.clone()).with_clock(Arc::new(trio.clock.clone()));
    assert_eq!(said(&other, &mint.token("user-1")).await, "good");
    assert_eq!(trio.server.requests(), 1);

    trio.server.answer(Answer::Stall);
    trio.clock.advance(Span::HOUR);
    assert_eq!(trio.says(&mint).await, "good");
    trio.server.has_waiting(1).await;
    drop((trio.guard, trio.keys, other));
    trio.server.has_waiting(0).await;
}

#[tokio::test]
async fn keys_are_fetched_anew_before_their_age_runs_out_while_the_old_ones_serve() {
    let trio = Trio::with(
        |server| server.cache_control("public, max-age=600"),
        |source| source,
    );
    let mint = trio.server.mint();
    trio.is_fetched().await;
    trio.clock.advance(Span::seconds(600 * 74 / 100));
    assert_eq!(trio.says(&mint).await, "good");
    assert_eq!(trio.server.requests(), 1);

    trio.server.answer(Answer::Stall);
    trio.clock.advance(Span::seconds(600 * 17 / 100));
    assert_eq!(trio.says(&mint).await, "good", "nobody waits");
    trio.server.was_asked(2).await;
    for _ in 0..20 {
        assert_eq!(trio.says(&mint).await, "good");
    }
    trio.server.answer(Answer::Properly);
    trio.has_age(Duration::ZERO).await;
    assert_eq!(trio.server.requests(), 2);
}

#[tokio::test]
async fn how_long_keys_are_fresh_is_bounded() {
    for (said, early, late) in [
        ("max-age=0", 44, 55),
        ("no-store", 44, 55),
        ("max-age=31536000", 2_699, 3_241),
        ("private", 224, 271),
    ] {
        let trio = Trio::with(|server| server.cache_control(said), |source| source);
        let mint = trio.server.mint();
        trio.is_fetched().await;
        trio.clock.advance(Span::seconds(early));
        assert_eq!(trio.says(&mint).await, "good");
        assert_eq!(trio.server.requests(), 1, "{said}");
        trio.clock.advance(Span::seconds(late - early));
        assert_eq!(trio.says(&mint).await, "good");
        trio.server.was_asked(2).await;
    }
}

#[tokio::test]
async fn the_same_keys_in_another_order_change_nothing() {
    let mut trio = Trio::start();
    let one = trio.server.mint();
    let other = trio.server.rotate();
    let token = one.token("user-1");
    let before = trio.guard.check(&token).await.unwrap();
    trio.server.publish_only([other.jwk(), one.jwk()]);
    trio.clock.advance(Span::minutes(5));
    assert_eq!(trio.says(&other).await, "good");
    trio.has_age(Duration::ZERO).await;
    let after = trio.guard.check(&token).await.unwrap();
    assert!(Arc::ptr_eq(&before, &after), "known to be right");
    trio.server.drop_key(other.kid());
    trio.clock.advance(Span::minutes(5));
    assert_eq!(trio.says(&one).await, "good");
    until(async || trio.says(&other).await == "key_unknown").await;
    let anew = trio.guard.check(&token).await.unwrap();
    assert!(!Arc::ptr_eq(&before, &anew), "other keys, judged anew");
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_from_the_next_fetch_on() {
    let mut trio = Trio::start();
    let before = trio.server.mint();
    let token = before.token("user-1");
    assert_eq!(said(&trio.guard, &token).await, "good");
    let after = trio.server.rotate();
    trio.server.drop_key(before.kid());
    assert_eq!(
        trio.says(&after).await,
        "good",
        "an unknown name makes it ask"
    );
    let refused = said(&trio.guard, &token).await;
    assert_eq!(refused, "key_unknown", "though it was found right before");
}

#[tokio::test]
async fn a_rotation_refuses_nobody() {
    let mut trio = Trio::start();
    let before = trio.server.mint();
    assert_eq!(trio.says(&before).await, "good");
    let after = trio.server.rotate();
    let tokens = [before.token("user-1"), after.token("user-2")];
    let many = (0..40).map(|number| said(&trio.guard, &tokens[number % 2]));
    assert_eq!(join_all(many).await, ["good"; 40]);
    assert_eq!(trio.server.requests(), 2);
}

#[tokio::test]
async fn a_rotation_to_another_algorithm_is_followed_as_well() {
    let trio = Trio::start();
    assert_eq!(trio.says(&trio.server.mint()).await, "good");
    let other = Mint::new(Algorithm::EdDSA).with_clock(Arc::new(trio.clock.clone()));
    trio.server.publish(other.jwk());
    assert_eq!(trio.says(&other).await, "good");
}

#[tokio::test]
async fn of_two_keys_with_one_name_both_are_tried() {
    let trio = Trio::with(|server| server.duplicate_kid(), |source| source);
    assert_eq!(trio.says(&trio.server.mint()).await, "good");
}

#[test]
fn without_a_runtime_keys_are_fetched_at_the_first_need_and_in_each_runtime() {
    let clock = ManualClock::new(START);
    let server = server(&clock);
    let source = JwksSource::at(server.url()).with_clock(Arc::new(clock.clone()));
    let guard = Guard::new(Keys::jwks(source).unwrap()).with_clock(Arc::new(clock.clone()));
    assert_eq!(server.requests(), 0);
    for round in 1..=2 {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            assert_eq!(said(&guard, &server.mint().token("user-1")).await, "good");
            server.was_asked(round).await;
        });
        // What fetched ends with its runtime; the next one has its own.
        clock.advance(Span::HOUR);
    }
}

#[tokio::test]
async fn an_address_that_must_not_be_asked_is_refused_when_the_guard_is_made() {
    for (address, expected) in [
        ("http://login.example.com/jwks", "write an https:// address"),
        ("login.example.com", "write the address of a key set"),
    ] {
        let refused: JwksError = Keys::jwks(address).unwrap_err();
        assert!(refused.to_string().starts_with(expected), "{refused}");
        let refused = Keys::discover(address).unwrap_err();
        assert!(refused.to_string().starts_with(expected), "{refused}");
    }
}
