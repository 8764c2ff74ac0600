//! The keys that the store keeps for all issuers of a deployment, and the secrets that open them.

use std::fmt;

use tegata_token::{HmacSecret, Random, SealingKey};
use thiserror::Error;
use tokio::sync::OnceCell;

use crate::{
    refresh_token::RefreshKey,
    store::{SealedKey, Store, Unavailable},
};

const LABEL: &[u8] = b"tegata key in the store";
const REFRESH: &str = "refresh";

/// What seals keys, and what sealed them before.
#[derive(Debug)]
pub struct Sealing {
    keys: Vec<Named>,
}

struct Named {
    kid: String,
    key: SealingKey,
}

/// Why a kept key cannot be used. The text says what to do.
#[derive(Debug, Error)]
pub enum KeyError {
    /// See [`Unavailable`].
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// By a secret that is not here.
    #[error(
        "the key of refresh tokens was sealed with another SECRET_KEY ({sealed_by}; this one is {current}): list that one in PREVIOUS_SECRET_KEYS, or run `tegata session end --everybody --new-key`, after which everybody has to sign in again"
    )]
    OtherSecret {
        /// Its `kid`.
        sealed_by: String,
        /// Ours.
        current: String,
    },
    /// Somebody else wrote there.
    #[error(
        "the key of refresh tokens was altered in the store: restore it from a backup, or run `tegata session end --everybody --new-key`, after which everybody has to sign in again"
    )]
    Altered,
    /// The cryptographic provider failed.
    #[error("a key could not be sealed")]
    NotSealed,
}

impl Sealing {
    /// Seals with `current`, and opens what one of `previous` sealed. None only if the provider fails.
    pub fn with(current: &HmacSecret, previous: &[HmacSecret]) -> Option<Self> {
        let keys = std::iter::once(current).chain(previous).map(|secret| {
            Some(Named {
                kid: secret.kid().to_string(),
                key: secret.sealing_key(LABEL)?,
            })
        });
        Some(Self {
            keys: keys.collect::<Option<_>>()?,
        })
    }

    fn current(&self) -> Result<&Named, KeyError> {
        self.keys.first().ok_or(KeyError::NotSealed)
    }

    fn seal(&self, name: &str, key: Vec<u8>, random: &dyn Random) -> Result<SealedKey, KeyError> {
        let current = self.current()?;
        let sealed = current.key.seal(name.as_bytes(), key, random);
        Ok(SealedKey {
            sealed_by: current.kid.clone(),
            sealed: sealed.ok_or(KeyError::NotSealed)?,
        })
    }

    fn open(&self, name: &str, kept: &SealedKey) -> Result<Vec<u8>, KeyError> {
        let opens = self.keys.iter().find(|named| named.kid == kept.sealed_by);
        let Some(named) = opens else {
            return Err(KeyError::OtherSecret {
                sealed_by: kept.sealed_by.clone(),
                current: self.current()?.kid.clone(),
            });
        };
        let opened = named.key.open(name.as_bytes(), &kept.sealed);
        opened.ok_or(KeyError::Altered)
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kid)
    }
}

/// The kept keys, opened when they are first needed.
#[derive(Debug, Default)]
pub struct KeptKeys {
    refresh: OnceCell<RefreshKey>,
}

impl KeptKeys {
    /// The key of refresh tokens: made by the first issuer that asks for it, and sealed anew by the first that
    /// has a newer secret.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn refresh(
        &self,
        store: &dyn Store,
        sealing: &Sealing,
        random: &dyn Random,
    ) -> Result<&RefreshKey, KeyError> {
        let opened = self.refresh.get_or_try_init(async || {
            let kept = match store.sealed_key(REFRESH).await? {
                Some(kept) => kept,
                None => {
                    let new = sealing.seal(REFRESH, RefreshKey::generate(random), random)?;
                    store.keep_sealed_key(REFRESH, &new).await?
                }
            };
            let bytes = sealing.open(REFRESH, &kept)?;
            if kept.sealed_by != sealing.current()?.kid {
                let new = sealing.seal(REFRESH, bytes.clone(), random)?;
                // False: another issuer was quicker.
                store.replace_sealed_key(REFRESH, &kept, &new).await?;
                tracing::info!("the key of refresh tokens was sealed with the new SECRET_KEY");
            }
            Ok(RefreshKey::from_bytes(&bytes))
        });
        opened.await
    }

    /// The `kid` of the secret that sealed the key of refresh tokens, if there is one.
    ///
    /// # Errors
    /// See [`Unavailable`].
    pub async fn refresh_sealed_by(store: &dyn Store) -> Result<Option<String>, Unavailable> {
        let kept = store.sealed_key(REFRESH).await?;
        Ok(kept.map(|kept| kept.sealed_by))
    }

    /// Puts a new key in the place of whatever is there: no refresh token of before is good any more.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn renew_refresh(
        store: &dyn Store,
        sealing: &Sealing,
        random: &dyn Random,
    ) -> Result<(), KeyError> {
        let new = sealing.seal(REFRESH, RefreshKey::generate(random), random)?;
        let kept = store.keep_sealed_key(REFRESH, &new).await?;
        if kept != new && !store.replace_sealed_key(REFRESH, &kept, &new).await? {
            return Err(KeyError::Altered);
        }
        Ok(())
    }
}
