//! The key that refresh tokens are derived from: made once for a deployment, and kept sealed in its store.

use tegata_token::Random;
use tokio::sync::OnceCell;

use crate::{
    refresh_token::RefreshKey,
    sealing::{Kept, KeyError, Sealing},
    store::{Store, Unavailable},
};

const REFRESH: Kept = Kept::RefreshKey;

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
            let bytes = match sealing.find(REFRESH, store, random).await? {
                Some((_, bytes)) => bytes,
                None => {
                    let new = sealing.seal(REFRESH, RefreshKey::generate(random), random)?;
                    let kept = store.keep_sealed_key(REFRESH.name(), &new).await?;
                    sealing.open(REFRESH, &kept)?
                }
            };
            Ok(RefreshKey::from_bytes(&bytes))
        });
        opened.await
    }

    /// The same, when it was opened already.
    pub fn opened(&self) -> Option<&RefreshKey> {
        self.refresh.get()
    }

    /// The `kid` of the secret that sealed the key of refresh tokens, if there is one.
    ///
    /// # Errors
    /// See [`Unavailable`].
    pub async fn refresh_sealed_by(store: &dyn Store) -> Result<Option<String>, Unavailable> {
        let kept = store.sealed_key(REFRESH.name()).await?;
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
        let kept = store.keep_sealed_key(REFRESH.name(), &new).await?;
        if kept != new
            && !store
                .replace_sealed_key(REFRESH.name(), &kept, &new)
                .await?
        {
            return Err(KeyError::Altered(REFRESH));
        }
        Ok(())
    }
}
