//! The mistakes that make two services hold different secrets although they were given the same one: a line break
//! that an editor left, quotes that were kept, base64 that one side decodes and the other does not.

use base64::{Engine, prelude::BASE64_STANDARD};
use tegata_token::{HmacSecret, Keyring, Verifier};

use crate::settings::known_secrets::KnownSecret;

/// How the other side may have read it, and what that is in our notation; `None` where it makes no difference.
type Reading = (&'static str, fn(&str) -> Option<String>);

const READINGS: [Reading; 9] = [
    ("without the white space around it", |text| {
        (text.trim() != text).then(|| bytes(text.trim()))
    }),
    ("with a line break at its end", |text| {
        Some(bytes(&format!("{text}\n")))
    }),
    ("with a Windows line break at its end", |text| {
        Some(bytes(&format!("{text}\r\n")))
    }),
    ("with a blank at its end", |text| {
        Some(bytes(&format!("{text} ")))
    }),
    ("in double quotes", |text| {
        Some(bytes(&format!("\"{text}\"")))
    }),
    ("in single quotes", |text| Some(bytes(&format!("'{text}'")))),
    ("decoded as base64", |text| Some(format!("base64:{text}"))),
    ("decoded as hexadecimal", |text| Some(format!("hex:{text}"))),
    ("with its prefix taken as a part of it", |text| {
        let prefixed = text.starts_with("hex:") || text.starts_with("base64:");
        prefixed.then(|| bytes(text))
    }),
];

/// Says how the signer seems to have read one of these secrets, if that made the signature.
pub(super) fn of(token: &str, secrets: &[KnownSecret]) -> Option<String> {
    // Whatever the token says of its type and key: it is about the signature alone.
    let header = tegata_token::inspect(token).ok()?.header;
    let named = |name| header.get(name).and_then(|value| value.as_str());
    let typ = named("typ").unwrap_or("JWT");
    let rules = Verifier::new().with_types(&[typ], true).without_key_id();
    secrets.iter().find_map(|secret| {
        READINGS.iter().find_map(|(how, read)| {
            let other = HmacSecret::parse_insecure(&read(&secret.text)?).ok()?;
            let kid = named("kid").map_or_else(|| other.kid().to_string(), str::to_owned);
            let ring = Keyring::new(None, vec![other.verifying_key().with_kid(kid)]);
            rules.open(token, &ring).ok()?;
            Some(format!(
                "it was signed with {} {how}: write it the same way for both services",
                secret.name
            ))
        })
    })
}

/// Exactly these, in our notation.
fn bytes(text: &str) -> String {
    format!("base64:{}", BASE64_STANDARD.encode(text))
}
