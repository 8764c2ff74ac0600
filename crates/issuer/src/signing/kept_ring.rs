//! The ring in the store: one sealed record for all issuers of a deployment. Each change replaces the ring that
//! was read, or nothing, so of two who change it at once one does and the other looks again.

use secrecy::ExposeSecret;
use tegata_token::{Algorithm, KeyPair, Random};
use time::{Duration, OffsetDateTime};

use super::ring::{Advanced, NotRetired, Ring, RingKey};
use crate::{
    sealing::{Kept, KeyError, Sealing},
    store::{SealedKey, Store, Unavailable},
};

const SIGNING: Kept = Kept::SigningKeys;
/// Each time somebody else was quicker.
const MAX_TRIES: usize = 50;

/// The ring of this store.
#[derive(Clone, Copy, Debug)]
pub struct KeptRing<'a> {
    store: &'a dyn Store,
    sealing: &'a Sealing,
    random: &'a dyn Random,
}

/// What became of a new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announced {
    /// It is in the ring.
    New(RingKey),
    /// It is not: another had been announced, or was a moment ago. That one signs next, or does already.
    Already(RingKey),
}

/// What a change does with the ring that it found.
enum Step<T> {
    Stay(T),
    Become(Ring, T),
}

impl<'a> KeptRing<'a> {
    /// Nothing is read yet.
    pub fn new(store: &'a dyn Store, sealing: &'a Sealing, random: &'a dyn Random) -> Self {
        Self {
            store,
            sealing,
            random,
        }
    }

