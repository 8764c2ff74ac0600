//! The keys of a moment: one signs, several verify, so that a rotation throws nobody out.

use crate::{Algorithm, HmacSecret, KeyId, Reason, SigningKey, VerifyingKey, jwk::PublicJwk};

/// The keys that hold now: at most one signs, all of them verify.
#[derive(Clone, Debug)]
pub struct Keyring {
    signing: Option<SigningKey>,
    verifying: Vec<VerifyingKey>,
}

impl Keyring {
    /// The secret of today, which signs, and those before it, whose tokens are still good. One that is
    /// listed twice counts once.
    pub fn shared_secret(current: HmacSecret, previous: Vec<HmacSecret>) -> Self {
        let signing = current.signing_key();
        let mut verifying: Vec<VerifyingKey> = Vec::with_capacity(1 + previous.len());
        for secret in std::iter::once(current).chain(previous) {
            let key = secret.verifying_key();
            if !verifying.iter().any(|known| known.kid == key.kid) {
                verifying.push(key);
            }
        }
        Self {
            signing: Some(signing),
            verifying,
        }
    }

    /// The key that signs, if there is one, and the keys that verify; those of a pair are one of each.
    pub fn new(signing: Option<SigningKey>, verifying: Vec<VerifyingKey>) -> Self {
        Self { signing, verifying }
    }

    /// The key that signs, if these keys are ours to sign with.
    pub fn signing(&self) -> Option<&SigningKey> {
        self.signing.as_ref()
    }

    /// The keys that verify, today's first.
    pub fn verifying(&self) -> &[VerifyingKey] {
        &self.verifying
    }

    /// The names of the keys that verify, today's first.
    pub fn kids(&self) -> impl Iterator<Item = &KeyId> {
        self.verifying.iter().map(VerifyingKey::kid)
    }

    /// Whether a key of this name verifies here.
    pub fn contains(&self, kid: &str) -> bool {
        self.kids().any(|known| known.as_str() == kid)
    }

    /// What is published: the public keys, and never a secret (RFC 7517 §5).
    pub fn jwks(&self) -> Vec<PublicJwk> {
        self.verifying
            .iter()
            .filter_map(VerifyingKey::jwk)
            .collect()
    }

    /// The keys that a token of this name may have been signed with: two keys can bear one name, and then each
    /// is tried (RFC 7517 §4.5). Without a name it is every key.
    ///
    /// # Errors
    /// None bears it. [`Reason::KeyMismatch`] where all keys are shared secrets: then two services do not hold
    /// the same one. [`Reason::KeyUnknown`] otherwise: then it is not in the key set.
    pub(crate) fn candidates(
        &self,
        kid: Option<&str>,
    ) -> Result<impl Iterator<Item = &VerifyingKey>, Reason> {
        let bears = move |key: &&VerifyingKey| kid.is_none_or(|kid| key.kid.as_str() == kid);
        if self.verifying.iter().any(|key| bears(&key)) {
            return Ok(self.verifying.iter().filter(bears));
        }
        let secrets = |key: &VerifyingKey| key.algorithm.is_shared_secret();
        Err(
            if !self.verifying.is_empty() && self.verifying.iter().all(secrets) {
                Reason::KeyMismatch
            } else {
                Reason::KeyUnknown
            },
        )
    }

    /// Whether any key here is for this algorithm. Where there is no key at all it is the key that is missing.
    pub(crate) fn allows(&self, algorithm: Algorithm) -> bool {
        let keys = &self.verifying;
        keys.is_empty() || keys.iter().any(|key| key.algorithm == algorithm)
    }
}
