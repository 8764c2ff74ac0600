//! Keys that issuers share through their store, sealed with a secret that the store never sees.

use std::fmt::Debug;

use async_trait::async_trait;

use super::Unavailable;

/// A key as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// The `kid` of the secret that opens it.
    pub sealed_by: String,
    /// See [`SealingKey`](tegata_token::SealingKey).
    pub sealed: Vec<u8>,
}

/// Sealed keys, by name.
#[async_trait]
pub trait SealedKeys: Debug + Send + Sync {
    /// The key of this name.
    async fn sealed_key(&self, name: &str) -> Result<Option<SealedKey>, Unavailable>;

    /// Keeps a key, unless there is one of this name. Gives the one that is there now.
    async fn keep_sealed_key(&self, name: &str, key: &SealedKey) -> Result<SealedKey, Unavailable>;

    /// Keeps a key in the place of another. False when that is not there.
    async fn replace_sealed_key(
        &self,
        name: &str,
        old: &SealedKey,
        new: &SealedKey,
    ) -> Result<bool, Unavailable>;
}
