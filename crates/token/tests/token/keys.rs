//! Rotation, fingerprints, and what never shows.

use serde_json::json;
use tegata_token::{
    Algorithm, Claims, HmacSecret, Keyring, Random, Reason, SequenceRandom, SignError, Signer,
    SystemRandom, Verifier,
};
use time::Duration;

use crate::forge::{NOW, SECRET, at, header, keys, mint, payload, secret, token};

const NEXT: &str = "the secret that follows it after a rotation";
const FOREIGN: &str = "a secret of somebody else, just as long";

fn minted_by(keys: &Keyring) -> String {
    mint(keys, &Claims::new("user-1", at(NOW), Duration::minutes(15)))
}

fn judge(keys: &Keyring, token: &str) -> Option<Reason> {
    Verifier::new().verify(token, keys, at(NOW)).err()
}

#[test]
fn a_token_of_the_previous_secret_is_good_until_the_secret_leaves_the_ring() {
    let before = keys();
    let during = Keyring::shared_secret(secret(NEXT), vec![secret(SECRET)]);
    let after = Keyring::shared_secret(secret(NEXT), Vec::new());
    let (old, new) = (minted_by(&before), minted_by(&during));
    assert_eq!(judge(&during, &old), None);
    assert_eq!(judge(&during, &new), None);
    assert_eq!(judge(&after, &new), None);
    assert_eq!(judge(&after, &old), Some(Reason::KeyMismatch));
    assert_eq!(judge(&before, &new), Some(Reason::KeyMismatch));
}

#[test]
fn a_token_of_a_foreign_secret_says_that_the_secrets_differ() {
    let foreign = Keyring::shared_secret(secret(FOREIGN), Vec::new());
    assert_eq!(
        judge(&keys(), &minted_by(&foreign)),
        Some(Reason::KeyMismatch)
    );
}

#[test]
fn the_kid_of_one_secret_does_not_open_for_the_signature_of_another() {
    // Both are in the ring: the kid decides, nothing is tried out.
    let ring = Keyring::shared_secret(secret(NEXT), vec![secret(SECRET)]);
    let own = token(&header(), &payload());
    let mut swapped = header();
    swapped["kid"] = json!(secret(NEXT).kid().as_str());
    assert_eq!(judge(&ring, &own), None);
    assert_eq!(
        judge(&ring, &token(&swapped, &payload())),
        Some(Reason::BadSignature)
    );
}

#[test]
fn the_ring_lists_each_key_once_and_signs_with_the_first() {
    let again = vec![secret(SECRET), secret(NEXT), secret(SECRET)];
    let ring = Keyring::shared_secret(secret(SECRET), again);
    let kids: Vec<_> = ring.kids().cloned().collect();
    assert_eq!(kids, [secret(SECRET).kid(), secret(NEXT).kid()]);
    assert_eq!(ring.signing().unwrap().kid(), &kids[0]);
    assert_eq!(ring.verifying()[1].algorithm(), Algorithm::HS256);
    assert!(ring.contains(kids[1].as_str()));
    assert!(!ring.contains("x"));
}

#[test]
fn a_fingerprint_is_what_the_contract_says() {
    // printf 'tegata kid' | openssl dgst -sha256 -hmac "$SECRET" -binary | head -c 8 | base64url
    assert_eq!(secret(SECRET).kid().as_str(), "wfZQ3PU6pOQ");
    assert_ne!(secret(SECRET).kid(), secret(NEXT).kid());
}

#[test]
fn a_minted_token_has_the_header_of_the_contract_and_nothing_more() {
    let shown = tegata_token::inspect(&minted_by(&keys())).unwrap();
    assert_eq!(serde_json::Value::Object(shown.header), header());
}

#[test]
fn a_token_that_could_not_be_verified_is_not_signed() {
    let signer = Signer::new(keys().signing().unwrap().clone());
    let good = Claims::new("user-1", at(NOW), Duration::minutes(15));

    let nobody = Claims {
        sub: String::new(),
        ..good.clone()
    };
    assert!(matches!(signer.sign(&nobody), Err(SignError::SubjectEmpty)));

    let roles = vec!["a-role-with-a-long-name".to_owned(); 400];
    let large = Claims {
        roles,
        ..good.clone()
    };
    assert!(matches!(signer.sign(&large), Err(SignError::TooLarge(_))));

    for name in ["exp", "sub", "roles", "preferred_username"] {
        let mut twofold = good.clone();
        twofold.extra.insert(name.to_owned(), json!("root"));
        assert!(
            matches!(signer.sign(&twofold), Err(SignError::ExtraTaken(taken)) if taken == name)
        );
    }
}

#[test]
fn no_key_shows_when_it_is_printed_for_debugging() {
    let ring = Keyring::shared_secret(secret(SECRET), vec![secret(NEXT)]);
    let signer = Signer::new(ring.signing().unwrap().clone());
    let shown = format!("{:?} {ring:?} {signer:?} {:#?}", secret(SECRET), ring);
    let bytes = format!("{:?}", SECRET.as_bytes());
    for hidden in [SECRET, NEXT, &bytes[1..20], "the secret that"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(
        shown.contains(secret(SECRET).kid().as_str()),
        "the kid helps: {shown}"
    );
}

#[test]
fn an_algorithm_has_one_spelling() {
    for name in [
        "HS256", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ] {
        let algorithm = Algorithm::parse(name).unwrap();
        assert_eq!(algorithm.to_string(), name);
    }
    // RFC 9864 §2.2: what newer libraries write.
    assert_eq!(Algorithm::parse("Ed25519"), Some(Algorithm::EdDSA));
    for other in ["hs256", "none", "", "HS256 ", "RS1", "ES256K", "eddsa"] {
        assert_eq!(Algorithm::parse(other), None, "{other}");
    }
}

#[test]
fn a_made_secret_is_strong_and_new_each_time() {
    let (one, two) = (
        HmacSecret::generate(&SystemRandom),
        HmacSecret::generate(&SystemRandom),
    );
    assert_ne!(one, two);
    assert_eq!(one.len(), 43);
    assert!(HmacSecret::parse(&one).is_ok());
}

#[test]
fn the_sequence_counts_up() {
    let sequence = SequenceRandom::default();
    assert_eq!(sequence.token(3), "AAEC");
    assert_eq!(sequence.token(3), "AwQF");
    let mut bytes = [0; 2];
    sequence.fill(&mut bytes);
    assert_eq!(bytes, [6, 7]);
}
