//! Why the issuer has just ended a session. Of a browser with several tabs, the first request that learns it destroys
//! the session here; those that are on their way with the same cookie find none, and are to tell the same cause.
//! Kept in this process, for a minute; after that, and at another replica, it is a session that nobody knows.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use time::{Duration, OffsetDateTime};
use tower_sessions::session::Id;

use crate::cause::Cause;

const KEPT_FOR: Duration = Duration::minutes(1);
/// When so many end within a minute, the cause of some is told to one tab only.
const MOST: usize = 4096;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Farewells(Mutex<HashMap<Id, (Cause, OffsetDateTime)>>);

impl Farewells {
    /// Keeps the cause of an end.
    pub(crate) fn note(&self, id: Id, cause: Cause, now: OffsetDateTime) {
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.retain(|_, (_, at)| is_recent(*at, now));
        }
        if kept.len() < MOST {
            kept.insert(id, (cause, now));
        }
    }

    /// Why this session has ended, if that was a moment ago.
    pub(crate) fn cause_of(&self, id: Id, now: OffsetDateTime) -> Option<Cause> {
        let kept = self.kept().get(&id).copied();
        kept.and_then(|(cause, at)| is_recent(at, now).then_some(cause))
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Id, (Cause, OffsetDateTime)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_recent(at: OffsetDateTime, now: OffsetDateTime) -> bool {
    (now - at).abs() < KEPT_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_kept_for_a_minute_and_there_are_never_too_many() {
        let farewells = Farewells::default();
        let now = OffsetDateTime::UNIX_EPOCH;
        for id in 0..=MOST as i128 {
            farewells.note(Id(id), Cause::SignedOut, now);
        }
        assert_eq!(farewells.kept().len(), MOST);
        assert_eq!(farewells.cause_of(Id(0), now), Some(Cause::SignedOut));
        assert_eq!(farewells.cause_of(Id(MOST as i128), now), None);

        let later = now + KEPT_FOR;
        assert_eq!(farewells.cause_of(Id(0), later), None);
        farewells.note(Id(-1), Cause::Expired, later);
        assert_eq!(farewells.cause_of(Id(-1), later), Some(Cause::Expired));
        assert_eq!(farewells.kept().len(), 1);
    }
}
