//! Makes tokens that no signer would make.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tegata_guard::token::HmacSecret;

use crate::app::{SECRET, START};

/// A header with which nothing is wrong.
pub(crate) fn header() -> Value {
    let kid = HmacSecret::parse(SECRET).unwrap().kid();
    json!({"alg": "HS256", "typ": "at+jwt", "kid": kid.as_str()})
}

/// Claims with which nothing is wrong, for a minute.
pub(crate) fn payload() -> Value {
    let now = START.unix_timestamp();
    json!({
        "iss": "https://issuer.test", "sub": "user-1", "aud": ["https://api.test", "https://other.test"],
        "iat": now, "nbf": now, "exp": now + 60,
    })
}

/// With another value there; `null` removes.
pub(crate) fn with(mut object: Value, name: &str, value: Value) -> Value {
    if value.is_null() {
        object.as_object_mut().unwrap().remove(name).unwrap();
    } else {
        object[name] = value;
    }
    object
}

/// Signed with [`SECRET`], whatever the header says.
pub(crate) fn token(header: &Value, payload: &Value) -> String {
    token_of_text(SECRET, &header.to_string(), &payload.to_string())
}

/// As PyJWT writes it, without the name of a key.
pub(crate) fn token_of_pyjwt(secret: &str, payload: &Value) -> String {
    let header = r#"{"typ":"JWT","alg":"HS256"}"#;
    token_of_text(secret, header, &payload.to_string())
}

pub(crate) fn token_of_text(secret: &str, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", encode(tag))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
