//! The services with nothing but the address of the key set: they hold no secret at all.

use std::time::Duration;

use serde_json::json;
use tegata_guard::{
    testing::{Answer, KeyServer},
    token::{Algorithm, KeyPair},
};

use super::{
    forgeries::{self, PAIRS},
    service::{ALL, Example, Service, Verdict},
};
use crate::tegata::Place;

async fn start(example: Example, key_set: &str, algorithm: Algorithm) -> Service {
    // One of them wants to know the one algorithm; the others name all three.
    let settings = [("JWKS_URL", key_set), ("ALGORITHM", algorithm.name())];
    Service::start(example, &settings).await
}

/// Publishes these as the issuer does.
fn publishing(pairs: &[&KeyPair]) -> KeyServer {
    let server = KeyServer::start();
    server.publish_only(pairs.iter().map(|pair| json!(pair.verifying_key().jwk())));
    server.cache_control("public, max-age=300");
    server
}

fn pairs() -> [KeyPair; 3] {
    PAIRS.map(|algorithm| KeyPair::generate(algorithm).unwrap())
}

async fn accepts_ours_and_refuses_the_rest(example: Example) {
    let (pairs, others) = (pairs(), pairs());
    let all: Vec<&KeyPair> = pairs.iter().collect();
    let server = publishing(&all);
    let mut service = start(example, &server.url(), pairs[0].algorithm()).await;
    for (pair, other) in pairs.iter().zip(&others) {
        if example == Example::Django {
            service = start(example, &server.url(), pair.algorithm()).await;
        }
        forgeries::are_told_apart(&service, &pair.signing_key(), &other.signing_key()).await;
        let confused = forgeries::confused(&pairs[0]);
        assert_eq!(service.verdict(Some(&confused)).await, Verdict::Invalid);
    }
}

/// What `tegata` publishes, and what it signs: nothing else is needed, and another issuer's tokens are refused.
async fn accepts_the_issuer(example: Example, algorithm: Algorithm) {
    let place = || Place::new().with("ALGORITHM", algorithm.name());
    let (place, other) = (place(), place());
    let (tegata, stranger) = (place.start(), other.start());
    let key_set = format!("{}/.well-known/jwks.json", tegata.api);
    let service = start(example, &key_set, algorithm).await;
    let ours = service.verdict(Some(&tegata.token().await)).await;
    assert_eq!(ours, Verdict::Good, "{example:?} {algorithm}");
    let theirs = service.verdict(Some(&stranger.token().await)).await;
    assert_eq!(theirs, Verdict::Invalid, "{example:?} {algorithm}");
}

/// Not one request to the issuer for each request here; a rotation to a key that was announced goes unnoticed, and
/// so does an issuer that is away.
async fn fetches_the_keys_once(example: Example) {
    let [old, new] = [(), ()].map(|()| KeyPair::generate(Algorithm::ES256).unwrap());
    let server = publishing(&[&old, &new]);
    let service = start(example, &server.url(), Algorithm::ES256).await;
    for _ in 0..5 {
        let token = forgeries::good(&old.signing_key());
        assert_eq!(service.verdict(Some(&token)).await, Verdict::Good);
    }
    assert_eq!(server.requests(), 1);
    server.answer(Answer::Status(500));
    for (what, pair) in [("the next key", &new), ("the last key", &old)] {
        let token = forgeries::good(&pair.signing_key());
        assert_eq!(service.verdict(Some(&token)).await, Verdict::Good, "{what}");
    }
}

/// Without keys nobody can tell whether a token is good: that is no 401, at which a client throws its token away.
async fn says_so_while_there_are_no_keys(example: Example) {
    let pair = KeyPair::generate(Algorithm::ES256).unwrap();
    let server = publishing(&[&pair]);
    server.answer(Answer::Status(500));
    let service = start(example, &server.url(), Algorithm::ES256).await;
    let good = || forgeries::good(&pair.signing_key());
    let verdict = match example {
        Example::Django => Verdict::Invalid, // its library knows no third answer
        _ => Verdict::KeysUnavailable,
    };
    assert_eq!(service.verdict(Some(&good())).await, verdict);

    server.answer(Answer::Properly);
    let mut beat = tokio::time::interval(Duration::from_millis(250));
    let recovery = async {
        while service.verdict(Some(&good())).await != Verdict::Good {
            beat.tick().await;
        }
    };
    let recovered = tokio::time::timeout(Duration::from_secs(60), recovery).await;
    assert!(recovered.is_ok(), "{example:?} never asks again");
}

#[tokio::test]
async fn a_flask_service_with_pyjwt_and_the_key_set_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Flask).await;
}

#[tokio::test]
async fn a_fastapi_service_with_pyjwt_and_the_key_set_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::FastApi).await;
}

#[tokio::test]
async fn a_django_service_with_simplejwt_and_the_key_set_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Django).await;
}

#[tokio::test]
async fn an_express_service_with_jose_and_the_key_set_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Express).await;
}

#[tokio::test]
async fn a_fastify_service_with_its_jwt_plugin_and_the_key_set_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Fastify).await;
}

#[tokio::test]
async fn a_go_service_with_golang_jwt_and_the_key_set_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Go).await;
}

#[tokio::test]
async fn an_axum_service_with_the_guard_and_the_key_set_tells_our_tokens_from_the_rest() {
    accepts_ours_and_refuses_the_rest(Example::Axum).await;
}

#[tokio::test]
async fn every_service_takes_the_tokens_of_the_issuer_by_the_keys_that_it_publishes() {
    for (example, algorithm) in ALL.into_iter().zip(PAIRS.into_iter().cycle()) {
        accepts_the_issuer(example, algorithm).await;
    }
}

#[tokio::test]
async fn no_service_asks_for_the_keys_more_than_once() {
    for example in ALL {
        fetches_the_keys_once(example).await;
    }
}

#[tokio::test]
async fn a_service_without_keys_says_so_and_asks_again() {
    for example in ALL {
        says_so_while_there_are_no_keys(example).await;
    }
}
