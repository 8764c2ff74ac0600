//! The keys of a running issuer: what signs at this moment, and what verifies. No token waits for the store: the
//! ring that was read last is in memory, its next key included, and the clock says which of its keys signs.
//!
//! [`TokenKeys::look`] (`upkeep`) reads the store; [`TokenKeys::tick`] lets the clock and the files of secrets have their
//! effect, whether the store answers or not.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tegata_guard::{Keys, LiveKeys, Secrets};
use tegata_token::{Clock, KeyPair, Keyring, Random, Signer, VerifyingKey};
use time::{Duration, OffsetDateTime};

use super::{
    KeySettings, Signing,
    ring::{KeyState, Ring, RingKey},
};
use crate::{
    sealing::{Kept, KeyError, Sealing},
    store::SealedKey,
};

/// What a running issuer signs and verifies with.
#[derive(Debug)]
pub(crate) struct TokenKeys {
    pub(super) settings: KeySettings,
    pub(super) token_lifetime: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// Of the pair that was given, if one was.
    given: Option<(Arc<Signer>, VerifyingKey)>,
    /// As the store had it last; none before it was read once.
    opened: RwLock<Option<Arc<Opened>>>,
    /// The secret that signs, ready to.
    by_secret: RwLock<Option<(Arc<Secrets>, Arc<Signer>)>>,
    guard_keys: Keys,
    live: LiveKeys,
    /// One tick at a time.
    ticking: Mutex<()>,
}

/// A ring whose keys are ready to sign.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// The record that it stands in; none when the store has none.
    pub(super) sealed: Option<SealedKey>,
    pub(super) ring: Ring,
    pairs: HashMap<String, (Arc<Signer>, VerifyingKey)>,
}

/// A key that signs later than now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) kid: String,
    pub(crate) signs_from: OffsetDateTime,
}

impl TokenKeys {
    pub(crate) fn new(
        settings: KeySettings,
        token_lifetime: Duration,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (guard_keys, live) = Keys::later();
        let given = match &settings.signing {
            Signing::Given(pair) => Some(ready(pair)),
            Signing::SharedSecret | Signing::Kept { .. } => None,
        };
        let this = Self {
            settings,
            token_lifetime,
            clock,
            random,
            given,
            opened: RwLock::default(),
            by_secret: RwLock::default(),
            guard_keys,
            live,
            ticking: Mutex::default(),
        };
        this.tick();
        this
    }

    /// What verifies, for a guard: follows every change.
    pub(crate) fn guard_keys(&self) -> Keys {
        self.guard_keys.clone()
    }

    /// What verifies now; none when that is not known yet.
    pub(crate) fn ring(&self) -> Option<Arc<Keyring>> {
        self.live.current()
    }

    /// What verifies now, once the store has been asked: before, a key whose tokens are about may be missing.
    pub(crate) fn whole_ring(&self) -> Option<Arc<Keyring>> {
        self.opened().and_then(|_| self.ring())
    }

    /// What seals the keys in the store.
    ///
    /// # Errors
    /// [`KeyError::NotSealed`]
    pub(crate) fn sealing(&self) -> Result<Sealing, KeyError> {
        Sealing::of(&self.settings.secrets.now())
    }

    pub(crate) fn settings(&self) -> &KeySettings {
        &self.settings
    }

    /// What signs at this moment; none when the store has to be asked first.
    pub(crate) fn signer(&self) -> Option<Arc<Signer>> {
        match &self.settings.signing {
            Signing::SharedSecret => Some(self.by_secret()),
            Signing::Given(_) => self.given.as_ref().map(|(signer, _)| Arc::clone(signer)),
            Signing::Kept { .. } => {
                let opened = self.opened()?;
                let signing = opened.ring.signing(self.clock.now())?;
                let (signer, _) = opened.pairs.get(&signing.kid)?;
                Some(Arc::clone(signer))
            }
        }
    }

    /// How long the key pair that signs has been signing; none of a secret or a pair that was given.
    pub(crate) fn signing_age(&self) -> Option<Duration> {
        if !matches!(self.settings.signing, Signing::Kept { .. }) {
            return None;
        }
        let now = self.clock.now();
        let opened = self.opened()?;
        Some(now - opened.ring.signing(now)?.signs_from)
    }

