//! Keys with names. Each is bound to its algorithm: which one checks a token is never the token's
//! choice (RFC 8725 §3.1).

use std::{fmt, sync::Arc};

use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::{Algorithm, SignError, jwk::PublicJwk, public_key::PublicKey};

/// The name of a key: its fingerprint, unless somebody else named it. Says which key, and nothing of use
/// about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// Of a key pair; a shared secret has none.
    pub(crate) public: Option<Arc<PublicKey>>,
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

    /// The signature of any text, in base64url. Tokens come from a [`Signer`](crate::Signer); this is for whoever
    /// tests what a verifier makes of other ones.
    ///
    /// # Errors
    /// [`SignError::Key`]
    pub fn sign(&self, message: &str) -> Result<String, SignError> {
        let algorithm = self.algorithm.of_jsonwebtoken();
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, algorithm);
        Ok(signature?)
    }

    /// The same key under another name, for issuers that name their keys otherwise.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        Self {
            kid: KeyId(kid.into()),
            ..self
        }
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

    /// The same key under another name, for issuers that name their keys otherwise.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        Self {
            kid: KeyId(kid.into()),
            ..self
        }
    }

    /// As it is published (RFC 7517); `None` of a shared secret.
    pub fn jwk(&self) -> Option<PublicJwk> {
        let public = self.public.as_ref()?;
        Some(PublicJwk::new(&self.kid, self.algorithm, public))
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
