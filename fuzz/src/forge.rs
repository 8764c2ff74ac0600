//! Tokens that no signer would make, under a signature that is right all the same.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use tegata_token::{Algorithm, HmacSecret, KeyPair, Keyring, Verifier};
use time::OffsetDateTime;

use crate::input::{halves, kind, text};

const SECRET: &str = "the secret that the services of these targets share";
pub(crate) const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";

/// Keys and rules, made once.
pub(crate) struct Ground {
    pub(crate) keys: Keyring,
    pub(crate) verifier: Verifier,
    mac: hmac::Key,
    /// The public key of the pair in the ring, as a thief of algorithms would use it: as a secret.
    confused: hmac::Key,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    pair_kid: String,
}

pub(crate) static GROUND: LazyLock<Ground> = LazyLock::new(|| {
    let secret = HmacSecret::parse(SECRET).unwrap();
    let pair = KeyPair::generate(Algorithm::ES256).unwrap();
    let public = pair.verifying_key();
    let published = serde_json::to_string(&public.jwk().unwrap()).unwrap();
    let pair_kid = public.kid().to_string();
    let object = |value: Value| value.as_object().unwrap().clone();
    Ground {
        header: object(json!({"alg": "HS256", "typ": "at+jwt", "kid": secret.kid().as_str()})),
        claims: object(json!({
            "iss": ISSUER, "sub": "user-1", "aud": AUDIENCE,
            "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 840,
            "jti": "t-1", "sid": "s-1", "scope": "read write", "roles": ["admin"],
        })),
        mac: hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()),
        confused: hmac::Key::new(hmac::HMAC_SHA256, published.as_bytes()),
        keys: Keyring::new(None, vec![secret.verifying_key(), public]),
        verifier: Verifier::new().with_issuer(ISSUER).with_audience(AUDIENCE),
        pair_kid,
    }
});

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

/// Bytes as a token, in one of six ways.
pub(crate) fn token(data: &[u8]) -> String {
    let ground = &*GROUND;
    let (kind, rest) = kind(data, 6);
    let (one, other) = halves(rest);
    match kind {
        // As it is.
        0 => text(rest).into_owned(),
        // Any header and any payload.
        1 => seal(one, other, &ground.mac),
        // A good token, but for one member of its header; or of its payload.
        2 => seal(
            &replaced(&ground.header, one, other),
            &bytes(&ground.claims),
            &ground.mac,
        ),
        3 => seal(
            &bytes(&ground.header),
            &replaced(&ground.claims, one, other),
            &ground.mac,
        ),
        // A good token with some of its bytes changed.
        4 => {
            let mut token =
                seal(&bytes(&ground.header), &bytes(&ground.claims), &ground.mac).into_bytes();
            for change in rest.chunks_exact(3).take(8) {
                let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % token.len();
                token[at] = change[2];
            }
            text(&token).into_owned()
        }
        // Signed with a public key for a secret.
        _ => {
            let mut header = ground.header.clone();
            header.insert("kid".to_owned(), ground.pair_kid.as_str().into());
            seal(
                &replaced(&header, one, other),
                &bytes(&ground.claims),
                &ground.confused,
            )
        }
    }
}

/// Whether the secret signed it, judged without the product.
pub(crate) fn is_ours(token: &str) -> bool {
    let Some((message, tag)) = token.rsplit_once('.') else {
        return false;
    };
    let tag = BASE64_URL_SAFE_NO_PAD.decode(tag);
    tag.is_ok_and(|tag| hmac::verify(&GROUND.mac, message.as_bytes(), &tag).is_ok())
}

/// A part of a token, read by serde alone.
pub(crate) fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    let part = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&part).unwrap()
}

fn seal(header: &[u8], payload: &[u8], key: &hmac::Key) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", encode(header), encode(payload));
    let tag = hmac::sign(key, message.as_bytes());
    format!("{message}.{}", encode(tag.as_ref()))
}

fn bytes(members: &Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec(members).unwrap()
}

/// The object with one member written anew, with whatever text stands for its value.
pub(crate) fn replaced(members: &Map<String, Value>, name: &[u8], value: &[u8]) -> Vec<u8> {
    let name = text(name);
    let mut members = members.clone();
    members.remove(name.as_ref());
    let mut object = bytes(&members);
    object.pop();
    if !members.is_empty() {
        object.push(b',');
    }
    object.extend_from_slice(&serde_json::to_vec(name.as_ref()).unwrap());
    object.push(b':');
    object.extend_from_slice(value);
    object.push(b'}');
    object
}
