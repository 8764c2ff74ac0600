//! What is known of a key server: its last good keys, how old they are, and when it is to be asked again.

use std::{
    mem,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use tegata_token::{
    Clock, KeySet, Keyring, Random, VerifyingKey,
    jwk::{PublicJwk, Skipped},
};

use super::{
    JwksStatus,
    fetch::{Failure, Fetched},
    freshness::BOUNDS,
    source::JwksSource,
};

/// After tokens with an unknown key made us ask, others do not for so long: somebody may be sending random names.
const COOL_DOWN: i64 = 10_000;
/// In which part of its freshness a set is fetched anew, so that not all guards come at once.
const REFRESH: (f64, f64) = (0.75, 0.9);
/// How long after a failure the next attempt is, in milliseconds: with keys that still serve, and without any.
const PAUSE_SERVING: (f64, f64) = (5_000.0, 15_000.0);
const PAUSE_WITHOUT: (f64, f64) = (500.0, 1_500.0);

#[derive(Debug)]
pub(super) struct Held {
    state: RwLock<State>,
    stale_age: Duration,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// Moments are in milliseconds since 1970, by the clock that came in.
#[derive(Debug)]
struct State {
    last_good: Option<LastGood>,
    /// When it is time for another attempt.
    due_at: i64,
    /// When a token with an unknown key last made us ask.
    unknown_at: Option<i64>,
    /// Why the last attempt led nowhere.
    failure: Option<String>,
    attempted: bool,
    /// Whether the log says that the last good keys do not serve any more.
    too_old: bool,
    skipped: Vec<Skipped>,
}

#[derive(Debug)]
struct LastGood {
    ring: Arc<Keyring>,
    public: Vec<PublicJwk>,
    fetched_at: i64,
}

/// Something worth a line in the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Learned {
    /// The keys are other ones than before.
    pub(super) changed: bool,
    /// The attempt before this one failed.
    pub(super) is_back: bool,
    /// Keys that cannot be used and were not in the set before.
    pub(super) skipped: Vec<Skipped>,
}

/// An attempt that led nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failed {
    /// The attempt before this one went well, or there was none.
    pub(super) first: bool,
    /// There are keys that serve on.
    pub(super) serving: bool,
    /// From now on the last good keys are too old to serve.
    pub(super) too_old: bool,
}

impl Held {
    pub(super) fn new(source: &JwksSource) -> Self {
        Self {
            state: RwLock::new(State {
                last_good: None,
                due_at: i64::MIN,
                unknown_at: None,
                failure: None,
                attempted: false,
                too_old: false,
                skipped: Vec::new(),
            }),
            stale_age: source.stale_age,
            clock: Arc::clone(&source.clock),
            random: Arc::clone(&source.random),
        }
    }

    /// The keys that serve now, if there are any, and whether it is time to ask for them again.
    pub(super) fn look(&self) -> (Option<Arc<Keyring>>, bool) {
        let now = self.now();
        let state = self.read();
        (self.serving(&state, now), state.until_due(now).is_zero())
    }

    /// How long it is until the next attempt is due.
    pub(super) fn until_due(&self) -> Duration {
        let now = self.now();
        self.read().until_due(now)
    }

    /// Whether a token with an unknown key may make us ask now. True once per cool-down.
    pub(super) fn take_turn_for_unknown(&self) -> bool {
        let now = self.now();
        let mut state = self.write();
        // The distance counts: a clock that was set back must not lock anybody out.
        let cooled = state
            .unknown_at
            .is_none_or(|at| now.abs_diff(at) >= COOL_DOWN.unsigned_abs());
        if cooled {
            state.unknown_at = Some(now);
        }
        cooled
    }

    /// Whether the last attempt went well.
    pub(super) fn is_reachable(&self) -> bool {
        self.read().is_reachable()
    }

