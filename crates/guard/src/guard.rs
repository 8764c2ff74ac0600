//! The guard itself: judges one token string. What carries the token is `credentials`' business.

use std::{iter, sync::Arc};

use serde_json::Value;
use tegata_token::{Claims, Clock, Reason, Verifier, inspect};

#[cfg(feature = "revocations")]
use crate::Revocations;
use crate::{GuardLayer, Keys, judge::Judge};

/// Judges access tokens; cheap to clone, and one is enough for a service.
#[derive(Clone, Debug)]
pub struct Guard {
    first: Arc<Judge>,
    /// For the tokens of other issuers.
    others: Arc<[Arc<Judge>]>,
}

impl Guard {
    /// A guard that accepts Tegata's access tokens signed with one of `keys`.
    pub fn new(keys: Keys) -> Self {
        Self {
            first: Arc::new(Judge::new(keys)),
            others: Arc::default(),
        }
    }

    /// Accepts only tokens whose `iss` is exactly this (RFC 8725 §3.8).
    #[must_use]
    pub fn with_issuer(self, issuer: impl Into<String>) -> Self {
        self.with_rules(|rules| rules.with_issuer(issuer))
    }

    /// Accepts only tokens whose `aud` names this (RFC 8725 §3.9).
    #[must_use]
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        self.with_rules(|rules| rules.with_audience(audience))
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
        self.with(|judge| judge.verifier = change(judge.verifier.clone()))
    }

    /// Judges times by another clock, as tests do; those of all issuers.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        let others = self.others.iter().map(|judge| {
            let clock = Arc::clone(&clock);
            Arc::new(judge.with(|judge| judge.clock = clock))
        });
        Self {
            others: others.collect(),
            first: Arc::new(self.first.with(|judge| judge.clock = clock)),
        }
    }

    /// Refuses tokens of login sessions that have ended, as the issuer tells in its feed. Tokens without a `sid`
    /// belong to no session and are judged as before.
    #[cfg(feature = "revocations")]
    #[must_use]
    pub fn with_revocations(self, revocations: Revocations) -> Self {
        self.with(|judge| judge.revocations = Some(revocations))
    }

    /// Verifies the signature of a token at every use. Otherwise a guard knows the last thousand tokens that it found
    /// right by their SHA-256, and at the next use judges only what may have changed: times, ended sessions, and
    /// whether the keys are still the same.
    #[must_use]
    pub fn without_signature_cache(self) -> Self {
        self.with(Judge::verify_every_time)
    }

    /// Judges the tokens of another issuer as well, each by its own keys, rules and ended sessions. A token's `iss`
    /// chooses the guard [made for it](Guard::with_issuer); the tokens that have none are for the guard without an
    /// issuer, if there is exactly one. What nobody is made for is [`Reason::WrongIssuer`].
    ///
    /// Several guards may be made for one issuer that changes its keys from a secret to pairs, say: whoever has the key
    /// of a token judges it.
    ///
    /// Finish both guards first: `with_issuer` and the like change the first one only.
    ///
    /// ```
    /// # fn both(ours: tegata_guard::Keys, theirs: tegata_guard::Keys) -> tegata_guard::Guard {
    /// use tegata_guard::Guard;
    ///
    /// let ours = Guard::new(ours).with_issuer("https://login.example.com");
    /// let theirs = Guard::new(theirs)
    ///     .with_issuer("https://tenant.eu.auth0.com/")
    ///     .with_audience("https://api.example.com");
    /// ours.or(theirs)
    /// # }
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut others = self.others.to_vec();
        others.push(other.first);
        others.extend_from_slice(&other.others);
        Self {
            others: others.into(),
            ..self
        }
    }

    /// The feed it follows, when it does; its status belongs into the service's readiness. With several issuers it is
    /// that of the first.
    #[cfg(feature = "revocations")]
    pub fn revocations(&self) -> Option<&Revocations> {
        self.first.revocations.as_ref()
    }

    /// Its keys, and those of the other issuers after them; the status of remote ones belongs into the service's
    /// readiness.
    pub fn keys(&self) -> impl Iterator<Item = &Keys> {
        self.judges().map(|judge| &judge.keys)
    }

    /// The claims of a good token.
    ///
    /// # Errors
    /// The [`Reason`] why it is not one, or, when [`Reason::is_temporary`], why that cannot be told now.
    pub async fn check(&self, token: &str) -> Result<Arc<Claims>, Reason> {
        if self.others.is_empty() {
            return self.first.judge(token).await;
        }
        let mut refused = None;
        for judge in self.judges_of(token)? {
            match judge.judge(token).await {
                // The first reason stands, but for what cannot be told now.
                Err(reason) if may_be_anothers(reason) => {
                    let before = refused.filter(|_| !reason.is_temporary());
                    refused = Some(before.unwrap_or(reason));
                }
                judged => return judged,
            }
        }
        Err(refused.unwrap_or(Reason::WrongIssuer))
    }

    /// The layer that lets only requests with a good token through.
    pub fn layer(&self) -> GuardLayer {
        GuardLayer::new(self.clone())
    }

    /// Who may judge this token. What it says of itself chooses, and is then held to it: a guard with an issuer accepts
    /// no other, and its keys are its own.
    fn judges_of(&self, token: &str) -> Result<Vec<&Judge>, Reason> {
        let said = inspect(token)?.claims;
        let iss = match said.get("iss") {
            None => None,
            Some(Value::String(iss)) => Some(iss.as_str()),
            Some(_) => return Err(Reason::Malformed),
        };
        let judges = self.judges().filter(|judge| judge.is_for(iss));
        let judges: Vec<_> = judges.map(Arc::as_ref).collect();
        if judges.is_empty() || (iss.is_none() && judges.len() > 1) {
            return Err(Reason::WrongIssuer);
        }
        Ok(judges)
    }

    /// Of the issuer that came first.
    #[cfg(any(feature = "jwks", feature = "revocations"))]
    pub(crate) fn first_keys(&self) -> &Keys {
        &self.first.keys
    }

    fn judges(&self) -> impl Iterator<Item = &Arc<Judge>> {
        iter::once(&self.first).chain(self.others.iter())
    }

    fn with(self, change: impl FnOnce(&mut Judge)) -> Self {
        Self {
            first: Arc::new(self.first.with(change)),
            ..self
        }
    }
}

/// Whether a guard refuses a token for want of its key, which another guard of that issuer may have.
fn may_be_anothers(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::AlgorithmNotAllowed
            | Reason::KeyUnknown
            | Reason::KeyMismatch
            | Reason::KeysUnavailable
    )
}
