//! Tokens with which something is wrong, and what each deserves. A service that accepts one of them would let
//! in whoever made it.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac, rsa,
    signature::KeyPair as _,
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tegata_guard::token::{Algorithm, KeyPair, Signer, SigningKey};
use time::OffsetDateTime;

use super::service::{Service, Verdict};

/// The algorithms of key pairs that Tegata mints with.
pub(super) const PAIRS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

#[expect(
    clippy::disallowed_methods,
    reason = "these services read the wall clock, so the test must"
)]
fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Claims as the issuer writes them, good for fifteen minutes from `age` seconds ago.
fn claims(age: i64) -> Value {
    let from = now() - age;
    json!({
        "iss": "http://127.0.0.1:8000", "sub": "01a1fc84-1f61-79c0-9c23-9ab410f4ac73",
        "iat": from, "nbf": from, "exp": from + 900, "jti": "wy_-yNiEhSQn32AZCWVMWQ",
        "sid": "yGbMyt9zALUcM7EXU0ZV7A", "scope": "", "roles": ["admin"],
        "preferred_username": "hanako",
    })
}

fn sign(key: &SigningKey, claims: &Value) -> String {
    let signer = Signer::new(key.clone());
    signer.sign_object(claims.as_object().unwrap()).unwrap()
}

/// A good token, as the issuer makes them.
pub(super) fn good(key: &SigningKey) -> String {
    sign(key, &claims(60))
}

/// Asks with tokens of `key`, which the service must trust, good ones and bad ones, and with tokens that others
/// made to look like its own.
pub(super) async fn are_told_apart(service: &Service, key: &SigningKey, others: &SigningKey) {
    let others = others.clone().with_kid(key.kid().as_str());
    let changed = |name: &str, value: Value| {
        let mut claims = claims(60);
        claims[name] = value;
        sign(key, &claims)
    };
    // Made one by one: the clock goes on while the service thinks.
    let cases: [(&str, &dyn Fn() -> String, Verdict); 18] = [
        ("good", &|| good(key), Verdict::Good),
        (
            "of a program, which has no name",
            &|| {
                let mut claims = claims(60);
                claims.as_object_mut().unwrap().remove("preferred_username");
                sign(key, &claims)
            },
            Verdict::Good,
        ),
        ("ended 3 s ago", &|| sign(key, &claims(903)), Verdict::Good),
        ("begins in 8 s", &|| sign(key, &claims(-8)), Verdict::Good),
        (
            "ended 11 s ago",
            &|| sign(key, &claims(911)),
            Verdict::Expired,
        ),
        (
            "ended long ago",
            &|| sign(key, &claims(9_000)),
            Verdict::Expired,
        ),
        (
            "begins later",
            &|| sign(key, &claims(-60)),
            Verdict::Invalid,
        ),
        (
            "tampered signature",
            &|| tampered(&good(key)),
            Verdict::Invalid,
        ),
        ("other claims", &|| promoted(&good(key)), Verdict::Invalid),
        ("another key", &|| good(&others), Verdict::Invalid),
        (
            "another key, ended",
            &|| sign(&others, &claims(9_000)),
            Verdict::Invalid,
        ),
        (
            "a key of no set",
            &|| good(&others.clone().with_kid("k-9")),
            Verdict::Invalid,
        ),
        ("alg none", &|| unsigned("none"), Verdict::Invalid),
        ("alg nOnE", &|| unsigned("nOnE"), Verdict::Invalid),
        ("its own key along", &|| with_jwk(&others), Verdict::Invalid),
        ("without exp", &|| without("exp", key), Verdict::Invalid),
        (
            "exp as text",
            &|| changed("exp", json!("tomorrow")),
            Verdict::Invalid,
        ),
        ("no token at all", &|| "abc".to_owned(), Verdict::Invalid),
    ];
    for (what, token, verdict) in cases {
        let token = token();
        assert_eq!(
            service.verdict(Some(&token)).await,
            verdict,
            "{what}: {token}"
        );
    }
    assert_eq!(service.verdict(None).await, Verdict::Invalid, "no header");
}

/// A token with the signature of no key: one character is another.
fn tampered(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{message}.{first}{}", &signature[1..])
}

/// A token with the signature of another one.
fn promoted(token: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims = claims(60);
    claims["sub"] = json!("somebody-else");
    format!("{}.{}.{}", parts[0], base64url(&claims), parts[2])
}

fn unsigned(alg: &str) -> String {
    let header = base64url(&json!({"alg": alg, "typ": "at+jwt"}));
    format!("{header}.{}.", base64url(&claims(60)))
}

fn without(name: &str, key: &SigningKey) -> String {
    let mut claims = claims(60);
    claims.as_object_mut().unwrap().remove(name).unwrap();
    sign(key, &claims)
}

/// A token that brings the key to check it with (RFC 7515 §4.1.3): it names this one's algorithm, and is signed
/// by a key pair of its own.
fn with_jwk(named: &SigningKey) -> String {
    let pair = KeyPair::generate(Algorithm::ES256).unwrap();
    let token = good(&pair.signing_key());
    let (_, rest) = token.split_once('.').unwrap();
    let jwk = serde_json::to_value(pair.verifying_key().jwk().unwrap()).unwrap();
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": named.kid().as_str(), "jwk": jwk});
    format!("{}.{rest}", base64url(&header))
}

/// A token whose secret is the public key, which everybody has: for verifiers that let the token choose the
/// algorithm (RFC 8725 §2.1).
pub(super) fn confused(pair: &KeyPair) -> String {
    let private = rsa::KeyPair::from_pkcs8(pair.to_pkcs8().expose_secret()).unwrap();
    let public: PublicKeyX509Der<'_> = private.public_key().as_der().unwrap();
    let lines: Vec<String> = BASE64_STANDARD
        .encode(public.as_ref())
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.join("\n")
    );
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": pair.signing_key().kid().as_str()});
    let message = format!("{}.{}", base64url(&header), base64url(&claims(60)));
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes()),
        message.as_bytes(),
    );
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

fn base64url(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}