    pub(super) fn learn(&self, fetched: Fetched) -> Learned {
        let now = self.now();
        let KeySet { keys, skipped } = fetched.set;
        let public: Vec<_> = keys.iter().filter_map(VerifyingKey::jwk).collect();
        let fresh_for = fetched.fresh_for.as_millis() as f64;
        let (least, most) = REFRESH;
        let mut state = self.write();
        let same = state
            .last_good
            .take()
            .filter(|before| are_the_same(&before.public, &public));
        let learned = Learned {
            changed: same.is_none(),
            is_back: state.failure.take().is_some(),
            skipped: (skipped.iter())
                .filter(|one| !state.skipped.contains(one))
                .cloned()
                .collect(),
        };
        state.last_good = Some(LastGood {
            // The same ring: what was judged by it stays judged.
            ring: same.map_or_else(|| Arc::new(Keyring::new(None, keys)), |before| before.ring),
            public,
            fetched_at: now,
        });
        state.skipped = skipped;
        state.attempted = true;
        state.too_old = false;
        state.due_at = self.after(now, (least * fresh_for, most * fresh_for));
        learned
    }

    /// What the log is to say of it.
    pub(super) fn fail(&self, failure: &Failure) -> Failed {
        let now = self.now();
        let mut state = self.write();
        let first = state.failure.replace(failure.to_string()).is_none();
        state.attempted = true;
        let serving = self.serving(&state, now).is_some();
        let pause = if serving {
            PAUSE_SERVING
        } else {
            PAUSE_WITHOUT
        };
        state.due_at = self.after(now, pause);
        let too_old = state.last_good.is_some() && !serving;
        Failed {
            first,
            serving,
            too_old: !mem::replace(&mut state.too_old, too_old) && too_old,
        }
    }

    /// Of the keys of `server`.
    pub(super) fn status(&self, server: String) -> JwksStatus {
        let now = self.now();
        let state = self.read();
        let last_good = state.last_good.as_ref();
        let kids = last_good.map(|good| good.ring.kids().map(ToString::to_string).collect());
        JwksStatus {
            server,
            age: last_good.map(|good| good.age(now)),
            reachable: state.is_reachable(),
            kids: kids.unwrap_or_default(),
            serving: self.serving(&state, now).is_some(),
            last_error: state.failure.clone(),
        }
    }

    fn serving(&self, state: &State, now: i64) -> Option<Arc<Keyring>> {
        let good = state.last_good.as_ref()?;
        (good.age(now) <= self.stale_age).then(|| Arc::clone(&good.ring))
    }

    /// A moment after `now`, somewhere between `least` and `most` milliseconds.
    fn after(&self, now: i64, (least, most): (f64, f64)) -> i64 {
        let mut byte = [0];
        self.random.fill(&mut byte);
        let [byte] = byte;
        let wait = least + (most - least) * f64::from(byte) / f64::from(u8::MAX);
        now.saturating_add(wait as i64)
    }

    fn now(&self) -> i64 {
        let now = self.clock.now();
        now.unix_timestamp() * 1000 + i64::from(now.millisecond())
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn until_due(&self, now: i64) -> Duration {
        let left = self.due_at.saturating_sub(now).max(0).unsigned_abs();
        let left = Duration::from_millis(left);
        // Farther than any moment that was ever set: the clock was set back.
        if left > *BOUNDS.end() {
            return Duration::ZERO;
        }
        left
    }

    fn is_reachable(&self) -> bool {
        self.attempted && self.failure.is_none()
    }
}

impl LastGood {
    fn age(&self, now: i64) -> Duration {
        // A clock that was set back is no reason to trust the keys for longer: the distance counts.
        Duration::from_millis(now.abs_diff(self.fetched_at))
    }
}

/// In any order, and however often each is listed: some servers shuffle them.
fn are_the_same(some: &[PublicJwk], others: &[PublicJwk]) -> bool {
    let all_in =
        |these: &[PublicJwk], those: &[PublicJwk]| these.iter().all(|one| those.contains(one));
    all_in(some, others) && all_in(others, some)
}
