//! Of a published key set public keys are taken, each as it would be published again; of PEM one key.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use tegata_token::{Algorithm, KeyPair, KeySet, VerifyingKey};

use crate::{
    forge::replaced,
    input::{halves, kind, text},
};

static PUBLIC: LazyLock<[Map<String, Value>; 2]> = LazyLock::new(|| {
    [Algorithm::ES256, Algorithm::EdDSA].map(|algorithm| {
        let pair = KeyPair::generate(algorithm).unwrap();
        let jwk = serde_json::to_value(pair.verifying_key().jwk().unwrap());
        jwk.unwrap().as_object().unwrap().clone()
    })
});

/// A set, a set with one member of a key written anew, PEM, or DER in PEM.
pub fn key_sets(data: &[u8]) {
    let (kind, rest) = kind(data, 6);
    let (one, other) = halves(rest);
    match kind {
        0 => set(rest),
        1 | 2 => {
            let key = replaced(&PUBLIC[usize::from(kind - 1)], one, other);
            set(&[&b"{\"keys\":["[..], &key, b"]}"].concat());
        }
        3 => pem(&text(rest)),
        4 => pem(&block("PUBLIC KEY", rest)),
        _ => pem(&block("PRIVATE KEY", rest)),
    }
}

fn set(bytes: &[u8]) {
    let Ok(set) = KeySet::parse(bytes) else {
        return;
    };
    let theirs: Value = serde_json::from_slice(bytes).expect("what we take is JSON");
    let count = theirs["keys"].as_array().expect("a list").len();
    assert_eq!(set.keys.len() + set.skipped.len(), count);
    for key in &set.keys {
        public(key);
        let secret = |jwk: &Value| jwk["kty"] == "oct" || jwk.get("d").is_some();
        let named = |jwk: &Value| jwk["kid"] == key.kid().as_str();
        let theirs = theirs["keys"].as_array().unwrap().iter();
        let twins = theirs.filter(|jwk| named(jwk)).collect::<Vec<_>>();
        assert!(
            twins.is_empty() || !twins.into_iter().all(secret),
            "a private key was taken"
        );
    }
}

fn pem(text: &str) {
    if let Ok(key) = VerifyingKey::from_pem(text) {
        public(&key);
    }
    if let Ok(pair) = KeyPair::from_pem(text) {
        public(&pair.verifying_key());
    }
}

/// It is no secret, and what is published of it is this key.
fn public(key: &VerifyingKey) {
    assert!(!key.algorithm().is_shared_secret());
    let jwk = key.jwk().expect("a public key is published");
    let written = serde_json::to_value(&jwk).unwrap();
    let again = VerifyingKey::from_jwk(written.as_object().unwrap()).expect("our own form");
    assert_eq!(again.jwk(), Some(jwk));
}

fn block(tag: &str, der: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(der);
    format!("-----BEGIN {tag}-----\n{body}\n-----END {tag}-----\n")
}
