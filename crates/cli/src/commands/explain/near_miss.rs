//! The mistakes that make two services hold different secrets although they were given the same one: a line break
//! that an editor left, quotes that were kept, base64 that one side decodes and the other does not.

use base64::{Engine, prelude::BASE64_STANDARD};
use tegata_token::{HmacSecret, Keyring, Verifier};

use crate::settings::known_secrets::KnownSecret;

type Change = (&'static str, fn(&str) -> Option<Vec<u8>>);

const CHANGES: [Change; 10] = [
    ("without the white space around it", |text| {
        (text.trim() != text).then(|| text.trim().into())
    }),
    ("with a line break at its end", |text| {
        Some(format!("{text}\n").into())
    }),
    ("with a Windows line break at its end", |text| {
        Some(format!("{text}\r\n").into())
    }),
    ("with a blank at its end", |text| {
        Some(format!("{text} ").into())
    }),
    ("in double quotes", |text| {
        Some(format!("\"{text}\"").into())
    }),
    ("in single quotes", |text| Some(format!("'{text}'").into())),
    ("decoded as base64", |text| as_bytes("base64:", text)),
    ("decoded as hexadecimal", |text| as_bytes("hex:", text)),
    ("with its prefix base64: taken as a part of it", |text| {
        text.starts_with("base64:").then(|| text.into())
    }),
    ("with its prefix hex: taken as a part of it", |text| {
        text.starts_with("hex:").then(|| text.into())
    }),
];

/// Says how the signer seems to have read one of these secrets, if that made the signature.
pub(super) fn of(token: &str, secrets: &[KnownSecret]) -> Option<String> {
    // Whatever the token says of its key and type: it is about the signature alone.
    let header = tegata_token::inspect(token).ok()?.header;
    let typ = header
        .get("typ")
        .and_then(|typ| typ.as_str())
        .unwrap_or("JWT");
    let rules = Verifier::new().with_types(&[typ], true).without_key_id();
    secrets.iter().find_map(|secret| {
        CHANGES.iter().find_map(|(how, change)| {
            let bytes = change(&secret.text)?;
            let changed = format!("base64:{}", BASE64_STANDARD.encode(bytes));
            let changed = HmacSecret::parse_insecure(&changed).ok()?;
            let kid = changed.kid().to_string();
            let key = changed.verifying_key();
            // Under the name that the token gives it, if it gives one.
            let named = header
                .get("kid")
                .and_then(|kid| kid.as_str())
                .unwrap_or(&kid)
                .to_owned();
            let ring = Keyring::new(None, vec![key.with_kid(named)]);
            rules.open(token, &ring).ok()?;
            Some(format!(
                "it was signed with {} {how}: write it the same way for both services",
                secret.name
            ))
        })
    })
}

fn as_bytes(prefix: &str, text: &str) -> Option<Vec<u8>> {
    use base64::{
        alphabet::{STANDARD, URL_SAFE},
        engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    };
    if prefix == "hex:" {
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|letter| {
                letter
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            })
            .collect();
        let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
        return rest
            .is_empty()
            .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect());
    }
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}
