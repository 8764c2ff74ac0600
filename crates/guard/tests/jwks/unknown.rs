//! Tokens that name a key which the guard does not know: one question to the server, and then patience.

use futures_util::future::join_all;
use serde_json::json;
use tegata_guard::testing::{Answer, Mint};
use time::Duration as Span;

use crate::service::{Trio, said, stranger};

#[tokio::test]
async fn random_names_make_the_guard_ask_once_per_cool_down() {
    let trio = Trio::start();
    let mint = trio.server.mint();
    trio.is_fetched().await;
    for round in 0..3 {
        let strangers = (0..1_000).map(|number| {
            let named = mint.clone().with_kid(format!("random-{round}-{number}"));
            named.token("admin")
        });
        let tokens: Vec<_> = strangers.collect();
        let (some, others) = tokens.split_at(500);
        let at_once = join_all(some.iter().map(|token| said(&trio.guard, token)));
        assert_eq!(at_once.await, ["key_unknown"; 500]);
        for token in others {
            assert_eq!(said(&trio.guard, token).await, "key_unknown");
        }
        assert_eq!(trio.says(&mint).await, "good", "others are not held up");
        assert_eq!(trio.server.requests(), 2 + round);
        trio.clock.advance(Span::seconds(10));
    }
}

#[tokio::test]
async fn what_is_published_within_the_cool_down_is_found_after_it() {
    let mut trio = Trio::start();
    assert_eq!(trio.says(&stranger(&trio.clock)).await, "key_unknown");
    let fresh = trio.server.rotate();
    trio.clock.advance(Span::milliseconds(9_999));
    assert_eq!(trio.says(&fresh).await, "key_unknown");
    assert_eq!(trio.server.requests(), 2);
    trio.clock.advance(Span::milliseconds(1));
    assert_eq!(trio.says(&fresh).await, "good");
    assert_eq!(trio.server.requests(), 3);
}

#[tokio::test]
async fn a_new_key_is_found_where_another_was_listed_twice_before() {
    let trio = Trio::with(
        |server| {
            let mint = server.mint();
            server.publish_only([mint.jwk(), mint.jwk()]);
        },
        |source| source,
    );
    let mint = trio.server.mint();
    assert_eq!(trio.says(&mint).await, "good");
    let fresh = stranger(&trio.clock);
    trio.server.publish_only([mint.jwk(), fresh.jwk()]);
    assert_eq!(trio.says(&fresh).await, "good");
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_prolong_the_cool_down() {
    let mut trio = Trio::start();
    assert_eq!(trio.says(&stranger(&trio.clock)).await, "key_unknown");
    let fresh = trio.server.rotate();
    trio.clock.advance(Span::hours(-2));
    assert_eq!(trio.says(&fresh).await, "good");
}

#[tokio::test]
async fn everybody_with_the_new_key_waits_for_the_one_question() {
    let mut trio = Trio::start();
    trio.is_fetched().await;
    trio.server.answer(Answer::Stall);
    let token = trio.server.rotate().token("user-1");
    let everybody = join_all((0..30).map(|_| said(&trio.guard, &token)));
    let recovery = async {
        trio.server.has_waiting(1).await;
        trio.server.answer(Answer::Properly);
    };
    let (answers, ()) = tokio::join!(everybody, recovery);
    assert_eq!(answers, ["good"; 30]);
    assert_eq!(trio.server.requests(), 2);
}

#[tokio::test]
async fn what_no_key_set_could_make_good_asks_nobody() {
    let trio = Trio::start();
    trio.is_fetched().await;
    let mint = trio.server.mint();
    let claims = json!(mint.claims("user-1"));
    let forge = |alg: &str, kid: serde_json::Value| {
        mint.forge(json!({"alg": alg, "typ": "at+jwt", "kid": kid}), &claims)
    };
    for (token, reason) in [
        (forge("HS256", json!("unknown")), "algorithm_not_allowed"),
        (forge("none", json!("unknown")), "algorithm_not_allowed"),
        (forge("ES256K", json!("unknown")), "algorithm_not_allowed"),
        (forge("EdDSA", json!(mint.kid())), "algorithm_not_allowed"),
        (forge("ES256", json!(7)), "malformed"),
        (
            mint.forge(json!({"alg": "ES256", "typ": "at+jwt"}), &claims),
            "key_id_missing",
        ),
        (
            mint.forge(json!({"alg": "ES256", "kid": "unknown"}), &claims),
            "wrong_type",
        ),
        (format!("{}x", mint.token("user-1")), "malformed"),
        (
            stranger(&trio.clock).with_kid(mint.kid()).token("user-1"),
            "bad_signature",
        ),
    ] {
        assert_eq!(said(&trio.guard, &token).await, reason, "{token}");
    }
    assert_eq!(trio.server.requests(), 1);
}

#[tokio::test]
async fn where_tokens_name_no_key_one_that_fits_none_makes_the_guard_ask() {
    let mut trio = Trio::start();
    trio.guard = trio.guard.with_rules(|rules| rules.without_key_id());
    let nameless = |mint: &Mint| {
        let claims = json!(mint.claims("user-1"));
        mint.forge(json!({"alg": "ES256", "typ": "at+jwt"}), claims)
    };
    let before = nameless(&trio.server.mint());
    assert_eq!(said(&trio.guard, &before).await, "good");
    let after = nameless(&trio.server.rotate());
    assert_eq!(said(&trio.guard, &after).await, "good");
    for _ in 0..20 {
        let forged = nameless(&stranger(&trio.clock));
        assert_eq!(said(&trio.guard, &forged).await, "bad_signature");
    }
    assert_eq!(trio.server.requests(), 2);
}
