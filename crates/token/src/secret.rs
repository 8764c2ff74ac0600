//! The secret that services share, as it is written in a setting, and whether it is one.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_URL_SAFE_NO_PAD,
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretSlice};
use thiserror::Error;

use crate::{
    Algorithm, KeyId, KeyRefused, Random, SealingKey, SigningKey, VerifyingKey,
    published::PUBLISHED,
};

/// RFC 7518 §3.2: a key of the size of the hash output or larger.
pub const MIN_SECRET_BYTES: usize = 32;
/// A random secret of 32 bytes has about 30 different ones; written in hexadecimal, up to 16.
const MIN_DIFFERENT_BYTES: usize = 8;
const FINGERPRINT_LABEL: &[u8] = b"tegata kid";
const FINGERPRINT_BYTES: usize = 8;

/// A secret for HMAC. Never shown, and wiped from memory when it goes.
#[derive(Clone)]
pub struct HmacSecret {
    bytes: SecretSlice<u8>,
}

/// Why a secret was refused. Says what to do, never what was written.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SecretError {
    /// There is nothing.
    #[error("the secret is empty: run `tegata secret` to make one")]
    Empty,
    /// Fewer than [`MIN_SECRET_BYTES`].
    #[error(
        "the secret has {0} bytes and needs {MIN_SECRET_BYTES}: run `tegata secret` to make one"
    )]
    TooShort(usize),
    /// Long, but made of a few characters or of one piece repeated.
    #[error("the secret is too simple to be one: run `tegata secret` to make one")]
    TooSimple,
    /// Printed in a tutorial or a starter file.
    #[error("the secret is published in a tutorial: run `tegata secret` to make one")]
    Published,
    /// A copied line break, blank or byte order mark, which another service may strip and this one not.
    #[error("the secret begins or ends with white space: remove it, here and in every service")]
    WhiteSpace,
    /// `hex:` or `base64:` and then something else.
    #[error(
        "the secret is not what its prefix hex: or base64: says: correct it or drop the prefix"
    )]
    BadEncoding,
}

