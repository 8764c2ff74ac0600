//! Key pairs that sign: made and kept, or given; and the change from a secret to them and back.

use std::sync::Arc;

use serde_json::json;
use tegata_guard::SharedSecrets;
use tegata_issuer::{
    config::Config,
    sealing::Sealing,
    signing::{KeySettings, Signing, kept_ring::KeptRing},
};
use tegata_token::{
    Algorithm, HmacSecret, KeyPair, KeySet, Keyring, SystemRandom, Verifier, VerifyingKey,
};

use crate::{
    app::{ISSUER, SECRET, START, TestApp},
    forge::{fingerprint, open},
};

const OTHER_SECRET: &str = "Yw3nKc8VtR5mPz1XqLd7HbJf2GsQa9Ue";

pub(crate) fn secret(text: &str) -> HmacSecret {
    HmacSecret::parse(text).unwrap()
}

/// Key pairs of this algorithm, sealed with [`SECRET`]; tokens of these secrets are good.
pub(crate) fn pairs(algorithm: Algorithm, previous: &[&str]) -> KeySettings {
    let previous = previous.iter().map(|text| secret(text)).collect();
    KeySettings {
        secrets: SharedSecrets::fixed(secret(SECRET), previous),
        signing: Signing::Kept {
            algorithm,
            rotation: None,
        },
        verifying: Vec::new(),
    }
}

/// An issuer with key pairs, as it is after its start.
pub(crate) async fn with_pairs(algorithm: Algorithm) -> TestApp {
    let app = TestApp::with(|config| config.keys = pairs(algorithm, &[])).await;
    app.app.open_keys().await.unwrap();
    app
}

/// What is published.
pub(crate) async fn published(app: &TestApp) -> Vec<VerifyingKey> {
    let answer = app.get("/.well-known/jwks.json").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let set = KeySet::parse(&answer.body).unwrap();
    assert_eq!(set.skipped, []);
    set.keys
}

pub(crate) fn kid_of(token: &str) -> String {
    open(token).0["kid"].as_str().unwrap().to_owned()
}

pub(crate) async fn accepts(app: &TestApp, token: &str) -> bool {
    app.me(format!("Bearer {token}")).await.status == 200
}

#[tokio::test]
async fn whoever_has_the_published_keys_verifies_tokens_of_each_algorithm() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256] {
        let app = with_pairs(algorithm).await;
        let token = app.token().await;
        let (header, _) = open(&token);
        assert_eq!(header["alg"], algorithm.name());
        assert_eq!(header["typ"], "at+jwt");
        assert!(accepts(&app, &token).await);

        let keys = Keyring::new(None, published(&app).await);
        let verifier = Verifier::new().with_issuer(ISSUER);
        let claims = verifier.verify(&token, &keys, START).unwrap();
        assert_eq!(claims.sub, app.hanako.id.to_string());
        let ready = app.get("/health/ready").await.json();
        let kid = kid_of(&token);
        assert_eq!(
            ready["keys"],
            json!({"algorithm": algorithm.name(), "signing": kid, "verifying": [kid]})
        );
    }
}

#[tokio::test]
async fn the_secret_that_only_seals_signs_nothing_that_is_accepted() {
    let app = with_pairs(Algorithm::EdDSA).await;
    let other = TestApp::start().await.token().await;
    let answer = app.me(format!("Bearer {other}")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("tegata-reason"), "algorithm_not_allowed");
}

#[tokio::test]
async fn replicas_and_restarts_sign_with_one_key() {
    let app = with_pairs(Algorithm::EdDSA).await;
    let token = app.token().await;
    for _ in 0..2 {
        let other = app.another_issuer();
        assert_eq!(
            kid_of(&other.token().await),
            kid_of(&token),
            "without a start of its own"
        );
        assert!(accepts(&other, &token).await);
    }
}

#[tokio::test]
async fn whoever_comes_first_at_a_start_makes_the_one_key() {
    let app = TestApp::with(|config| config.keys = pairs(Algorithm::EdDSA, &[])).await;
    let others = [app.another_issuer(), app.another_issuer()];
    let (_, _, _, _, signed) = tokio::join!(
        app.app.open_keys(),
        others[0].app.open_keys(),
        app.get("/.well-known/jwks.json"),
        others[1].get("/.well-known/jwks.json"),
        others[1].token(),
    );
    for app in others.iter().chain([&app]) {
        app.app.look_at_keys().await.unwrap();
        let kids: Vec<String> = published(app)
            .await
            .iter()
            .map(|key| key.kid().to_string())
            .collect();
        assert_eq!(kids, [kid_of(&signed)]);
    }
}

#[tokio::test]
async fn until_the_store_was_read_once_nothing_is_judged() {
    let app = TestApp::with(|config| config.keys = pairs(Algorithm::EdDSA, &[])).await;
    app.store.goes_away();
    let answer = app.me("Bearer x.y.z").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("tegata-reason"), "keys_unavailable");
    assert_eq!(app.get("/.well-known/jwks.json").await.status, 503);
    let ready = app.get("/health/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["checks"]["keys"], "unavailable");
    assert_eq!(
        ready.json()["keys"],
        json!({"algorithm": "EdDSA", "signing": null, "verifying": []})
    );
    app.store.comes_back();
    assert!(accepts(&app, &app.token().await).await);
}

