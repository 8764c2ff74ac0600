//! Tokens made by hand, right and wrong.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tegata_issuer::user::User;

use crate::app::{ISSUER, SECRET, START};

/// The header of a good token.
pub(crate) fn header() -> Value {
    json!({"alg": "HS256", "typ": "at+jwt", "kid": fingerprint(SECRET)})
}

/// The claims of a good token, as few as there may be.
pub(crate) fn claims(user: &User) -> Value {
    let now = START.unix_timestamp();
    json!({"iss": ISSUER, "sub": user.id.to_string(), "iat": now, "nbf": now, "exp": now + 900})
}

/// The same with one member changed; `null` takes it out.
pub(crate) fn but(mut object: Value, name: &str, value: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    members.remove(name);
    if !value.is_null() {
        members.insert(name.to_owned(), value);
    }
    object
}

pub(crate) fn sign(header: &Value, claims: &Value, secret: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

pub(crate) fn encode(part: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(part.to_string())
}

/// Header and claims of a token, as any client would look at them.
pub(crate) fn open(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes)
    });
    let mut next = || parts.next().unwrap().unwrap();
    (next(), next())
}

/// As design §3 defines it, worked out anew.
pub(crate) fn fingerprint(secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, b"tegata kid");
    BASE64_URL_SAFE_NO_PAD.encode(&tag.as_ref()[..8])
}
