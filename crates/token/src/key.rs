//! Keys with names. Each is bound to its algorithm: which one checks a token is never the token's
//! choice (RFC 8725 §3.1).

use std::fmt;

use jsonwebtoken::{DecodingKey, EncodingKey};

/// A signature algorithm (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256, under a secret that all services share.
    HS256,
}

impl Algorithm {
    /// Its name in a token's header.
    pub fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
        }
    }

    /// The algorithm of this name, spelt exactly so: names are case-sensitive (RFC 7515 §4.1.1).
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "HS256" => Some(Self::HS256),
            _ => None,
        }
    }

    pub(crate) fn of_jsonwebtoken(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::HS256 => jsonwebtoken::Algorithm::HS256,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a key: its fingerprint. Says which key, and nothing of use about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(pub(crate) String);

impl KeyId {
    /// As in a token's header (RFC 7515 §4.1.4).
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key that signs.
#[derive(Clone)]
pub struct SigningKey {
    pub(crate) kid: KeyId,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: EncodingKey,
}

/// A key that verifies.
#[derive(Clone)]
pub struct VerifyingKey {
    pub(crate) kid: KeyId,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

impl SigningKey {
    /// Its name.
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl VerifyingKey {
    /// Its name.
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// What it verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether the verifying services hold a secret rather than a public key.
    pub(crate) fn is_shared_secret(&self) -> bool {
        match self.algorithm {
            Algorithm::HS256 => true,
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "SigningKey", &self.kid, self.algorithm)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "VerifyingKey", &self.kid, self.algorithm)
    }
}

/// The name and the algorithm, never the key.
fn debug(f: &mut fmt::Formatter<'_>, name: &str, kid: &KeyId, algorithm: Algorithm) -> fmt::Result {
    f.debug_struct(name)
        .field("kid", &kid.0)
        .field("algorithm", &algorithm)
        .finish_non_exhaustive()
}
