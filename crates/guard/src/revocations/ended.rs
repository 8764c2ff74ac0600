//! The ended login sessions, small enough to hold a million in about 20 MiB, and quick to ask.
//!
//! A hash picks one of 96 tables, each behind a lock of its own, so that whoever writes holds up only those who ask
//! for the same one. What a look costs beside the hash is one read from memory.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use aws_lc_rs::digest::{SHA256, digest};

/// A table doubles when it is seven eighths full: with a million in 96 of them, each is two thirds full.
const TABLES: usize = 96;
/// Four million in all: a broken feed must not fill the memory.
const MOST_IN_A_TABLE: usize = 4_000_000 / TABLES;
/// How long an ended session is kept past its last token, in seconds: verifiers grant leeway, and clocks differ.
const KEPT_LONGER: i64 = 60;

/// Which session: 64 bits of the SHA-256 of its `sid`, and 16 more that pick one of 96 tables.
///
/// With a million ended sessions held, a living one is taken for ended by mistake once in 2^64 · 96 / 10^6, or
/// 10^15, logins. Nobody can look for such a pair: the issuer draws the ids at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionHash {
    table: usize,
    within: [u32; 2],
}

impl SessionHash {
    /// Of the text of a `sid` claim.
    pub(super) fn of(sid: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, sid.as_bytes()).as_ref());
        Self::from_sha256(&hash)
    }

    pub(super) fn from_sha256(hash: &[u8; 32]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, ..] = *hash;
        Self {
            table: usize::from(u16::from_be_bytes([i, j])) % TABLES,
            // Two halves, because a table of them and 32 bits of time wastes no space on alignment.
            within: [
                u32::from_be_bytes([a, b, c, d]),
                u32::from_be_bytes([e, f, g, h]),
            ],
        }
    }
}

/// There is no room for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Until when each is held, in seconds since 1970: 32 bits of them last until 2106.
type Table = HashMap<[u32; 2], u32>;

/// Login sessions that have ended.
#[derive(Debug)]
pub(super) struct EndedSessions {
    tables: Box<[RwLock<Table>]>,
    count: AtomicUsize,
}

impl EndedSessions {
    pub(super) fn new() -> Self {
        Self {
            tables: (0..TABLES).map(|_| RwLock::default()).collect(),
            count: AtomicUsize::new(0),
        }
    }

    /// How many are held.
    pub(super) fn count(&self) -> usize {
        self.count.load(Relaxed)
    }

    /// Whether the session of this `sid` is among them.
    pub(super) fn contains(&self, sid: &str) -> bool {
        // Most services have nobody signed out most of the time: no need to hash for that.
        if self.count() == 0 {
            return false;
        }
        let session = SessionHash::of(sid);
        self.tables.get(session.table).is_some_and(|table| {
            let table = table.read().unwrap_or_else(PoisonError::into_inner);
            table.contains_key(&session.within)
        })
    }

    /// Adds one whose last token ends at `until`, in seconds since 1970. True when it was not there.
    pub(super) fn insert(&self, session: SessionHash, until: u32) -> Result<bool, Full> {
        let table = self.tables.get(session.table).ok_or(Full)?;
        let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
        let full = table.len() >= MOST_IN_A_TABLE;
        match table.entry(session.within) {
            Entry::Occupied(mut known) => {
                let until = until.max(*known.get());
                known.insert(until);
                Ok(false)
            }
            Entry::Vacant(_) if full => Err(Full),
            Entry::Vacant(place) => {
                place.insert(until);
                self.count.fetch_add(1, Relaxed);
                Ok(true)
            }
        }
    }

