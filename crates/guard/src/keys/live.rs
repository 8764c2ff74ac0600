//! A ring that its owner changes at run time, when keys rotate.

use std::sync::{Arc, PoisonError, RwLock};

use tegata_token::Keyring;

/// The other end of [`Keys::live`](crate::Keys::live): puts other keys in the place of those that hold now. Clones
/// change the same ring.
#[derive(Clone, Debug)]
pub struct LiveKeys {
    ring: Arc<RwLock<Arc<Keyring>>>,
}

impl LiveKeys {
    pub(super) fn new(ring: Keyring) -> Self {
        Self {
            ring: Arc::new(RwLock::new(Arc::new(ring))),
        }
    }

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
