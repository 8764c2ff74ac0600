//! Makes tokens that no signer would make. Signs by itself, so that the crate's own signer is not its
//! own judge.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tegata_token::{Claims, HmacSecret, Keyring, Reason, Signer, Verifier};
use time::OffsetDateTime;

pub(crate) const SECRET: &str = "the secret that the services of these tests share";
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

pub(crate) fn secret(text: &str) -> HmacSecret {
    HmacSecret::parse(text).unwrap()
}

pub(crate) fn keys() -> Keyring {
    Keyring::shared_secret(secret(SECRET), Vec::new())
}

/// A header with which nothing is wrong.
pub(crate) fn header() -> Value {
    json!({ "alg": "HS256", "typ": "at+jwt", "kid": secret(SECRET).kid().as_str() })
}

/// Claims with which nothing is wrong.
pub(crate) fn payload() -> Value {
    json!({
        "iss": "https://issuer.example", "sub": "user-1", "aud": "https://api.example",
        "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 840,
        "jti": "t-1", "sid": "s-1", "scope": "read write", "roles": ["admin"],
        "preferred_username": "alice",
    })
}

pub(crate) fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

pub(crate) fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).unwrap();
    object
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The right signature over two segments, whatever they are.
pub(crate) fn seal(header: &str, payload: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let message = format!("{header}.{payload}");
    let tag = hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", base64url(tag))
}

/// The right signature over any bytes.
pub(crate) fn forge(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    seal(&base64url(header), &base64url(payload))
}

pub(crate) fn token(header: &Value, payload: &Value) -> String {
    forge(header.to_string(), payload.to_string())
}

/// With this text in place of the value of `name`: for numbers that `serde_json` cannot write.
pub(crate) fn payload_text(name: &str, value: &str) -> String {
    let payload = with(payload(), name, json!("(here)"));
    payload.to_string().replace("\"(here)\"", value)
}

/// As the issuer makes them.
pub(crate) fn mint(keys: &Keyring, claims: &Claims) -> String {
    let signer = Signer::new(keys.signing().unwrap().clone());
    signer.sign(claims).unwrap()
}

/// The strictest verifier of these tests.
pub(crate) fn verifier() -> Verifier {
    Verifier::new()
        .with_issuer("https://issuer.example")
        .with_audience("https://api.example")
}

pub(crate) fn judge(token: &str) -> Result<Claims, Reason> {
    verifier().verify(token, &keys(), at(NOW))
}

/// Judges each, and says which one went wrong.
pub(crate) fn refuse(cases: &[(&str, String, Reason)]) {
    for (why, token, reason) in cases {
        assert_eq!(judge(token), Err(*reason), "{why}: {token}");
    }
}