    /// As it is now, where nothing may be changed: not even sealed anew.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn look(store: &dyn Store, sealing: &Sealing) -> Result<Option<Ring>, KeyError> {
        let Some(sealed) = store.sealed_key(SIGNING.name()).await? else {
            return Ok(None);
        };
        let bytes = sealing.open(SIGNING, &sealed)?;
        let ring = Ring::from_bytes(&bytes).ok_or(KeyError::Altered(SIGNING))?;
        Ok(Some(ring))
    }

    /// As it is now; none before the first key.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn read(&self) -> Result<Option<Ring>, KeyError> {
        Ok(self.find().await?.map(|(_, ring)| ring))
    }

    /// The same as [`Self::read`], with the record that it stands in.
    pub(super) async fn find(&self) -> Result<Option<(SealedKey, Ring)>, KeyError> {
        let found = self.sealing.find(SIGNING, self.store, self.random).await?;
        let Some((sealed, bytes)) = found else {
            return Ok(None);
        };
        let ring = Ring::from_bytes(&bytes).ok_or(KeyError::Altered(SIGNING))?;
        Ok(Some((sealed, ring)))
    }

    /// Announces a key that is to follow the one that signs, after this time; `following` names that as the caller
    /// knows it, and nothing is done when another signs meanwhile. The first key of all follows none and signs at
    /// once. While another is announced that one is next instead, at once if this is for now.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn announce(
        &self,
        pair: &KeyPair,
        following: Option<&str>,
        after: Duration,
        now: OffsetDateTime,
    ) -> Result<Announced, KeyError> {
        let now = now.truncate_to_millisecond();
        self.change(|ring| {
            if let Some(signing) = ring.signing(now)
                && following != Some(signing.kid.as_str())
            {
                return Ok(Step::Stay(Announced::Already(signing.clone())));
            }
            if let Some(next) = ring.announced(now) {
                let next = next.clone();
                if after > Duration::ZERO {
                    return Ok(Step::Stay(Announced::Already(next)));
                }
                let ring = ring.clone().signing_now(&next.kid, now);
                let next = ring.key(&next.kid).cloned().unwrap_or(next);
                return Ok(Step::Become(ring, Announced::Already(next)));
            }
            let new = key(pair, ring, after, now);
            Ok(Step::Become(
                ring.clone().with(new.clone()),
                Announced::New(new),
            ))
        })
        .await
    }

    /// Forgets a key. With `signs`, the ring is what tokens are signed with, and a key that signs goes only when
    /// another takes over.
    ///
    /// # Errors
    /// [`KeyError`], or a [`NotRetired`] in it.
    pub async fn retire(
        &self,
        kid: &str,
        signs: bool,
        now: OffsetDateTime,
    ) -> Result<Result<RingKey, NotRetired>, KeyError> {
        let now = now.truncate_to_millisecond();
        self.change(|ring| {
            let Some(key) = ring.key(kid).cloned() else {
                return Ok(Step::Stay(Err(NotRetired::Unknown)));
            };
            let rest = if signs {
                ring.clone().without(kid, now)
            } else {
                ring.clone().without_unused(kid)
            };
            Ok(match rest {
                Ok(rest) => Step::Become(rest, Ok(key)),
                Err(why) => Step::Stay(Err(why)),
            })
        })
        .await
    }

    /// Lets time do its part. None when there was nothing to do, or somebody else did it.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn advance(
        &self,
        now: OffsetDateTime,
        token_lifetime: Duration,
    ) -> Result<Option<Advanced>, KeyError> {
        self.change(|ring| {
            Ok(match ring.advanced(now, token_lifetime) {
                None => Step::Stay(None),
                Some(advanced) => Step::Become(advanced.ring.clone(), Some(advanced)),
            })
        })
        .await
    }

    /// Puts a ring of this one key in the place of whatever is there, readable or not.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn begin_anew(
        &self,
        pair: &KeyPair,
        now: OffsetDateTime,
    ) -> Result<RingKey, KeyError> {
        let now = now.truncate_to_millisecond();
        let key = key(pair, &Ring::default(), Duration::ZERO, now);
        let new = self.seal(&Ring::of(key.clone()))?;
        let kept = self.store.keep_sealed_key(SIGNING.name(), &new).await?;
        if kept != new
            && !self
                .store
                .replace_sealed_key(SIGNING.name(), &kept, &new)
                .await?
        {
            return Err(KeyError::Altered(SIGNING));
        }
        Ok(key)
    }

    async fn change<T>(
        &self,
        mut decide: impl FnMut(&Ring) -> Result<Step<T>, KeyError>,
    ) -> Result<T, KeyError> {
        for _ in 0..MAX_TRIES {
            let found = self.find().await?;
            let (old, ring) = found.map_or_else(Default::default, |(old, ring)| (Some(old), ring));
            let (ring, outcome) = match decide(&ring)? {
                Step::Stay(outcome) => return Ok(outcome),
                Step::Become(ring, outcome) => (ring, outcome),
            };
            let new = self.seal(&ring)?;
            let kept = match old {
                Some(old) => {
                    self.store
                        .replace_sealed_key(SIGNING.name(), &old, &new)
                        .await?
                }
                None => self.store.keep_sealed_key(SIGNING.name(), &new).await? == new,
            };
            if kept {
                return Ok(outcome);
            }
        }
        Err(Unavailable("somebody else was quicker, again and again".into()).into())
    }

    fn seal(&self, ring: &Ring) -> Result<SealedKey, KeyError> {
        let bytes = ring.to_bytes().map_err(|_| KeyError::NotSealed)?;
        self.sealing.seal(SIGNING, bytes, self.random)
    }
}

fn key(pair: &KeyPair, ring: &Ring, after: Duration, now: OffsetDateTime) -> RingKey {
    let last = ring.keys().last().map(|key| key.signs_from);
    let longest = ring.keys().iter().map(|key| key.longest_token).max();
    RingKey {
        kid: pair.signing_key().kid().to_string(),
        algorithm: pair.algorithm(),
        announced_at: now,
        // Not before the keys that it follows, however far behind this clock is: it would never sign.
        signs_from: last.map_or(now, |last| last.max(now + after)),
        // Issuers set it higher before they sign, if their tokens live longer.
        longest_token: longest.unwrap_or_default(),
        told: last.is_none(),
        pkcs8: pair.to_pkcs8().expose_secret().to_vec().into(),
    }
}

/// A new pair; RSA takes a while, so this is done where nobody waits.
pub async fn generate(algorithm: Algorithm) -> Result<KeyPair, KeyError> {
    let made = tokio::task::spawn_blocking(move || KeyPair::generate(algorithm)).await;
    match made {
        Ok(Ok(pair)) => Ok(pair),
        _ => Err(KeyError::NotSealed),
    }
}
