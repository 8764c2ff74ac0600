//! Ed25519 keys with which anybody can sign: points whose order divides 8 (RFC 8032 §5.1.7 does not check).
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tegata_token::{KeyRefused, KeySet, Keyring, Reason, Verifier, VerifyingKey};

use crate::forge::{base64url, payload};

/// The second coordinate of each such point, little-endian: 0, 1, −1 and the two of order 8.
const CANONICAL: [[u8; 32]; 5] = [
    [0; 32],
    lowest(0, 1),
    lowest(0xff, 0xec),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];
/// 0 and 1 once more, as p and p + 1.
const OTHERWISE: [[u8; 32]; 2] = [lowest(0xff, 0xed), lowest(0xff, 0xee)];

const fn lowest(rest: u8, lowest: u8) -> [u8; 32] {
    let mut bytes = [rest; 32];
    bytes[0] = lowest;
    bytes[31] = rest & 0x7f;
    bytes
}

/// Each with both signs of the first coordinate.
fn signed(points: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let negative = |point: &[u8; 32]| {
        let mut point = *point;
        point[31] |= 0x80;
        point
    };
    points
        .iter()
        .flat_map(|point| [*point, negative(point)])
        .collect()
}

fn jwk(x: &[u8]) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(x), "kid": "small"})
}

/// Header and payload of the `n`th attempt.
fn message(n: usize) -> String {
    let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "small", "n": n});
    format!(
        "{}.{}",
        base64url(header.to_string()),
        base64url(payload().to_string())
    )
}

/// A token under this key, made without any private one. With S = 0 the equation is R = −kA, and A has eight
/// multiples at most: one of them is guessed for R until the hash k agrees.
fn forged(key: &[u8; 32]) -> Option<String> {
    let guesses = signed(&CANONICAL);
    (0..64)
        .flat_map(|n| guesses.iter().map(move |r| (message(n), r)))
        .find_map(|(message, r)| {
            let signature = [&r[..], &[0; 32]].concat();
            UnparsedPublicKey::new(&ED25519, key)
                .verify(message.as_bytes(), &signature)
                .ok()?;
            Some(format!("{message}.{}", base64url(signature)))
        })
}

/// Each way in which such a key could come in.
fn refused(key: &[u8; 32]) {
    let jwk = jwk(key);
    let found = VerifyingKey::from_jwk(jwk.as_object().unwrap()).map(|_| ());
    assert_eq!(found, Err(KeyRefused::BadPoint), "{key:02x?}");

    let set = json!({ "keys": [jwk] }).to_string();
    let set = KeySet::parse(set.as_bytes()).unwrap();
    assert!(set.keys.is_empty());
    assert_eq!(set.skipped[0].why, KeyRefused::BadPoint);

    let der = [
        &b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"[..],
        key,
    ]
    .concat();
    let pem = BASE64_STANDARD.encode(der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n");
    let found = VerifyingKey::from_pem(&pem).map(|_| ());
    assert_eq!(found, Err(KeyRefused::BadPoint), "{pem}");
}

#[test]
fn keys_under_which_anybody_can_sign_are_refused() {
    let keys = signed(&CANONICAL);
    let open: Vec<_> = keys.iter().filter(|key| forged(key).is_some()).collect();
    // All eight points of small order. Zero has no sign: the other two of the ten are no points.
    assert_eq!(
        open.len(),
        8,
        "the provider takes a forged signature for each"
    );
    for key in &keys {
        refused(key);
    }
}

#[test]
fn their_other_spellings_are_refused_too() {
    for key in signed(&OTHERWISE) {
        assert_eq!(forged(&key), None, "the provider knows one spelling");
        refused(&key);
    }
}

#[test]
fn a_forged_token_is_worth_nothing_beside_a_good_key() {
    let good = json!({"kty": "OKP", "crv": "Ed25519", "kid": "small",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    for key in signed(&CANONICAL) {
        let Some(token) = forged(&key) else {
            continue;
        };
        let set = json!({ "keys": [jwk(&key), good] }).to_string();
        let set = KeySet::parse(set.as_bytes()).unwrap();
        assert_eq!((set.keys.len(), set.skipped.len()), (1, 1));
        let found = Verifier::new().open(&token, &Keyring::new(None, set.keys));
        assert_eq!(found, Err(Reason::BadSignature));
    }
}
