//! So many a minute, counted in memory: where a store would cost more than it protects. What a restart or another
//! replica forgets of it does no harm.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash},
    sync::{Mutex, MutexGuard, PoisonError},
};

use time::{Duration, OffsetDateTime};

const PER: Duration = Duration::MINUTE;
/// Keys that are remembered at most, some four megabytes. One more, and all are forgotten: that lets somebody go on
/// who would wait, and keeps nobody out.
const MOST_KEYS: usize = 100_000;
/// With fewer it is not worth looking for those that are over.
const FEW_KEYS: usize = 1_000;

/// A bucket for each key, which holds a minute's worth and is filled again evenly (GCRA).
#[derive(Debug)]
pub(super) struct Rate {
    each: Duration,
    hasher: RandomState,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// By the hash of a key: when its bucket is full again.
    full_at: HashMap<u64, OffsetDateTime>,
    /// As many keys as there may be before those are looked for that are over.
    look_at: usize,
}

impl Rate {
    pub(super) fn a_minute(most: u32) -> Self {
        Self {
            each: PER / most.max(1),
            hasher: RandomState::new(),
            used: Mutex::default(),
        }
    }

    /// How long it is until one more may be taken; zero when that is now.
    pub(super) fn left(&self, key: impl Hash, now: OffsetDateTime) -> Duration {
        let key = self.hasher.hash_one(key);
        self.wait(self.used().full_at.get(&key), now)
    }

    /// Takes one.
    ///
    /// # Errors
    /// There is none for so long.
    pub(super) fn take(&self, key: impl Hash, now: OffsetDateTime) -> Result<(), Duration> {
        let key = self.hasher.hash_one(key);
        let mut used = self.used();
        let wait = self.wait(used.full_at.get(&key), now);
        if wait > Duration::ZERO {
            return Err(wait);
        }
        used.make_room(now);
        let full_at = used.full_at.entry(key).or_insert(now);
        *full_at = sane(*full_at, now).max(now) + self.each;
        Ok(())
    }

    fn wait(&self, full_at: Option<&OffsetDateTime>, now: OffsetDateTime) -> Duration {
        let full_at = full_at.map_or(now, |at| sane(*at, now));
        (full_at + self.each - PER - now).max(Duration::ZERO)
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No bucket takes longer than a minute to be full: one that does was used by a clock that was set back since.
fn sane(full_at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
    if full_at > now + PER { now } else { full_at }
}

impl Used {
    fn make_room(&mut self, now: OffsetDateTime) {
        if self.full_at.len() < self.look_at.max(FEW_KEYS) {
            return;
        }
        self.full_at.retain(|_, full_at| sane(*full_at, now) > now);
        if self.full_at.len() >= MOST_KEYS {
            tracing::warn!(
                "too many different clients within a minute: how often each asked is forgotten"
            );
            self.full_at.clear();
        }
        self.full_at.shrink_to(FEW_KEYS);
        self.look_at = (self.full_at.len() * 2).min(MOST_KEYS);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);

    #[test]
    fn a_minutes_worth_at_once_and_then_evenly() {
        let rate = Rate::a_minute(60);
        for _ in 0..60 {
            assert_eq!(rate.take("one", START), Ok(()));
        }
        assert_eq!(rate.take("one", START), Err(Duration::SECOND));
        assert_eq!(rate.left("one", START), Duration::SECOND);
        assert_eq!(rate.take("other", START), Ok(()));
        let later = START + Duration::SECOND;
        assert_eq!(rate.take("one", later), Ok(()));
        assert_eq!(rate.take("one", later), Err(Duration::SECOND));
        let much_later = START + Duration::minutes(5);
        for _ in 0..60 {
            assert_eq!(rate.take("one", much_later), Ok(()));
        }
        assert!(rate.take("one", much_later).is_err());
    }

    #[test]
    fn keys_whose_time_is_over_are_forgotten_and_there_are_never_too_many() {
        let rate = Rate::a_minute(60);
        for key in 0..20 * FEW_KEYS {
            let now = START + Duration::milliseconds(i64::try_from(key).unwrap());
            assert_eq!(rate.take(key, now), Ok(()));
            assert!(rate.used().full_at.len() < 3 * FEW_KEYS);
        }
        let at_once = Rate::a_minute(60);
        for key in 0..MOST_KEYS + FEW_KEYS {
            assert_eq!(at_once.take(key, START), Ok(()));
        }
        assert_eq!(at_once.used().full_at.len(), FEW_KEYS);
    }

    proptest! {
        #[test]
        fn nobody_waits_longer_than_a_minute_whatever_the_clock_does(
            most in 1_u32..10_000, steps in proptest::collection::vec(-90_000_i64..90_000, 1..200)
        ) {
            let rate = Rate::a_minute(most);
            let mut now = START;
            for step in steps {
                now += Duration::milliseconds(step);
                if let Err(wait) = rate.take(0, now) {
                    prop_assert!(wait > Duration::ZERO && wait <= PER);
                    prop_assert_eq!(rate.left(0, now + wait), Duration::ZERO);
                }
            }
        }

        #[test]
        fn no_more_than_two_minutes_worth_fit_into_a_minute(
            most in 1_u32..100, gaps in proptest::collection::vec(0_i64..5_000, 1..400)
        ) {
            let rate = Rate::a_minute(most);
            let (mut now, mut taken) = (START, Vec::new());
            for gap in gaps {
                now += Duration::milliseconds(gap);
                if rate.take(0, now).is_ok() {
                    taken.push(now);
                }
            }
            for (first, at) in taken.iter().enumerate() {
                let within = taken[first..].iter().filter(|other| **other - *at < PER).count();
                prop_assert!(within <= 2 * most as usize);
            }
        }
    }
}
