//! What a hashing thread does for one request: a hash, perhaps another, an answer.

use std::{sync::Weak, time::Instant};

use tegata_bcrypt::{Digest, Work};
use tokio::sync::oneshot;

/// What comes next.
pub(super) enum Step {
    /// A hash, and what to make of it.
    Hash(Work, Then),
    /// Nothing; the answer is given.
    Done,
}

/// What to make of a hash.
pub(super) type Then = Box<dyn FnOnce(Digest) -> Step + Send>;

impl Step {
    pub(super) fn hash(work: Work, then: impl FnOnce(Digest) -> Self + Send + 'static) -> Self {
        Self::Hash(work, Box::new(then))
    }

    /// An answer for whoever still waits for it.
    pub(super) fn answer<T>(to: oneshot::Sender<T>, answer: T) -> Self {
        let _ = to.send(answer);
        Self::Done
    }
}

/// A request in the queue.
pub(super) struct Job {
    /// The rounds that it takes, as far as can be told beforehand.
    pub(super) rounds: u64,
    pub(super) queued: Instant,
    /// Told when a thread takes it up; whoever waited too long listens no more.
    pub(super) taken_up: oneshot::Sender<()>,
    /// Gone with whoever waits for the answer.
    pub(super) wanted: Weak<()>,
    pub(super) first: Box<dyn FnOnce() -> Step + Send>,
}

/// A job whose hash is being made.
pub(super) struct Running {
    pub(super) then: Then,
    pub(super) wanted: Weak<()>,
    pub(super) begun: Instant,
}

impl Running {
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.strong_count() > 0
    }
}
