//! The guard itself: judges one token string. What carries the token is `credentials`' business.

use std::sync::Arc;

use tegata_token::{Claims, Clock, Reason, SystemClock, Verifier};

#[cfg(feature = "revocations")]
use crate::Revocations;
use crate::{GuardLayer, Keys};

/// Judges access tokens; cheap to clone, and one is enough for a service.
#[derive(Clone, Debug)]
pub struct Guard {
    keys: Keys,
    verifier: Arc<Verifier>,
    clock: Arc<dyn Clock>,
    #[cfg(feature = "revocations")]
    revocations: Option<Revocations>,
}

impl Guard {
    /// A guard that accepts Tegata's access tokens signed with one of `keys`.
    pub fn new(keys: Keys) -> Self {
        let verifier = match keys.issuer() {
            Some(issuer) => Verifier::new().with_issuer(issuer),
            None => Verifier::new(),
        };
        Self {
            keys,
            verifier: Arc::new(verifier),
            clock: Arc::new(SystemClock),
            #[cfg(feature = "revocations")]
            revocations: None,
        }
    }

    /// Accepts only tokens whose `iss` is exactly this (RFC 8725 §3.8).
    #[must_use]
    pub fn with_issuer(self, issuer: impl Into<String>) -> Self {
        self.map_verifier(|verifier| verifier.with_issuer(issuer))
    }

    /// Accepts only tokens whose `aud` names this (RFC 8725 §3.9).
    #[must_use]
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        self.map_verifier(|verifier| verifier.with_audience(audience))
    }

    /// Judges by other rules than those for Tegata's own tokens, for tokens that somebody else issues.
    ///
    /// ```
    /// # fn google(keys: tegata_guard::Keys) -> tegata_guard::Guard {
    /// use tegata_guard::Guard;
    ///
    /// Guard::new(keys)
    ///     .with_issuer("https://accounts.google.com")
    ///     .with_audience("my-client-id")
    ///     .with_rules(|rules| rules.with_types(&["JWT"], true))
    /// # }
    /// ```
    #[must_use]
    pub fn with_rules(self, change: impl FnOnce(Verifier) -> Verifier) -> Self {
        self.map_verifier(change)
    }

    /// Judges times by another clock, as tests do.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Refuses tokens of login sessions that have ended, as the issuer tells in its feed. Tokens without a `sid`
    /// belong to no session and are judged as before.
    #[cfg(feature = "revocations")]
    #[must_use]
    pub fn with_revocations(self, revocations: Revocations) -> Self {
        Self {
            revocations: Some(revocations),
            ..self
        }
    }

    /// The feed it follows, when it does; its status belongs into the service's readiness.
    #[cfg(feature = "revocations")]
    pub fn revocations(&self) -> Option<&Revocations> {
        self.revocations.as_ref()
    }

    /// The claims of a good token.
    ///
    /// # Errors
    /// The [`Reason`] why it is not one, or, when [`Reason::is_temporary`], why that cannot be told now.
    pub async fn check(&self, token: &str) -> Result<Claims, Reason> {
        let keys = self.keys.current().await?;
        let opened = match self.verifier.open(token, &keys) {
            Ok(opened) => opened,
            Err(reason) => {
                let newer = self.keys.newer(token, &keys, reason).await?;
                self.verifier.open(token, &newer)?
            }
        };
        let claims = self.verifier.read(&opened)?;
        self.verifier.judge_times(&claims, self.clock.now())?;
        #[cfg(feature = "revocations")]
        if let (Some(revocations), Some(sid)) = (&self.revocations, &claims.sid) {
            revocations.admit(sid)?;
        }
        Ok(claims)
    }

    /// The layer that lets only requests with a good token through.
    pub fn layer(&self) -> GuardLayer {
        GuardLayer::new(self.clone())
    }

    /// Where its keys come from.
    #[cfg(feature = "revocations")]
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    fn map_verifier(self, change: impl FnOnce(Verifier) -> Verifier) -> Self {
        Self {
            verifier: Arc::new(change(Verifier::clone(&self.verifier))),
            ..self
        }
    }
}
