//! Where the verifying keys come from: fixed ones, a ring that its owner changes at run time, or a key server.

mod live;
#[cfg(feature = "jwks")]
mod remote;

use std::{path::PathBuf, sync::Arc};

use tegata_token::{HmacSecret, Keyring, Reason, SecretError};

use crate::{SecretFileError, SecretFiles, SharedSecrets};

pub use self::live::LiveKeys;
#[cfg(feature = "jwks")]
use self::remote::RemoteKeys;
#[cfg(feature = "jwks")]
pub use self::remote::{JwksError, JwksSource, JwksStatus};

/// Where the verifying keys come from. Clones are the same keys.
#[derive(Clone, Debug)]
pub struct Keys {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Fixed(Arc<Keyring>),
    Live(LiveKeys),
    Secrets(SharedSecrets),
    #[cfg(feature = "jwks")]
    Remote(Arc<RemoteKeys>),
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
        let live = LiveKeys::default();
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
        let files = SecretFiles::new(signing, verifying);
        Ok(Self::shared_secrets(files.open()?))
    }

    /// Secrets that may change at run time.
    pub fn shared_secrets(secrets: SharedSecrets) -> Self {
        let source = Source::Secrets(secrets);
        Self { source }
    }

    /// The keys that a server publishes (RFC 7517 §5): its address, or a [`JwksSource`] with more to say. Within a
    /// tokio runtime they are fetched at once, otherwise at the first need, and from then on kept fresh in the
    /// background; nothing has to answer yet.
    ///
    /// # Errors
    /// See [`JwksError`]; the text says what to do.
    #[cfg(feature = "jwks")]
    pub fn jwks(source: impl Into<JwksSource>) -> Result<Self, JwksError> {
        let source = Source::Remote(RemoteKeys::start(&source.into())?);
        Ok(Self { source })
    }

    /// The keys of an issuer that says itself where they are, as OpenID Connect Discovery and RFC 8414 have it. A
    /// guard with these keys accepts only tokens of this issuer, unless
    /// [`Guard::with_issuer`](crate::Guard::with_issuer) names another.
    ///
    /// # Errors
    /// See [`JwksError`]; the text says what to do.
    #[cfg(feature = "jwks")]
    pub fn discover(issuer: impl Into<String>) -> Result<Self, JwksError> {
        Self::jwks(JwksSource::of_issuer(issuer))
    }

    /// How far keys of a server can be trusted now, for readiness and metrics; `None` of other keys, which are
    /// always there.
    #[cfg(feature = "jwks")]
    pub fn status(&self) -> Option<JwksStatus> {
        match &self.source {
            Source::Remote(remote) => Some(remote.status()),
            _ => None,
        }
    }

    /// The only issuer whose tokens these keys are for, when that is known.
    pub(crate) fn issuer(&self) -> Option<&str> {
        match &self.source {
            #[cfg(feature = "jwks")]
            Source::Remote(remote) => remote.issuer(),
            _ => None,
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
            #[cfg(feature = "jwks")]
            Source::Remote(remote) => remote.current().await?,
        })
    }

    /// The keys of this moment, asked for once more when they lack the one of this name.
    ///
    /// # Errors
    /// [`Reason::KeysUnavailable`] when they have to be fetched and cannot be.
    #[cfg(any(feature = "jwks", feature = "revocations"))]
    pub(crate) async fn with_key(&self, kid: &str) -> Result<Arc<Keyring>, Reason> {
        let ring = self.current().await?;
        if ring.contains(kid) {
            return Ok(ring);
        }
        match &self.source {
            #[cfg(feature = "jwks")]
            Source::Remote(remote) => {
                let newer = remote.look_again(&ring, Reason::KeyUnknown).await;
                Ok(newer.unwrap_or(ring))
            }
            _ => Ok(ring),
        }
    }

    /// Other keys than `judged_by`, by which `token` was refused for this reason, if it may have been signed with
    /// one that they lack.
    ///
    /// # Errors
    /// The reason, when there are none, or [`Reason::KeysUnavailable`] when that cannot be told now.
    pub(crate) async fn newer(
        &self,
        token: &str,
        judged_by: &Arc<Keyring>,
        refused: Reason,
    ) -> Result<Arc<Keyring>, Reason> {
        match &self.source {
            #[cfg(feature = "jwks")]
            Source::Remote(remote) => remote.newer(token, judged_by, refused).await,
            _ => {
                let _ = (token, judged_by);
                Err(refused)
            }
        }
    }
}