    /// Forgets those whose last token nobody accepts any more, and gives their memory back.
    pub(super) fn forget_before(&self, now: i64) {
        for table in &self.tables {
            let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
            let before = table.len();
            table.retain(|_, until| i64::from(*until) + KEPT_LONGER > now);
            self.count.fetch_sub(before - table.len(), Relaxed);
            if table.len() < table.capacity() / 4 {
                table.shrink_to_fit();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn hash_of(number: u32) -> SessionHash {
        SessionHash::of(&number.to_string())
    }

    #[test]
    fn a_session_is_found_by_the_sha_256_of_its_id() {
        // printf %s S5r4kiQE4YGZo8zO5P4eOA | sha256sum
        let sum = "47904096f73deb05c13d40ece269daa734859689a6a4c53425762db05f197401";
        let mut hash = [0; 32];
        for (place, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&sum[2 * place..2 * place + 2], 16).unwrap();
        }
        let ended = EndedSessions::new();
        assert!(!ended.contains("S5r4kiQE4YGZo8zO5P4eOA"));
        ended.insert(SessionHash::from_sha256(&hash), 1).unwrap();
        assert!(ended.contains("S5r4kiQE4YGZo8zO5P4eOA"));
        for other in ["S5r4kiQE4YGZo8zO5P4eOB", "S5r4kiQE4YGZo8zO5P4eO", ""] {
            assert!(!ended.contains(other), "{other:?}");
        }
    }

    #[test]
    fn every_bit_tells_two_sessions_apart() {
        let zero = [0; 32];
        for bit in (0..64).chain(64..80) {
            let mut other = zero;
            other[bit / 8] |= 0x80 >> (bit % 8);
            let ended = EndedSessions::new();
            ended.insert(SessionHash::from_sha256(&zero), 1).unwrap();
            assert_eq!(
                ended.insert(SessionHash::from_sha256(&other), 1),
                Ok(true),
                "bit {bit}"
            );
            assert_eq!(ended.count(), 2);
        }
    }

    #[test]
    fn a_feed_that_never_ends_is_stopped_before_the_memory_does() {
        let ended = EndedSessions::new();
        let crowded = |number: u32| SessionHash {
            table: 7,
            within: [0, number],
        };
        let most = u32::try_from(MOST_IN_A_TABLE).unwrap();
        for number in 0..most {
            assert_eq!(ended.insert(crowded(number), 1), Ok(true));
        }
        assert_eq!(ended.insert(crowded(most), 1), Err(Full));
        assert_eq!(
            ended.insert(crowded(0), 1),
            Ok(false),
            "known ones are no burden"
        );
        assert_eq!(ended.count(), MOST_IN_A_TABLE);
        ended.forget_before(1_000);
        assert_eq!(
            ended.insert(crowded(most), 2_000),
            Ok(true),
            "time makes room"
        );
    }

    #[test]
    fn no_time_is_too_odd() {
        let ended = EndedSessions::new();
        ended.insert(hash_of(1), 0).unwrap();
        ended.insert(hash_of(2), u32::MAX).unwrap();
        ended.forget_before(i64::MIN);
        assert_eq!(ended.count(), 2);
        ended.forget_before(61);
        assert_eq!(ended.count(), 1);
        ended.forget_before(i64::MAX);
        assert_eq!(ended.count(), 0);
    }

    proptest! {
        #[test]
        fn it_holds_what_was_put_in_until_its_time_and_nothing_else(
            steps in prop::collection::vec((0_u32..60, 0_u32..500, any::<bool>()), 0..200)
        ) {
            let ended = EndedSessions::new();
            let mut model = BTreeMap::new();
            for (number, time, forget) in steps {
                if forget {
                    ended.forget_before(i64::from(time));
                    model.retain(|_, until: &mut u32| i64::from(*until) + KEPT_LONGER > i64::from(time));
                } else {
                    let new = ended.insert(hash_of(number), time).unwrap();
                    prop_assert_eq!(new, !model.contains_key(&number));
                    let until = model.entry(number).or_insert(time);
                    *until = (*until).max(time);
                }
                prop_assert_eq!(ended.count(), model.len());
                for number in 0..60 {
                    let held = ended.contains(&number.to_string());
                    prop_assert_eq!(held, model.contains_key(&number));
                }
            }
        }
    }
}
