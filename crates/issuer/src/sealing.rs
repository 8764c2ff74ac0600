//! Seals the keys that the store keeps for all issuers of a deployment: a dump of it opens nothing, and whoever
//! writes there puts no key in.

use std::fmt;

use tegata_guard::Secrets;
use tegata_token::{HmacSecret, Random, SealingKey};
use thiserror::Error;

use crate::store::{SealedKey, Store, Unavailable};

const LABEL: &[u8] = b"tegata key in the store";

/// What the store keeps sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The key that refresh tokens are derived from.
    RefreshKey,
    /// The key pairs that sign tokens, with their moments.
    SigningKeys,
}

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
        "{what} sealed with another SECRET_KEY ({sealed_by}; this one is {current}): list that one in PREVIOUS_SECRET_KEYS, or {remedy}", remedy = .what.remedy()
    )]
    OtherSecret {
        /// Of what.
        what: Kept,
        /// Its `kid`.
        sealed_by: String,
        /// Ours.
        current: String,
    },
    /// Somebody else wrote there.
    #[error("{what} altered in the store: restore it from a backup, or {remedy}", what = .0, remedy = .0.remedy())]
    Altered(Kept),
    /// The cryptographic provider failed.
    #[error("a key could not be made or sealed: this machine's cryptography fails")]
    NotSealed,
}

impl Kept {
    /// What a store keeps it under.
    pub fn name(self) -> &'static str {
        match self {
            Self::RefreshKey => "refresh",
            Self::SigningKeys => "signing",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::RefreshKey => {
                "run `tegata session end --everybody --new-key`, after which everybody has to sign in again"
            }
            Self::SigningKeys => {
                "run `tegata key rotate --discard`, after which access tokens of before are refused and refreshed"
            }
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (keys, were) = match self {
            Self::RefreshKey => ("the key of refresh tokens", "was"),
            Self::SigningKeys => ("the keys that sign tokens", "were"),
        };
        let name = self.name();
        write!(
            f,
            "{keys} (sealed_key {name}, of MongoDB keys/{name}) {were}"
        )
    }
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

    /// The same with the secrets of a moment.
    ///
    /// # Errors
    /// [`KeyError::NotSealed`]
    pub fn of(secrets: &Secrets) -> Result<Self, KeyError> {
        Self::with(secrets.current(), secrets.previous()).ok_or(KeyError::NotSealed)
    }

    /// Seals it with the secret of today.
    ///
    /// # Errors
    /// [`KeyError::NotSealed`]
    pub fn seal(
        &self,
        what: Kept,
        key: Vec<u8>,
        random: &dyn Random,
    ) -> Result<SealedKey, KeyError> {
        let current = self.current()?;
        let sealed = current.key.seal(what.name().as_bytes(), key, random);
        Ok(SealedKey {
            sealed_by: current.kid.clone(),
            sealed: sealed.ok_or(KeyError::NotSealed)?,
        })
    }

    /// Opens it with whichever secret sealed it.
    ///
    /// # Errors
    /// [`KeyError::OtherSecret`], [`KeyError::Altered`]
    pub fn open(&self, what: Kept, kept: &SealedKey) -> Result<Vec<u8>, KeyError> {
        let opens = self.keys.iter().find(|named| named.kid == kept.sealed_by);
        let Some(named) = opens else {
            return Err(KeyError::OtherSecret {
                what,
                sealed_by: kept.sealed_by.clone(),
                current: self.current()?.kid.clone(),
            });
        };
        let opened = named.key.open(what.name().as_bytes(), &kept.sealed);
        opened.ok_or(KeyError::Altered(what))
    }

    /// What the store has of this, opened. One that an older secret sealed is sealed anew: then the older secret
    /// may go.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn find(
        &self,
        what: Kept,
        store: &dyn Store,
        random: &dyn Random,
    ) -> Result<Option<(SealedKey, Vec<u8>)>, KeyError> {
        let Some(kept) = store.sealed_key(what.name()).await? else {
            return Ok(None);
        };
        let bytes = self.open(what, &kept)?;
        if self.is_current(&kept) {
            return Ok(Some((kept, bytes)));
        }
        let new = self.seal(what, bytes.clone(), random)?;
        // False: another issuer was quicker; what it wrote is found the next time.
        if !store.replace_sealed_key(what.name(), &kept, &new).await? {
            return Ok(Some((kept, bytes)));
        }
        tracing::info!("{what} sealed with the new SECRET_KEY");
        Ok(Some((new, bytes)))
    }

    /// Whether the secret of today sealed it.
    pub(crate) fn is_current(&self, kept: &SealedKey) -> bool {
        self.keys
            .first()
            .is_some_and(|current| current.kid == kept.sealed_by)
    }

    fn current(&self) -> Result<&Named, KeyError> {
        self.keys.first().ok_or(KeyError::NotSealed)
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kid)
    }
}
