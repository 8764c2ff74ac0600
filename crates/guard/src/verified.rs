//! Tokens whose signature and claims were found right a moment ago, so that a client that calls often does not cost a
//! verification each time (50 µs for Ed25519). Times and ended sessions are judged at every use all the same.
//!
//! No token is kept, only its SHA-256. An entry counts for the keyring by which it was made and for no other: when
//! keys change, all is judged anew, and a retired key is refused at once. There are 1,024 places at most; whoever
//! fills them with good tokens makes others cost what they would without.

use std::{
    fmt::{self, Debug, Formatter},
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};
use tegata_token::{Claims, Keyring};

/// A token has its place in one drawer, by the first byte of its hash: each has a lock of its own.
const DRAWERS: usize = 256;
/// The one that was used longest ago makes room.
const PLACES: usize = 4;
/// Larger tokens are verified each time: a thousand of their claims would take too much memory.
const MOST_BYTES: usize = 4096;

/// SHA-256 of a token of usual size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

pub(crate) struct Verified {
    drawers: Box<[Mutex<Drawer>]>,
}

/// Used last comes first.
type Drawer = [Option<Entry>; PLACES];

struct Entry {
    fingerprint: Fingerprint,
    /// Held, so that no other ring can come to lie in its place and be taken for it.
    ring: Arc<Keyring>,
    claims: Arc<Claims>,
}

impl Fingerprint {
    /// None of a token that is too large to be remembered.
    pub(crate) fn of(token: &str) -> Option<Self> {
        if token.len() > MOST_BYTES {
            return None;
        }
        let hash = digest(&SHA256, token.as_bytes());
        hash.as_ref().try_into().ok().map(Self)
    }

    fn drawer(&self) -> usize {
        let [first, ..] = self.0;
        usize::from(first) % DRAWERS
    }
}

impl Default for Verified {
    fn default() -> Self {
        Self {
            drawers: (0..DRAWERS).map(|_| Mutex::default()).collect(),
        }
    }
}

impl Verified {
    /// The claims of a token that this very ring has verified.
    pub(crate) fn find(
        &self,
        fingerprint: &Fingerprint,
        ring: &Arc<Keyring>,
    ) -> Option<Arc<Claims>> {
        let drawer = self.drawers.get(fingerprint.drawer())?;
        let mut drawer = drawer.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |entry: &Option<Entry>| {
            entry.as_ref().is_some_and(|entry| {
                entry.fingerprint == *fingerprint && Arc::ptr_eq(&entry.ring, ring)
            })
        };
        let place = drawer.iter().position(is_it)?;
        drawer.get_mut(..=place)?.rotate_right(1);
        let entry = drawer.first()?.as_ref()?;
        Some(Arc::clone(&entry.claims))
    }

    pub(crate) fn remember(
        &self,
        fingerprint: Fingerprint,
        ring: Arc<Keyring>,
        claims: &Arc<Claims>,
    ) {
        let Some(drawer) = self.drawers.get(fingerprint.drawer()) else {
            return;
        };
        let mut drawer = drawer.lock().unwrap_or_else(PoisonError::into_inner);
        drawer.rotate_right(1);
        if let Some(first) = drawer.first_mut() {
            *first = Some(Entry {
                fingerprint,
                ring,
                claims: Arc::clone(claims),
            });
        }
    }
}

/// Whose tokens they are is nobody's business.
impl Debug for Verified {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::*;

    fn ring() -> Arc<Keyring> {
        Arc::new(Keyring::new(None, Vec::new()))
    }

    fn claims(sub: &str) -> Arc<Claims> {
        let now = OffsetDateTime::UNIX_EPOCH;
        Arc::new(Claims::new(sub, now, Duration::MINUTE))
    }

    /// In the drawer of all others of this function.
    fn crowded(number: u8) -> Fingerprint {
        let mut hash = [7; 32];
        hash[31] = number;
        Fingerprint(hash)
    }

    #[test]
    fn an_entry_is_found_by_its_token_and_its_ring_only() {
        let verified = Verified::default();
        let (ring, other) = (ring(), ring());
        let fingerprint = Fingerprint::of("a.b.c").unwrap();
        verified.remember(fingerprint, Arc::clone(&ring), &claims("user-1"));
        let found = verified
            .find(&Fingerprint::of("a.b.c").unwrap(), &ring)
            .unwrap();
        assert_eq!(found.sub, "user-1");
        assert_eq!(verified.find(&fingerprint, &other), None);
        let another = Fingerprint::of("a.b.d").unwrap();
        assert_eq!(verified.find(&another, &ring), None);
        assert_eq!(Fingerprint::of(&"a".repeat(4097)), None, "too large");
    }

    #[test]
    fn a_full_drawer_forgets_what_was_used_longest_ago() {
        let verified = Verified::default();
        let ring = ring();
        for number in 0..4 {
            verified.remember(crowded(number), Arc::clone(&ring), &claims("user"));
        }
        assert!(verified.find(&crowded(0), &ring).is_some());
        verified.remember(crowded(4), Arc::clone(&ring), &claims("user"));
        let held = (0..5).map(|number| verified.find(&crowded(number), &ring).is_some());
        assert_eq!(held.collect::<Vec<_>>(), [true, false, true, true, true]);
    }

    #[test]
    fn it_never_holds_more_than_its_places() {
        let verified = Verified::default();
        let ring = ring();
        for number in 0..5_000 {
            let fingerprint = Fingerprint::of(&number.to_string()).unwrap();
            verified.remember(fingerprint, Arc::clone(&ring), &claims("user"));
        }
        // Each entry holds the ring once; so do the cache's user and nobody else.
        assert!(Arc::strong_count(&ring) <= 1 + DRAWERS * PLACES);
    }
}
