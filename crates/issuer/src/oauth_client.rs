//! A client (RFC 6749 §2): a program that proves who it is with a secret, to get tokens of its own and to ask
//! about the tokens of others. Not to be confused with the [`Client`](tegata_server::Client) of a request.

use std::{fmt, str::FromStr};

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use tegata_token::Random;
use thiserror::Error;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    scope::{BadScope, Scopes},
    user::user_id,
};

/// What marks a secret as one of ours, for whoever finds it in a file.
const SECRET_PREFIX: &str = "tcs_";
const SECRET_BYTES: usize = 32;
const HASH_BYTES: usize = 32;
/// Most characters of a name.
const MAX_NAME: usize = 64;

/// A client, as it was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthClient {
    /// The `client_id`.
    pub id: ClientId,
    /// What people call it. No two clients have the same.
    pub name: ClientName,
    /// Of the secret that only it knows.
    pub secret: SecretHash,
    /// What its tokens may permit.
    pub scopes: Scopes,
    /// When it was added.
    pub created_at: OffsetDateTime,
}

impl OAuthClient {
    /// The `sub` of its tokens: no user's id, which is a UUID alone.
    pub fn subject(&self) -> String {
        format!("{}{}", ClientId::SUBJECT_PREFIX, self.id)
    }

    /// The scopes of a new token: those that are asked for, all it may when none are.
    ///
    /// # Errors
    /// It may not have one of them.
    pub fn grant(&self, asked: Option<&str>) -> Result<Scopes, BadScope> {
        let Some(asked) = asked else {
            return Ok(self.scopes.clone());
        };
        let asked = Scopes::parse([asked])?;
        if asked.is_empty() {
            Ok(self.scopes.clone())
        } else if asked.iter().all(|scope| self.scopes.contains(scope)) {
            Ok(asked)
        } else {
            Err(BadScope::NotAllowed)
        }
    }
}

/// The id of a client: a UUIDv7, never reused, so that a token of one that was removed never becomes another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(Uuid);

impl ClientId {
    const SUBJECT_PREFIX: &str = "client:";

    /// A new one.
    pub fn new(now: OffsetDateTime, random: &dyn Random) -> Self {
        Self(user_id(now, random))
    }

    /// The client that a `sub` speaks of, if it speaks of one.
    pub(crate) fn of_subject(subject: &str) -> Option<Self> {
        subject.strip_prefix(Self::SUBJECT_PREFIX)?.parse().ok()
    }

    /// Nobody's.
    pub(crate) fn nobody() -> Self {
        Self(Uuid::nil())
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no id of a client.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this is no id of a client")]
pub struct BadClientId;

impl FromStr for ClientId {
    type Err = BadClientId;

    /// In the one spelling that we write.
    fn from_str(text: &str) -> Result<Self, BadClientId> {
        let id = text.parse::<Uuid>().map_err(|_| BadClientId)?;
        if id.to_string() == text {
            Ok(Self(id))
        } else {
            Err(BadClientId)
        }
    }
}

/// What people call a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

/// The name was refused; the text says what is allowed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("The name of a client should have 1 to 64 letters of ASCII, digits or . _ -")]
pub struct BadClientName;

impl ClientName {
    /// Judges what was typed.
    ///
    /// # Errors
    /// [`BadClientName`]
    pub fn parse(text: &str) -> Result<Self, BadClientName> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if (1..=MAX_NAME).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadClientName)
        }
    }

    /// What a store kept: it was judged when it was set.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A secret that was just made: nobody can read it again.
#[derive(Clone, Debug)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        let text = format!("{SECRET_PREFIX}{}", random.token(SECRET_BYTES));
        Self(SecretString::from(text))
    }

    /// What to keep of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// To be shown, once.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// SHA-256 of a secret. Nobody guesses 256 random bits, however fast they may try: the slow hash that a password
/// needs would protect nothing here, and every request of a client would have to wait for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash([u8; HASH_BYTES]);

impl SecretHash {
    /// No secret's.
    pub(crate) const NONE: Self = Self([0; HASH_BYTES]);

    fn of(secret: &SecretString) -> Self {
        let hash = digest(&SHA256, secret.expose_secret().as_bytes());
        let mut bytes = [0; HASH_BYTES];
        bytes.copy_from_slice(hash.as_ref());
        Self(bytes)
    }

    /// Whether it is of this secret; takes as long when it is not.
    pub fn fits(&self, secret: &SecretString) -> bool {
        verify_slices_are_equal(&self.0, &Self::of(secret).0).is_ok()
    }
}

impl fmt::Display for SecretHash {
    /// As a store keeps it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// The text is no hash of a secret.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this is no hash of a client's secret")]
pub struct BadSecretHash;

impl FromStr for SecretHash {
    type Err = BadSecretHash;

    fn from_str(text: &str) -> Result<Self, BadSecretHash> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| BadSecretHash)?;
        bytes.try_into().map(Self).map_err(|_| BadSecretHash)
    }
}

#[cfg(test)]
mod tests {
    use tegata_token::SystemRandom;

    use super::*;

    #[test]
    fn a_hash_fits_its_secret_alone_and_shows_nothing_of_it() {
        let (one, other) = (
            ClientSecret::generate(&SystemRandom),
            ClientSecret::generate(&SystemRandom),
        );
        let hash = one.hash();
        assert!(hash.fits(&one.0) && !hash.fits(&other.0));
        assert!(!SecretHash::NONE.fits(&SecretString::from("")));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(one.expose().len(), 4 + 43);
        assert!(!format!("{one:?} {hash:?}").contains(&one.expose()[4..10]));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = ClientId::new(OffsetDateTime::UNIX_EPOCH, &SystemRandom);
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        for other in [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            format!(" {text}"),
            String::new(),
        ] {
            assert_eq!(other.parse::<ClientId>(), Err(BadClientId), "{other:?}");
        }
        assert_eq!(ClientId::of_subject(&format!("client:{text}")), Some(id));
        assert_eq!(ClientId::of_subject(&text), None, "that would be a user");
    }

    #[test]
    fn names_are_plain_words() {
        for good in ["a", "reports", "Night-Job_2.eu", &"x".repeat(64)] {
            assert!(ClientName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "a b", "a:b", "日報", "a\n", "a\t", &"x".repeat(65)] {
            assert_eq!(ClientName::parse(bad), Err(BadClientName), "{bad:?}");
        }
    }
}