#[tokio::test]
async fn a_key_from_a_file_signs_and_others_verify() {
    let pem = KeyPair::generate(Algorithm::ES256).unwrap().to_pem();
    let given = || {
        use secrecy::ExposeSecret;
        KeyPair::from_pem(pem.expose_secret()).unwrap()
    };
    let before = KeyPair::generate(Algorithm::RS256).unwrap();
    let settings = KeySettings {
        signing: Signing::Given(Arc::new(given())),
        verifying: vec![before.verifying_key()],
        ..pairs(Algorithm::ES256, &[])
    };
    let app = TestApp::with(|config| config.keys = settings).await;
    app.app.open_keys().await.unwrap();
    let token = app.token().await;
    assert_eq!(kid_of(&token), given().signing_key().kid().as_str());
    assert!(accepts(&app, &token).await);
    let kids: Vec<String> = published(&app)
        .await
        .iter()
        .map(|key| key.kid().to_string())
        .collect();
    assert_eq!(
        kids,
        [kid_of(&token), before.signing_key().kid().to_string()]
    );
}

#[tokio::test]
async fn from_a_secret_to_key_pairs_and_back_nobody_is_refused() {
    let app = TestApp::start().await;
    let by_secret = app.token().await;

    // The same secret goes on sealing, and is listed for its tokens.
    let app = app.with_keys(pairs(Algorithm::EdDSA, &[SECRET]));
    app.app.open_keys().await.unwrap();
    let by_pair = app.token().await;
    assert_eq!(open(&by_pair).0["alg"], "EdDSA");
    for token in [&by_secret, &by_pair] {
        assert!(accepts(&app, token).await);
    }
    // Without the list, once they are over.
    let app = app.with_keys(pairs(Algorithm::EdDSA, &[]));
    app.app.open_keys().await.unwrap();
    assert!(accepts(&app, &by_pair).await && !accepts(&app, &by_secret).await);

    // And back: the pairs in the store verify, and stay published, until they are retired.
    let app = app.with_keys(KeySettings::shared_secret(secret(SECRET), Vec::new()));
    app.app.open_keys().await.unwrap();
    let again = app.token().await;
    assert_eq!(kid_of(&again), fingerprint(SECRET));
    for token in [&by_secret, &by_pair, &again] {
        assert!(accepts(&app, token).await);
    }
    assert_eq!(published(&app).await.len(), 1);
    let sealing = Sealing::with(&secret(SECRET), &[]).unwrap();
    let kept = KeptRing::new(app.store.as_ref(), &sealing, &SystemRandom);
    kept.retire(&kid_of(&by_pair), false, START)
        .await
        .unwrap()
        .unwrap();
    app.app.look_at_keys().await.unwrap();
    assert!(!accepts(&app, &by_pair).await);
    assert_eq!(published(&app).await.len(), 0);
}

#[tokio::test]
async fn another_algorithm_is_announced_before_it_signs() {
    let app = with_pairs(Algorithm::RS256).await;
    let old = app.token().await;
    let app = app.with_keys(pairs(Algorithm::EdDSA, &[]));
    app.app.open_keys().await.unwrap();
    assert_eq!(open(&app.token().await).0["alg"], "RS256");
    assert_eq!(published(&app).await.len(), 2);
    app.clock.advance(tegata_issuer::signing::ANNOUNCEMENT);
    app.app.look_at_keys().await.unwrap();
    let new = app.token().await;
    assert_eq!(open(&new).0["alg"], "EdDSA");
    assert!(accepts(&app, &old).await && accepts(&app, &new).await);
}

#[tokio::test]
async fn a_new_secret_seals_the_keys_anew_and_an_unknown_one_is_told_so() {
    let app = with_pairs(Algorithm::EdDSA).await;
    let login = app.log_in(crate::app::HANAKO.0, crate::app::HANAKO.1).await;
    let (token, refresh) = (login.word("access_token"), login.word("refresh_token"));
    let sealed_by = |current: &str, previous: &[&str]| {
        let previous = previous.iter().map(|text| secret(text)).collect();
        KeySettings {
            secrets: SharedSecrets::fixed(secret(current), previous),
            ..pairs(Algorithm::EdDSA, &[])
        }
    };
    let unknown = app.with_keys(sealed_by(OTHER_SECRET, &[]));
    let why = unknown.app.open_keys().await.unwrap_err().to_string();
    assert!(why.contains("PREVIOUS_SECRET_KEYS"), "{why}");
    assert_eq!(why.lines().count(), 1);

    let both = app.with_keys(sealed_by(OTHER_SECRET, &[SECRET]));
    both.app.open_keys().await.unwrap();
    let alone = app.with_keys(sealed_by(OTHER_SECRET, &[]));
    alone.app.open_keys().await.unwrap();
    for app in [&both, &alone] {
        assert!(accepts(app, &token).await);
        assert_eq!(kid_of(&app.token().await), kid_of(&token));
    }
    let members = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
    assert_eq!(alone.post_form("/token", &members).await.status, 200);
}

/// Only for what `change` takes.
pub(crate) fn configured(settings: KeySettings) -> impl FnOnce(&mut Config) {
    move |config| config.keys = settings
}
