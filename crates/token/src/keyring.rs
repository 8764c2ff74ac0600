//! The keys of a moment: one signs, several verify, so that a rotation throws nobody out.

use crate::{Algorithm, HmacSecret, KeyId, Reason, SigningKey, VerifyingKey};

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

    /// The key that signs, if these keys are ours to sign with.
    pub fn signing(&self) -> Option<&SigningKey> {
        self.signing.as_ref()
    }

    /// The names of the keys that verify, today's first.
    pub fn kids(&self) -> impl Iterator<Item = &KeyId> {
        self.verifying.iter().map(VerifyingKey::kid)
    }

    /// The key of this name.
    ///
    /// # Errors
    /// [`Reason::KeyMismatch`] where all keys are shared secrets: then two services do not hold the same
    /// one. [`Reason::KeyUnknown`] otherwise: then it is not in the key set.
    pub fn find(&self, kid: &str) -> Result<&VerifyingKey, Reason> {
        let found = self.verifying.iter().find(|key| key.kid.as_str() == kid);
        found.ok_or_else(|| {
            if self.verifying.iter().all(VerifyingKey::is_shared_secret) {
                Reason::KeyMismatch
            } else {
                Reason::KeyUnknown
            }
        })
    }

    /// Whether any key here is for this algorithm.
    pub(crate) fn allows(&self, algorithm: Algorithm) -> bool {
        self.verifying.iter().any(|key| key.algorithm == algorithm)
    }
}
