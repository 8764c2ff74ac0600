//! Key pairs: made, read, published, and tokens that they sign.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use serde_json::{Value, json};
use tegata_token::{
    Algorithm, BadKeyPair, Claims, KeyPair, KeyRefused, KeySet, Keyring, Reason, Signer, Verifier,
    VerifyingKey,
};
use time::Duration;

use crate::forge::{NOW, at, keys};

const MINTED: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

fn token(pair: &KeyPair) -> String {
    let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
    Signer::new(pair.signing_key()).sign(&claims).unwrap()
}

fn ring(keys: Vec<VerifyingKey>) -> Keyring {
    Keyring::new(None, keys)
}

/// As a verifier elsewhere gets it: published, fetched, parsed.
fn published(pair: &KeyPair) -> Vec<VerifyingKey> {
    let jwks = ring(vec![pair.verifying_key()]).jwks();
    let text = json!({ "keys": jwks }).to_string();
    let set = KeySet::parse(text.as_bytes()).unwrap();
    assert!(set.skipped.is_empty(), "{:?}", set.skipped);
    set.keys
}

#[test]
fn a_token_of_each_algorithm_is_verified_by_the_published_key_alone() {
    for algorithm in MINTED {
        let (pair, other) = (
            KeyPair::generate(algorithm).unwrap(),
            KeyPair::generate(algorithm).unwrap(),
        );
        let token = token(&pair);
        let judge = |keys| {
            Verifier::new()
                .verify(&token, &keys, at(NOW))
                .map(|c| c.sub)
        };
        assert_eq!(
            judge(ring(published(&pair))),
            Ok("user-1".to_owned()),
            "{algorithm}"
        );
        assert_eq!(judge(ring(published(&other))), Err(Reason::KeyUnknown));
        let taken = published(&other)[0]
            .clone()
            .with_kid(pair.signing_key().kid().as_str());
        assert_eq!(judge(ring(vec![taken.clone()])), Err(Reason::BadSignature));
        // Two keys of one name: each is tried.
        let both = vec![taken, published(&pair)[0].clone()];
        assert_eq!(judge(ring(both)), Ok("user-1".to_owned()), "{algorithm}");
        assert_eq!(judge(keys()), Err(Reason::AlgorithmNotAllowed));
        assert_eq!(judge(ring(Vec::new())), Err(Reason::KeyUnknown));
    }
}

#[test]
fn algorithms_can_be_fewer_than_those_of_the_keys() {
    let (rsa, ed25519) = (
        KeyPair::generate(Algorithm::RS256).unwrap(),
        KeyPair::generate(Algorithm::EdDSA).unwrap(),
    );
    let both = ring(vec![rsa.verifying_key(), ed25519.verifying_key()]);
    let judge = |verifier: &Verifier, pair| verifier.verify(&token(pair), &both, at(NOW));
    assert!(judge(&Verifier::new(), &ed25519).is_ok());
    let only = Verifier::new().with_algorithms(&[Algorithm::RS256]);
    assert!(judge(&only, &rsa).is_ok());
    assert_eq!(judge(&only, &ed25519), Err(Reason::AlgorithmNotAllowed));
}

#[test]
fn a_key_pair_is_the_same_after_it_was_kept() {
    for algorithm in MINTED {
        use secrecy::ExposeSecret;
        let pair = KeyPair::generate(algorithm).unwrap();
        let kept = KeyPair::from_pkcs8(pair.to_pkcs8().expose_secret()).unwrap();
        let written = KeyPair::from_pem(pair.to_pem().expose_secret()).unwrap();
        for again in [kept, written] {
            assert_eq!(again.algorithm(), algorithm);
            assert_eq!(again.signing_key().kid(), pair.signing_key().kid());
            let token = token(&again);
            let keys = ring(published(&pair));
            assert!(Verifier::new().verify(&token, &keys, at(NOW)).is_ok());
        }
        assert!(!format!("{pair:?}").contains("PRIVATE"));
    }
}

/// RFC 7638 §3.1 and RFC 8037 appendix A.3.
#[test]
fn keys_are_named_by_their_thumbprints() {
    let rsa = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB", "alg": "RS256",
    });
    let ed25519 = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    for (jwk, thumbprint) in [
        (rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (ed25519, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ] {
        let Value::Object(jwk) = jwk else {
            unreachable!()
        };
        assert_eq!(
            VerifyingKey::from_jwk(&jwk).unwrap().kid().as_str(),
            thumbprint
        );
    }
}

#[test]
fn only_what_tokens_are_minted_with_can_be_made() {
    for algorithm in [Algorithm::HS256, Algorithm::PS256, Algorithm::ES384] {
        let refused = KeyPair::generate(algorithm).map(|_| ());
        assert_eq!(refused, Err(BadKeyPair::NotMinted(algorithm)));
    }
}

#[test]
fn a_public_pem_of_another_tool_verifies_and_a_private_one_is_no_public_key() {
    use secrecy::ExposeSecret;
    let pair = KeyPair::generate(Algorithm::ES256).unwrap();
    let private = VerifyingKey::from_pem(pair.to_pem().expose_secret()).map(|_| ());
    assert_eq!(private, Err(KeyRefused::PrivateHalf));
    // openssl genpkey -algorithm ed25519 | openssl pkey -pubout, as RFC 8410 §10.1 prints one.
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    assert_eq!(
        VerifyingKey::from_pem(pem).unwrap().algorithm(),
        Algorithm::EdDSA
    );
}