    /// The key that signs next, when one is announced.
    pub(crate) fn next(&self) -> Option<Next> {
        if !matches!(self.settings.signing, Signing::Kept { .. }) {
            return None;
        }
        let opened = self.opened()?;
        let next = opened.ring.announced(self.clock.now())?;
        Some(Next {
            kid: next.kid.clone(),
            signs_from: next.signs_from,
        })
    }

    /// Puts in force what the clock and the files of secrets say.
    pub(crate) fn tick(&self) {
        // Otherwise one that has read older keys could put them back over newer ones: a retired key would count again.
        let _alone = self.ticking.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = self.opened();
        let secrets = self.settings.secrets.now();
        let ring = match (&self.settings.signing, opened.as_deref()) {
            (Signing::Kept { .. }, None) => return,
            (_, opened) => self.assemble(&secrets, opened),
        };
        let is_same = |now: Arc<Keyring>| now.kids().eq(ring.kids());
        if !self.live.current().is_some_and(is_same) {
            self.live.replace(ring);
        }
    }

    pub(super) fn open(&self, found: Option<(SealedKey, Ring)>) -> Result<(), KeyError> {
        let opened = match found {
            None => Opened::default(),
            Some((sealed, ring)) => {
                let pairs = ring.keys().iter().map(|key| {
                    use secrecy::ExposeSecret;
                    let pair = KeyPair::from_pkcs8(key.pkcs8.expose_secret());
                    let pair = pair.map_err(|_| KeyError::Altered(Kept::SigningKeys))?;
                    Ok((key.kid.clone(), ready(&pair)))
                });
                Opened {
                    pairs: pairs.collect::<Result<_, KeyError>>()?,
                    sealed: Some(sealed),
                    ring,
                }
            }
        };
        let mut held = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        *held = Some(Arc::new(opened));
        Ok(())
    }

    pub(super) fn opened(&self) -> Option<Arc<Opened>> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.clone()
    }

    fn by_secret(&self) -> Arc<Signer> {
        let secrets = self.settings.secrets.now();
        let held = self
            .by_secret
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((of, signer)) = held.as_ref()
            && Arc::ptr_eq(of, &secrets)
        {
            return Arc::clone(signer);
        }
        drop(held);
        let signer = Arc::new(Signer::new(secrets.current().signing_key()));
        let mut held = self
            .by_secret
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *held = Some((secrets, Arc::clone(&signer)));
        drop(held);
        // Whoever signs with it accepts it.
        self.tick();
        signer
    }

    /// What signs first, then the key pairs, newest first, then the rest.
    fn assemble(&self, secrets: &Secrets, opened: Option<&Opened>) -> Keyring {
        let now = self.clock.now();
        let mut verifying: Vec<VerifyingKey> = Vec::new();
        let mut add = |key: VerifyingKey| {
            if !verifying.iter().any(|known| known.kid() == key.kid()) {
                verifying.push(key);
            }
        };
        match &self.settings.signing {
            Signing::SharedSecret => {
                let keys = secrets.ring().verifying().iter();
                keys.cloned().for_each(&mut add);
            }
            Signing::Given(pair) => add(pair.verifying_key()),
            Signing::Kept { .. } => {}
        }
        if let Some(opened) = opened {
            let signs = matches!(self.settings.signing, Signing::Kept { .. });
            let mut keys = living(&opened.ring, signs, now);
            keys.reverse();
            keys.sort_by_key(|(_, state)| *state != KeyState::Signing);
            let pairs = keys
                .iter()
                .filter_map(|(key, _)| opened.pairs.get(&key.kid));
            pairs.for_each(|(_, verifies)| add(verifies.clone()));
        }
        self.settings.verifying.iter().cloned().for_each(&mut add);
        let previous = secrets.previous().iter();
        previous.map(|secret| secret.verifying_key()).for_each(add);
        Keyring::new(None, verifying)
    }
}

/// Keys whose tokens are good. When nobody signs with the ring any more, nobody knows when its last token is over:
/// then all of its keys are, until they are retired.
fn living(ring: &Ring, signs: bool, now: OffsetDateTime) -> Vec<(&RingKey, KeyState)> {
    let is_over =
        |state: &KeyState| matches!(state, KeyState::VerifyOnly { until, .. } if *until <= now);
    ring.states(now)
        .filter(|(_, state)| !(signs && is_over(state)))
        .collect()
}

fn ready(pair: &KeyPair) -> (Arc<Signer>, VerifyingKey) {
    let signer = Signer::new(pair.signing_key());
    (Arc::new(signer), pair.verifying_key())
}
