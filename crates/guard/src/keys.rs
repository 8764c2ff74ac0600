//! Where the verifying keys come from: fixed ones, or a ring that its owner changes at run time. A remote
//! key set is another variant here and nowhere else.

use std::sync::{Arc, PoisonError, RwLock};

use tegata_token::{HmacSecret, Keyring, Reason, SecretError};

/// Where the verifying keys come from.
#[derive(Clone, Debug)]
pub struct Keys {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Fixed(Arc<Keyring>),
    Live(LiveKeys),
}

/// The other end of [`Keys::live`]: puts other keys in the place of those that hold now. Clones change the same
/// ring.
#[derive(Clone, Debug)]
pub struct LiveKeys {
    ring: Arc<RwLock<Arc<Keyring>>>,
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
            source: Source::Fixed(Arc::new(ring)),
        }
    }

    /// A ring that is changed while guards use it, when keys rotate.
    pub fn live(ring: Keyring) -> (Self, LiveKeys) {
        let live = LiveKeys {
            ring: Arc::new(RwLock::new(Arc::new(ring))),
        };
        let source = Source::Live(live.clone());
        (Self { source }, live)
    }

    /// The keys of this moment.
    ///
    /// # Errors
    /// [`Reason::KeysUnavailable`] when they have to be fetched and cannot be.
    pub(crate) async fn current(&self) -> Result<Arc<Keyring>, Reason> {
        Ok(match &self.source {
            Source::Fixed(ring) => Arc::clone(ring),
            Source::Live(live) => live.current(),
        })
    }
}

impl LiveKeys {
    /// The ring that holds now.
    pub fn current(&self) -> Arc<Keyring> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&ring)
    }

    /// From now on every guard of these keys judges by this ring.
    pub fn replace(&self, ring: Keyring) {
        let mut held = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(ring);
    }
}