impl HmacSecret {
    /// Reads a secret as written: its UTF-8 bytes, unless it is prefixed `hex:` or `base64:` (either
    /// alphabet of RFC 4648, with padding or without).
    ///
    /// # Errors
    /// [`SecretError`]: it cannot be read, or is not strong enough to sign with.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let secret = Self::parse_insecure(text)?;
        let bytes = secret.bytes.expose_secret();
        if bytes.len() < MIN_SECRET_BYTES {
            return Err(SecretError::TooShort(bytes.len()));
        }
        if is_published(text, bytes) {
            return Err(SecretError::Published);
        }
        if different_bytes(bytes) < MIN_DIFFERENT_BYTES || repeats(bytes) {
            return Err(SecretError::TooSimple);
        }
        Ok(secret)
    }

    /// The same, however weak it is. For development only: whoever guesses it is everybody.
    ///
    /// # Errors
    /// [`SecretError`]: it is empty, or cannot be read as it should be.
    pub fn parse_insecure(text: &str) -> Result<Self, SecretError> {
        let trimmed = text.trim_matches(is_invisible);
        if trimmed.is_empty() {
            return Err(SecretError::Empty);
        }
        if trimmed != text {
            return Err(SecretError::WhiteSpace);
        }
        let bytes = match encoding(text) {
            Encoding::Hex(hex) => from_hex(hex).ok_or(SecretError::BadEncoding)?,
            Encoding::Base64(base64) => from_base64(base64).ok_or(SecretError::BadEncoding)?,
            Encoding::Plain => text.as_bytes().to_vec(),
        };
        if bytes.is_empty() {
            return Err(SecretError::Empty);
        }
        Ok(Self {
            bytes: bytes.into(),
        })
    }

    /// A new secret, as it is written in a setting: 32 random bytes in base64url.
    pub fn generate(random: &dyn Random) -> String {
        random.token(MIN_SECRET_BYTES)
    }

    /// Its fingerprint: the first 8 bytes of HMAC-SHA256(secret, "tegata kid") in base64url. Tells two
    /// secrets apart; to guess a secret from it is as hard as from any token.
    pub fn kid(&self) -> KeyId {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.bytes.expose_secret());
        let tag = hmac::sign(&key, FINGERPRINT_LABEL);
        KeyId(BASE64_URL_SAFE_NO_PAD.encode(&tag.as_ref()[..FINGERPRINT_BYTES]))
    }

    /// As a key that encrypts what a store keeps; one for each label. None only if the provider fails.
    pub fn sealing_key(&self, label: &[u8]) -> Option<SealingKey> {
        SealingKey::derive(self.bytes.expose_secret(), label)
    }

    /// As a key that signs.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey {
            kid: self.kid(),
            algorithm: Algorithm::HS256,
            key: EncodingKey::from_secret(self.bytes.expose_secret()),
        }
    }

    /// As a key that verifies HS256.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.bound_to(Algorithm::HS256)
    }

    /// As a key that verifies HS384 or HS512 of another issuer; such a secret has 48 or 64 bytes at least
    /// (RFC 7518 §3.2).
    ///
    /// # Errors
    /// [`KeyRefused::SecretTooShort`]; [`KeyRefused::UnknownAlgorithm`] of an algorithm for key pairs.
    pub fn verifying_key_for(&self, algorithm: Algorithm) -> Result<VerifyingKey, KeyRefused> {
        let needed = match algorithm {
            // Whether it is strong enough was asked when it was parsed.
            Algorithm::HS256 => 0,
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            _ => return Err(KeyRefused::UnknownAlgorithm),
        };
        let bytes = self.bytes.expose_secret().len();
        if bytes < needed {
            return Err(KeyRefused::SecretTooShort { bytes, needed });
        }
        Ok(self.bound_to(algorithm))
    }

    fn bound_to(&self, algorithm: Algorithm) -> VerifyingKey {
        VerifyingKey {
            kid: self.kid(),
            algorithm,
            key: DecodingKey::from_secret(self.bytes.expose_secret()),
            public: None,
        }
    }
}

impl PartialEq for HmacSecret {
    fn eq(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.bytes.expose_secret(), other.bytes.expose_secret());
        constant_time::verify_slices_are_equal(mine, theirs).is_ok()
    }
}

impl Eq for HmacSecret {}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSecret(…)")
    }
}

enum Encoding<'a> {
    Hex(&'a str),
    Base64(&'a str),
    Plain,
}

fn encoding(text: &str) -> Encoding<'_> {
    if let Some(hex) = text.strip_prefix("hex:") {
        Encoding::Hex(hex)
    } else if let Some(base64) = text.strip_prefix("base64:") {
        Encoding::Base64(base64)
    } else {
        Encoding::Plain
    }
}

/// A byte order mark counts as white space: editors leave it in files, and nobody sees it.
fn is_invisible(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{feff}'
}

/// Whether it is a published one, as it is, behind a prefix, or written in another encoding.
fn is_published(text: &str, bytes: &[u8]) -> bool {
    let written = match encoding(text) {
        Encoding::Hex(rest) | Encoding::Base64(rest) => rest,
        Encoding::Plain => text,
    };
    let known = |one: &&str| one.eq_ignore_ascii_case(written) || one.as_bytes() == bytes;
    PUBLISHED.iter().any(known)
}

fn different_bytes(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in bytes {
        seen[usize::from(byte)] = true;
    }
    seen.into_iter().filter(|&seen| seen).count()
}

/// Whether it is one piece, at most half as long, over and over.
fn repeats(bytes: &[u8]) -> bool {
    (1..=bytes.len() / 2).any(|piece| bytes[piece..] == bytes[..bytes.len() - piece])
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        let digit = char::from(byte).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs
        .iter()
        .map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?));
    if rest.is_empty() {
        bytes.collect()
    } else {
        None
    }
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let padding = DecodePaddingMode::Indifferent;
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(padding);
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}
