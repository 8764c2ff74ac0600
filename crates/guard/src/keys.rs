//! Where the verifying keys come from. Fixed ones for now; a remote key set is another variant here
//! and nowhere else.

use std::sync::Arc;

use tegata_token::{HmacSecret, Keyring, Reason, SecretError};

/// Where the verifying keys come from.
#[derive(Clone, Debug)]
pub struct Keys {
    ring: Arc<Keyring>,
}

impl Keys {
    /// The secret that all services share, as written in `SECRET_KEY`.
    ///
    /// # Errors
    /// The secret is too short or too well known to be one; the error says what to do.
    pub fn shared_secret(secret: &str) -> Result<Self, SecretError> {
        let secret = HmacSecret::parse(secret)?;
        Ok(Self::ring(Keyring::shared_secret(secret, Vec::new())))
    }

    /// A ring of keys: one that signs now, and those that signed before.
    pub fn ring(ring: Keyring) -> Self {
        Self {
            ring: Arc::new(ring),
        }
    }

    /// The keys of this moment.
    ///
    /// # Errors
    /// [`Reason::KeysUnavailable`] when they have to be fetched and cannot be.
    pub(crate) async fn current(&self) -> Result<Arc<Keyring>, Reason> {
        Ok(Arc::clone(&self.ring))
    }
}
