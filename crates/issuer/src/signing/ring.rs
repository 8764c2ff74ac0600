//! The life of key pairs: announced → signing → verify-only → retired. Pure: a ring and a moment say which key
//! signs, so that all issuers who see the same ring agree without asking each other.
//!
//! Of the keys whose moment has come the newest signs; the one before it verifies until the last token that it
//! signed is over, and is then forgotten. A key that is announced is published before it signs, so that whoever
//! fetches keys knows it in time.

use std::fmt;

use secrecy::SecretSlice;
use tegata_token::Algorithm;
use time::{Duration, OffsetDateTime};

/// After the last token of a key is over: the leeway of whoever checks it, and a minute for clocks that differ.
const AFTER_TOKENS: Duration = Duration::seconds(10 + 60);

/// The key pairs of a deployment; in the order in which they sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    pub(super) keys: Vec<RingKey>,
}

/// A key pair, and its moments.
#[derive(Clone)]
pub struct RingKey {
    /// The thumbprint of its public half.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Since when it is known.
    pub announced_at: OffsetDateTime,
    /// From when on it signs, until a newer one does.
    pub signs_from: OffsetDateTime,
    /// How long the longest of its tokens lives.
    pub longest_token: Duration,
    /// Whether it has been told that it signs.
    pub told: bool,
    /// Its private half: PKCS #8 in DER.
    pub pkcs8: SecretSlice<u8>,
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is published, and signs from then on.
    Announced {
        /// When.
        signs_from: OffsetDateTime,
    },
    /// It signs.
    Signing,
    /// It signs no more, and its tokens are good until then.
    VerifyOnly {
        /// Since when.
        since: OffsetDateTime,
        /// When its last token is over.
        until: OffsetDateTime,
    },
}

/// Why a key is not retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRetired {
    /// It signs, and there is none to take over.
    #[error(
        "this key signs, and there is none to take over: make one first, with `tegata key rotate` or, if this one has leaked, `tegata key rotate --now`"
    )]
    Signs,
    /// It is not in the ring.
    #[error("there is no such key: `tegata key list` shows them")]
    Unknown,
}

/// What time has brought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advanced {
    /// As it is now.
    pub ring: Ring,
    /// The key that signs now and did not before.
    pub signs: Option<String>,
    /// Those that are gone.
    pub retired: Vec<String>,
}

impl KeyState {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Announced { .. } => "announced",
            Self::Signing => "signing",
            Self::VerifyOnly { .. } => "verify-only",
        }
    }
}

impl Ring {
    /// A ring of one key.
    pub fn of(key: RingKey) -> Self {
        Self { keys: vec![key] }
    }

    /// Its keys, in the order in which they sign.
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// The key of this name.
    pub fn key(&self, kid: &str) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// The key that signs at this moment. When all are yet to come it is the first of them: an issuer whose clock
    /// is behind has one all the same.
    pub fn signing(&self, now: OffsetDateTime) -> Option<&RingKey> {
        let begun = self.keys.iter().rev().find(|key| key.signs_from <= now);
        begun.or(self.keys.first())
    }

    /// The next key that will sign.
    pub fn announced(&self, now: OffsetDateTime) -> Option<&RingKey> {
        let at = self.place_of_signing(now)?;
        self.keys.get(at + 1)
    }

    /// Each key with where it is in its life.
    pub fn states(&self, now: OffsetDateTime) -> impl Iterator<Item = (&RingKey, KeyState)> {
        let signing = self.place_of_signing(now).unwrap_or_default();
        self.keys.iter().enumerate().map(move |(place, key)| {
            let state = match self.keys.get(place + 1) {
                Some(next) if place < signing => KeyState::VerifyOnly {
                    since: next.signs_from,
                    until: next.signs_from + key.longest_token + AFTER_TOKENS,
                },
                _ if place == signing => KeyState::Signing,
                _ => KeyState::Announced {
                    signs_from: key.signs_from,
                },
            };
            (key, state)
        })
    }

    /// The ring with one more key.
    #[must_use]
    pub fn with(mut self, key: RingKey) -> Self {
        self.keys.push(key);
        self.sorted()
    }

    /// The ring in which this key signs at once; not before those that it follows, if the clock is behind.
    #[must_use]
    pub fn signing_now(mut self, kid: &str, now: OffsetDateTime) -> Self {
        let mut begins = now;
        for key in &mut self.keys {
            if key.kid == kid {
                key.signs_from = begins;
                break;
            }
            begins = begins.max(key.signs_from);
        }
        self.sorted()
    }

    /// The ring without this key. Of one that signs, the next takes over at once: what signed before never comes
    /// back.
    ///
    /// # Errors
    /// [`NotRetired`]
    pub fn without(mut self, kid: &str, now: OffsetDateTime) -> Result<Self, NotRetired> {
        let Some(place) = self.keys.iter().position(|key| key.kid == kid) else {
            return Err(NotRetired::Unknown);
        };
        if Some(place) == self.place_of_signing(now) {
            let next = self.keys.get_mut(place + 1).ok_or(NotRetired::Signs)?;
            next.signs_from = next.signs_from.min(now);
        }
        self.keys.remove(place);
        Ok(self.sorted())
    }

    /// The ring without a key that nobody signs with, whichever it is.
    ///
    /// # Errors
    /// [`NotRetired::Unknown`]
    pub fn without_unused(mut self, kid: &str) -> Result<Self, NotRetired> {
        self.key(kid).ok_or(NotRetired::Unknown)?;
        self.keys.retain(|key| key.kid != kid);
        Ok(self)
    }

    /// What the time and an issuer whose tokens live this long make of it; none when it stays as it is.
    pub fn advanced(&self, now: OffsetDateTime, token_lifetime: Duration) -> Option<Advanced> {
        let over: Vec<String> = self
            .states(now)
            .filter(
                |(_, state)| matches!(state, KeyState::VerifyOnly { until, .. } if *until <= now),
            )
            .map(|(key, _)| key.kid.clone())
            .collect();
        let signing = self.signing(now)?.kid.clone();
        let mut ring = self.clone();
        // Those that sign, now or later.
        let mut from_here = false;
        let mut signs = None;
        for key in &mut ring.keys {
            if key.kid == signing {
                from_here = true;
                if !std::mem::replace(&mut key.told, true) {
                    signs = Some(signing.clone());
                }
            }
            if from_here {
                key.longest_token = key.longest_token.max(token_lifetime);
            }
        }
        ring.keys.retain(|key| !over.contains(&key.kid));
        (ring != *self).then_some(Advanced {
            ring,
            signs,
            retired: over,
        })
    }

    fn place_of_signing(&self, now: OffsetDateTime) -> Option<usize> {
        let begun = self.keys.iter().rposition(|key| key.signs_from <= now);
        begun.or((!self.keys.is_empty()).then_some(0))
    }

    /// By the moment from which they sign; of two that begin at once, the one that came later signs.
    pub(super) fn sorted(mut self) -> Self {
        self.keys.sort_by_key(|key| key.signs_from);
        self
    }
}

/// All but the private half, which is the name's.
impl PartialEq for RingKey {
    fn eq(&self, other: &Self) -> bool {
        let moments = |key: &Self| {
            (
                key.announced_at,
                key.signs_from,
                key.longest_token,
                key.told,
            )
        };
        (&self.kid, self.algorithm, moments(self)) == (&other.kid, other.algorithm, moments(other))
    }
}

impl Eq for RingKey {}

impl fmt::Debug for RingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("signs_from", &self.signs_from)
            .finish_non_exhaustive()
    }
}
