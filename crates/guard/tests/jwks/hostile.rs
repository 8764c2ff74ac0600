//! What a key server says when it is broken, or not ours any more.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tegata_guard::testing::{Answer, KeyServer, Mint};
use tegata_guard::token::Algorithm;

use crate::{
    app::SECRET,
    log,
    service::{Trio, until},
};

/// Answers that are no key set, and what the status says of them.
fn broken() -> Vec<(Answer, &'static str)> {
    let bytes = |text: &str| Answer::Bytes(text.as_bytes().to_vec());
    let oct = json!({"keys": [{"kty": "oct", "kid": "s", "k": "c2VjcmV0"}]}).to_string();
    vec![
        (Answer::Status(500), "it answered 500"),
        (Answer::Status(404), "it answered 404"),
        (Answer::Status(204), "it answered 204"),
        (
            Answer::Redirect("http://127.0.0.1:1/keys".to_owned()),
            "it answered 302",
        ),
        (Answer::Mebibytes(10), "its answer is larger than 1 MiB"),
        (bytes(""), "its answer is no key set"),
        (bytes("<html>sign in</html>"), "its answer is no key set"),
        (bytes("[]"), "its answer is no key set"),
        (
            bytes("{\"keys\": {}}"),
            "its answer is no key set: it has no list",
        ),
        (
            bytes("{\"keys\": [], \"keys\": []}"),
            "its answer is no key set",
        ),
        (bytes(&"[".repeat(1_000_000)), "its answer is no key set"),
        (Answer::Bytes(vec![0xff; 100]), "its answer is no key set"),
        (bytes("{\"keys\": []}"), "its key set is empty"),
        (
            bytes(&oct),
            "none of the 1 keys in its set can be used here",
        ),
    ]
}

#[tokio::test]
async fn a_broken_answer_leaves_the_last_good_keys_where_they_are() {
    let trio = Trio::start();
    let mint = trio.server.mint();
    trio.is_fetched().await;
    for (answer, expected) in broken() {
        trio.server.answer(answer);
        trio.asks_again(&mint).await;
        until(async || {
            let error = trio.status().last_error.unwrap_or_default();
            error.starts_with(expected)
        })
        .await;
        assert_eq!(trio.says(&mint).await, "good", "{expected}");
        assert_eq!(trio.status().kids, [mint.kid()]);
    }
}

#[tokio::test]
async fn a_broken_answer_to_the_first_question_is_503() {
    for (answer, expected) in broken() {
        let trio = Trio::with(|server| server.answer(answer), |source| source);
        assert_eq!(
            trio.says(&trio.server.mint()).await,
            "keys_unavailable",
            "{expected}"
        );
        let status = trio.status();
        let error = status.last_error.unwrap();
        assert!(error.starts_with(expected), "{error}");
        assert!(!status.reachable && !status.serving);
    }
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let elsewhere = KeyServer::start();
    let answer = Answer::Redirect(elsewhere.url());
    let trio = Trio::with(|server| server.answer(answer), |source| source);
    assert_eq!(trio.says(&elsewhere.mint()).await, "keys_unavailable");
    assert_eq!(elsewhere.requests(), 0);
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_left_out_and_the_bad_ones_told_once() {
    log::listen();
    let k = BASE64_URL_SAFE_NO_PAD.encode(SECRET);
    let secret = json!({"kty": "oct", "kid": "published-secret", "k": k, "alg": "HS256"});
    let trio = Trio::with(|server| server.publish(secret.clone()), |source| source);
    let mint = trio.server.mint();
    // For encryption, as Keycloak publishes them; with its private half; of an unknown kind; not a key at all.
    let mut for_encryption = Mint::new(Algorithm::EdDSA).jwk();
    for_encryption["use"] = json!("enc");
    let mut private = Mint::new(Algorithm::EdDSA).jwk();
    private["kid"] = json!("private");
    private["d"] = json!("c2VjcmV0");
    for jwk in [
        for_encryption,
        private,
        json!({"kty": "future"}),
        Value::Null,
    ] {
        trio.server.publish(jwk);
    }
    for _ in 0..3 {
        trio.asks_again(&mint).await;
        until(async || trio.status().age < Some(Duration::from_secs(60))).await;
    }
    assert_eq!(trio.status().kids, [mint.kid()]);
    // Nobody signs with it.
    let forged = Mint::shared_secret(SECRET).with_kid("published-secret");
    assert_eq!(trio.says(&forged).await, "algorithm_not_allowed");
    let log = log::of(&trio.server.issuer());
    for name in ["\"published-secret\"", "\"private\""] {
        assert_eq!(log.matches(name).count(), 1, "{log}");
    }
    assert!(!log.contains(&k) && !log.contains("c2VjcmV0"), "{log}");
}
