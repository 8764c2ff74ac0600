//! Judges the tokens of one issuer: by its keys, its rules, the clock and what has ended.

use std::sync::Arc;

use tegata_token::{Claims, Clock, Keyring, Reason, SystemClock, Verifier};

#[cfg(feature = "revocations")]
use crate::Revocations;
use crate::{
    Keys,
    verified::{Fingerprint, Verified},
};

/// The rules and keys of one issuer.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    pub(crate) keys: Keys,
    pub(crate) verifier: Verifier,
    pub(crate) clock: Arc<dyn Clock>,
    #[cfg(feature = "revocations")]
    pub(crate) revocations: Option<Revocations>,
    /// What these keys and rules have found right; none when every token is to be verified anew.
    verified: Option<Arc<Verified>>,
}

impl Judge {
    pub(crate) fn new(keys: Keys) -> Self {
        let verifier = match keys.issuer() {
            Some(issuer) => Verifier::new().with_issuer(issuer),
            None => Verifier::new(),
        };
        Self {
            keys,
            verifier,
            clock: Arc::new(SystemClock),
            #[cfg(feature = "revocations")]
            revocations: None,
            verified: Some(Arc::default()),
        }
    }

    /// The same with something changed. It remembers nothing: what was right by other rules is to be judged again.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut judge = self.clone();
        judge.verified = judge.verified.map(|_| Arc::default());
        change(&mut judge);
        judge
    }

    pub(crate) fn verify_every_time(&mut self) {
        self.verified = None;
    }

    /// Whether tokens that say `iss` are for this judge.
    pub(crate) fn is_for(&self, iss: Option<&str>) -> bool {
        self.verifier.issuer() == iss
    }

    /// The claims of a good token.
    pub(crate) async fn judge(&self, token: &str) -> Result<Arc<Claims>, Reason> {
        let ring = self.keys.current().await?;
        let known = self.verified.as_deref().zip(Fingerprint::of(token));
        if let Some((verified, fingerprint)) = &known
            && let Some(claims) = verified.find(fingerprint, &ring)
        {
            self.admit(&claims)?;
            return Ok(claims);
        }
        let (claims, ring) = self.verify(token, ring).await?;
        self.admit(&claims)?;
        let claims = Arc::new(claims);
        if let Some((verified, fingerprint)) = known {
            verified.remember(fingerprint, ring, &claims);
        }
        Ok(claims)
    }

    /// What stays true of a token for as long as the keys are the same; and the keys by which it is.
    async fn verify(
        &self,
        token: &str,
        ring: Arc<Keyring>,
    ) -> Result<(Claims, Arc<Keyring>), Reason> {
        let (opened, ring) = match self.verifier.open(token, &ring) {
            Ok(opened) => (opened, ring),
            Err(refused) => {
                let newer = self.keys.newer(token, &ring, refused).await?;
                (self.verifier.open(token, &newer)?, newer)
            }
        };
        Ok((self.verifier.read(&opened)?, ring))
    }

    /// What is to be judged at every use.
    fn admit(&self, claims: &Claims) -> Result<(), Reason> {
        self.verifier.judge_times(claims, self.clock.now())?;
        #[cfg(feature = "revocations")]
        if let (Some(revocations), Some(sid)) = (&self.revocations, &claims.sid) {
            revocations.admit(sid)?;
        }
        Ok(())
    }
}
