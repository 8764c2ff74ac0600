//! What signs tokens: the shared secret, key pairs that the store keeps, or one from a file.
//!
//! [`ring`] is the life of key pairs, pure; [`kept_ring`] the ring in the store; `TokenKeys` what a running
//! issuer signs and verifies with, which follows both the store and the files of secrets; `upkeep` makes, advances and
//! retires what is due.

pub mod kept_ring;
pub mod ring;
mod ring_record;
mod token_keys;
mod upkeep;

use std::sync::Arc;

use tegata_guard::SharedSecrets;
use tegata_token::{Algorithm, HmacSecret, KeyPair, VerifyingKey};
use time::Duration;

pub(crate) use token_keys::TokenKeys;

/// How long a key is published before it signs, unless somebody asks otherwise: twice what answers with keys may
/// be cached, and as long as the clients keep them that keep them longest.
pub const ANNOUNCEMENT: Duration = Duration::minutes(10);

/// What signs, and what verifies beside it.
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// The current one seals what the store keeps, and signs when nothing else does; tokens of the previous ones
    /// are good.
    pub secrets: SharedSecrets,
    /// What signs.
    pub signing: Signing,
    /// Public keys whose tokens are good as well.
    pub verifying: Vec<VerifyingKey>,
}

/// What signs.
#[derive(Clone, Debug)]
pub enum Signing {
    /// The shared secret, with HS256.
    SharedSecret,
    /// Key pairs that the issuer makes and the store keeps.
    Kept {
        /// Of new ones.
        algorithm: Algorithm,
        /// At what age a key is followed by another; never, when none.
        rotation: Option<Duration>,
    },
    /// This pair, whatever the store keeps.
    Given(Arc<KeyPair>),
}

impl KeySettings {
    /// The shared secret signs; it and these others verify.
    pub fn shared_secret(current: HmacSecret, previous: Vec<HmacSecret>) -> Self {
        Self {
            secrets: SharedSecrets::fixed(current, previous),
            signing: Signing::SharedSecret,
            verifying: Vec::new(),
        }
    }
}

impl Signing {
    /// The algorithm of new keys.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::SharedSecret => Algorithm::HS256,
            Self::Kept { algorithm, .. } => *algorithm,
            Self::Given(pair) => pair.algorithm(),
        }
    }
}
