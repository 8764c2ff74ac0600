//! Where the verifying keys come from: fixed ones, or a ring that its owner changes at run time. A remote
//! key set is another variant here and nowhere else.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use tegata_token::{HmacSecret, Keyring, Reason, SecretError};

use crate::{SecretFileError, SecretFiles, SharedSecrets};

/// Where the verifying keys come from.
#[derive(Clone, Debug)]
pub struct Keys {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Fixed(Arc<Keyring>),
    Live(LiveKeys),
    Secrets(SharedSecrets),
}

/// The other end of [`Keys::live`]: puts other keys in the place of those that hold now. Clones change the same
/// ring.
#[derive(Clone, Debug)]
pub struct LiveKeys {
    ring: Arc<RwLock<Option<Arc<Keyring>>>>,
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
        let (keys, live) = Self::later();
        live.replace(ring);
        (keys, live)
    }

    /// The same with a ring that is yet to come: until then nothing can be judged, and that is told as such
    /// ([`Reason::KeysUnavailable`]).
    pub fn later() -> (Self, LiveKeys) {
        let live = LiveKeys {
            ring: Arc::default(),
        };
        let source = Source::Live(live.clone());
        (Self { source }, live)
    }

    /// The shared secret in a file, and others that verify, one a line, in another, which need not be there. Both
    /// are followed: a rotation needs no restart.
    ///
    /// ```no_run
    /// # fn keys() -> Result<tegata_guard::Keys, tegata_guard::SecretFileError> {
    /// use tegata_guard::Keys;
    ///
    /// Keys::secret_files("data/secret_key", "data/previous_secret_keys")
    /// # }
    /// ```
    ///
    /// # Errors
    /// A file cannot be used; the error says which and why.
    pub fn secret_files(
        signing: impl Into<PathBuf>,
        verifying: impl Into<PathBuf>,
    ) -> Result<Self, SecretFileError> {
        Ok(Self::shared_secrets(
            SecretFiles::new(signing, verifying).open()?,
        ))
    }

    /// Secrets that may change at run time.
    pub fn shared_secrets(secrets: SharedSecrets) -> Self {
        let source = Source::Secrets(secrets);
        Self { source }
    }

    /// The keys of this moment, as far as they are here.
    pub fn known(&self) -> Option<Arc<Keyring>> {
        match &self.source {
            Source::Fixed(ring) => Some(Arc::clone(ring)),
            Source::Live(live) => live.current(),
            Source::Secrets(secrets) => Some(Arc::clone(secrets.now().ring())),
        }
    }

    /// The keys of this moment.
    ///
    /// # Errors
    /// [`Reason::KeysUnavailable`] when they have to be fetched and cannot be.
    pub(crate) async fn current(&self) -> Result<Arc<Keyring>, Reason> {
        Ok(match &self.source {
            Source::Fixed(ring) => Arc::clone(ring),
            Source::Live(live) => live.current().ok_or(Reason::KeysUnavailable)?,
            Source::Secrets(secrets) => Arc::clone(secrets.now().ring()),
        })
    }
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
