//! Project Wycheproof's files of bare signatures: their messages are no `header.payload`, so no token can be
//! made of them. Their keys go through this crate's loaders, and come back as it publishes them; with those the
//! signatures go to the function of `jsonwebtoken` that the verifier calls. Under a header and payload of a token
//! each of them must fail.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto::verify, jwk::Jwk};
use serde_json::{Value, json};
use tegata_token::{HmacSecret, Keyring, Verifier, VerifyingKey};

use super::{
    Expected::{Accepted, Either, Refused},
    Tally, bytes, read_json,
};
use crate::forge::{base64url, payload};

/// The signature alone, and the same at the end of a token.
struct Checks {
    alone: Tally,
    as_token: Tally,
}

impl Checks {
    fn new(alone: &'static str, as_token: &'static str) -> Self {
        Self {
            alone: Tally::new(alone),
            as_token: Tally::new(as_token),
        }
    }

    fn count(&mut self, test: &Value, signature: &[u8], key: &VerifyingKey, raw: &DecodingKey) {
        let algorithm: Algorithm = key.algorithm().name().parse().unwrap();
        let signature = base64url(signature);
        let found = match verify(&signature, &bytes(&test["msg"]), raw, algorithm) {
            Ok(true) => Ok(()),
            _ => Err("refused"),
        };
        let expected = match test["result"].as_str() {
            Some("valid") => Accepted,
            Some("invalid") => Refused,
            _ => Either,
        };
        let id = format!("{} {}", test["tcId"], test["comment"]);
        self.alone.count(&id, expected, found);

        let header = json!({"alg": key.algorithm().name(), "kid": key.kid().as_str()});
        let segments = [header, payload()].map(|part| base64url(part.to_string()));
        let token = format!("{}.{}.{signature}", segments[0], segments[1]);
        let ring = Keyring::new(None, vec![key.clone()]);
        let verifier = Verifier::new().with_types(&[], true);
        let found = verifier.open(&token, &ring).map(|_| ());
        self.as_token.count(&id, Refused, found);
    }

    fn finish(self, total: usize) {
        self.alone.finish(total);
        self.as_token.finish(total);
    }
}

fn total(vectors: &Value) -> usize {
    vectors["numberOfTests"]
        .as_u64()
        .unwrap()
        .try_into()
        .unwrap()
}

fn groups(vectors: &Value) -> &[Value] {
    vectors["testGroups"].as_array().unwrap()
}

fn tests(group: &Value) -> &[Value] {
    group["tests"].as_array().unwrap()
}

/// By its PEM and, where there is one, by its JWK: the same key, of the same name.
fn loaded(pem: &Value, jwk: Option<&Value>) -> VerifyingKey {
    let key = VerifyingKey::from_pem(pem.as_str().unwrap()).unwrap();
    let Some(jwk) = jwk else {
        return key;
    };
    let mut jwk = jwk.as_object().unwrap().clone();
    jwk.remove("kid");
    let same = VerifyingKey::from_jwk(&jwk).unwrap();
    assert_eq!(key.kid(), same.kid());
    assert_eq!(key.jwk(), same.jwk());
    key
}

/// As whoever fetches our key set reads it.
fn published(key: &VerifyingKey) -> DecodingKey {
    let jwk = serde_json::to_value(key.jwk().unwrap()).unwrap();
    let jwk: Jwk = serde_json::from_value(jwk).unwrap();
    DecodingKey::from_jwk(&jwk).unwrap()
}

fn pairs(checks: Checks, file: &str, jwk: &str) {
    let mut checks = checks;
    let vectors = read_json(&format!("wycheproof/{file}"));
    for group in groups(&vectors) {
        let key = loaded(&group["publicKeyPem"], group.get(jwk));
        let raw = published(&key);
        for test in tests(group) {
            checks.count(test, &bytes(&test["sig"]), &key, &raw);
        }
    }
    println!("{}: {} keys", checks.alone.name, groups(&vectors).len());
    checks.finish(total(&vectors));
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn es256() {
    pairs(
        Checks::new("Wycheproof ECDSA P-256", "… as tokens"),
        "ecdsa_secp256r1_sha256_p1363_test.json",
        "publicKeyJwk",
    );
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn eddsa() {
    pairs(
        Checks::new("Wycheproof Ed25519", "… as tokens"),
        "ed25519_test.json",
        "publicKeyJwk",
    );
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn rs256() {
    pairs(
        Checks::new("Wycheproof RSA 2048", "… as tokens"),
        "rsa_signature_2048_sha256_test.json",
        "keyJwk",
    );
    pairs(
        Checks::new("Wycheproof RSA 3072", "… as tokens"),
        "rsa_signature_3072_sha256_test.json",
        "keyJwk",
    );
}

#[test]
#[ignore = "needs the public vectors: CORPORA"]
fn hs256() {
    let vectors = read_json("wycheproof/hmac_sha256_test.json");
    let mut checks = Checks::new("Wycheproof HMAC SHA-256", "… as tokens");
    let mut strong = 0;
    for group in groups(&vectors) {
        for test in tests(group) {
            let key = bytes(&test["key"]);
            let written = format!("base64:{}", BASE64_URL_SAFE_NO_PAD.encode(&key));
            let is_strong = HmacSecret::parse(&written).is_ok();
            // RFC 7518 §3.2
            assert!(key.len() >= 32 || !is_strong, "{}", test["tcId"]);
            strong += usize::from(is_strong);
            let secret = HmacSecret::parse_insecure(&written).unwrap();
            let mut test = test.clone();
            if group["tagSize"] != 256 {
                // A JWS has the whole of it.
                test["result"] = "invalid".into();
            }
            checks.count(
                &test,
                &bytes(&test["tag"]),
                &secret.verifying_key(),
                &DecodingKey::from_secret(&key),
            );
        }
    }
    println!("Wycheproof HMAC SHA-256: {strong} keys are strong enough to be configured");
    checks.finish(total(&vectors));
}
