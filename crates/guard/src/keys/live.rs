//! A ring that its owner changes at run time, when keys rotate.

use std::sync::{Arc, PoisonError, RwLock};

use tegata_token::Keyring;

/// The other end of [`Keys::live`](crate::Keys::live): puts other keys in the place of those that hold now. Clones
/// change the same ring.
#[derive(Clone, Debug, Default)]
pub struct LiveKeys {
    ring: Arc<RwLock<Option<Arc<Keyring>>>>,
}

impl LiveKeys {
    /// The ring that holds now; none before the first.
    pub fn current(&self) -> Option<Arc<Keyring>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.clone()
    }

    /// From now on every guard of these keys judges by this ring.
    pub fn replace(&self, ring: Keyring) {
        let mut held = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        *held = Some(Arc::new(ring));
    }
}
