//! Whatever they are given, the loaders of keys answer; and what they let in is a key that serves.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tegata_token::{Claims, KeyPair, KeySet, Keyring, Signer, Verifier, VerifyingKey};
use time::Duration;

use crate::{
    forge::{NOW, at},
    known_keys::{ed25519, p256, public, rsa},
    odd_json::{altered, values},
    properties::MINTED,
};

fn belong_together(jwk: &Map<String, Value>) {
    if let Ok(pair) = KeyPair::from_jwk(jwk) {
        let verifying = VerifyingKey::from_jwk(&public(jwk.clone()));
        assert_eq!(verifying.unwrap().kid(), pair.signing_key().kid());
    }
}

/// What was let in can be used: tokens are judged by it, and it can be published and read again.
fn serves(set: KeySet) {
    let ring = Keyring::new(None, set.keys);
    let jwks = json!({ "keys": ring.jwks() }).to_string();
    let again = KeySet::parse(jwks.as_bytes()).unwrap();
    assert!(again.skipped.is_empty());
    assert!(again.keys.iter().map(VerifyingKey::kid).eq(ring.kids()));
    for (token, _) in MINTED.iter() {
        let _ = Verifier::new().without_key_id().open(token, &ring);
    }
}

proptest! {
    #[test]
    fn no_bytes_are_a_key_set(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(KeySet::parse(&bytes).map_or(0, |set| set.keys.len()) == 0);
    }

    #[test]
    fn no_json_makes_the_key_set_parser_fall(
        set in values(),
        keys in prop::collection::vec(
            prop_oneof![
                values(),
                altered(Value::Object(public(rsa()))),
                altered(Value::Object(public(p256()))),
                altered(Value::Object(public(ed25519()))),
            ],
            0..5,
        ),
    ) {
        let _ = KeySet::parse(set.to_string().as_bytes());
        let number = keys.len();
        let set = KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
        prop_assert_eq!(set.keys.len() + set.skipped.len(), number);
        serves(set);
    }

    #[test]
    fn no_jwk_makes_the_private_key_loader_fall(
        jwk in prop_oneof![
            values(),
            altered(Value::Object(rsa())),
            altered(Value::Object(p256())),
            altered(Value::Object(ed25519())),
        ],
    ) {
        if let Value::Object(jwk) = &jwk {
            belong_together(jwk);
        }
    }

    #[test]
    fn no_text_is_a_key_file(text in any::<String>()) {
        prop_assert!(VerifyingKey::from_pem(&text).is_err());
        prop_assert!(KeyPair::from_pem(&text).is_err());
    }

    #[test]
    fn no_bytes_in_a_key_file_make_its_reader_fall(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        tag in prop::sample::select(vec![
            "PUBLIC KEY", "RSA PUBLIC KEY", "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY", "CERTIFICATE", "EC PARAMETERS", "",
        ]),
        other in "[ -~\n]{0,40}",
    ) {
        let block = BASE64_STANDARD.encode(&bytes);
        let pem = format!("{other}-----BEGIN {tag}-----\n{block}\n-----END {tag}-----\n{other}");
        prop_assert!(VerifyingKey::from_pem(&pem).is_err());
        prop_assert!(KeyPair::from_pem(&pem).is_err());
        prop_assert!(KeyPair::from_pkcs8(&bytes).is_err());
    }

    /// Bytes of a good key are changed: it is refused, or it is a key that serves.
    #[test]
    fn no_change_to_a_kept_key_makes_its_reader_fall(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        use secrecy::ExposeSecret;
        static KEPT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
            let kept = |jwk| KeyPair::from_jwk(&jwk).unwrap().to_pkcs8().expose_secret().to_vec();
            [rsa(), p256(), ed25519()].map(kept).to_vec()
        });
        let mut der = KEPT[which].clone();
        for (place, byte) in changes {
            let place = place.index(der.len());
            der[place] = byte;
        }
        if let Ok(pair) = KeyPair::from_pkcs8(&der) {
            let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
            let token = Signer::new(pair.signing_key()).sign(&claims).unwrap();
            let ring = Keyring::new(None, vec![pair.verifying_key()]);
            prop_assert!(Verifier::new().open(&token, &ring).is_ok());
        }
    }
}
