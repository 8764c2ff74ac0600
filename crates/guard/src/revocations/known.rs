//! What the follower has learned and the guards ask: the ended sessions, and how fresh that knowledge is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::*},
    },
    time::Duration,
};

use tegata_token::Clock;
use tokio::sync::Notify;

use super::ended::EndedSessions;

/// In seconds, how long the issuer may wait for news before it answers. It grants no more: many a proxy between
/// gives up at 30 by itself, and that would look like an outage each time.
const LONGEST_WAIT: u64 = 25;
const NEVER: i64 = i64::MIN;

#[derive(Debug)]
pub(super) struct Known {
    pub(super) ended: EndedSessions,
    /// Rung when the follower should ask anew, with a shorter wait.
    pub(super) bell: Notify,
    clock: Arc<dyn Clock>,
    /// Milliseconds since 1970, or [`NEVER`].
    completed_at: AtomicI64,
    reachable: AtomicBool,
    /// In seconds.
    wait: AtomicU64,
}

impl Known {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            ended: EndedSessions::new(),
            bell: Notify::new(),
            clock,
            completed_at: AtomicI64::new(NEVER),
            reachable: AtomicBool::new(false),
            wait: AtomicU64::new(LONGEST_WAIT),
        }
    }

    /// In seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    /// Since the list was last complete; `None` when it never was.
    pub(super) fn age(&self) -> Option<Duration> {
        match self.completed_at.load(Acquire) {
            NEVER => None,
            // A clock that was set back is no reason to trust the list for longer: the distance counts.
            at => Some(Duration::from_millis(self.now_in_millis().abs_diff(at))),
        }
    }

    pub(super) fn is_reachable(&self) -> bool {
        self.reachable.load(Relaxed)
    }

    /// The issuer has told everything.
    pub(super) fn is_complete_now(&self) {
        self.reachable.store(true, Relaxed);
        self.completed_at.store(self.now_in_millis(), Release);
    }

    pub(super) fn was_not_reached(&self) {
        self.reachable.store(false, Relaxed);
    }

    /// How long the issuer shall wait for news.
    pub(super) fn wait(&self) -> Duration {
        Duration::from_secs(self.wait.load(Relaxed))
    }

    /// Has the issuer wait no longer than this; also now.
    pub(super) fn ask_every(&self, longest: Duration) {
        if longest.as_secs() < self.wait.fetch_min(longest.as_secs(), Relaxed) {
            self.bell.notify_one();
        }
    }

    fn now_in_millis(&self) -> i64 {
        let now = self.clock.now();
        now.unix_timestamp() * 1000 + i64::from(now.millisecond())
    }
}
