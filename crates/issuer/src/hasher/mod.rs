//! Passwords on their own threads: one per core, first come first served, at a lower priority than the
//! rest of the service, behind a bounded queue with a deadline. A flood of logins slows logins and nothing
//! else; and as each thread has several hashes in step ([`tegata_bcrypt`]), it slows them late.

mod job;
mod queue;
mod thread;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use tegata_bcrypt::Hash;
use thiserror::Error;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    config::Hashing,
    password::{MAX_BYTES, NewPassword, Password, PasswordHash, Unfit, Unusable},
};
use job::{Job, Step};
use queue::Queue;

/// What it is to judge a new password, in rounds: some milliseconds of a thread.
const JUDGED: u64 = 128;

/// The queue in front of the hashing threads is full, or too long for the deadline.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("too many passwords are waiting to be checked")]
pub struct Busy {
    /// Seconds after which those who wait now have had their turn, 1 to 60.
    pub retry_after: u64,
}

/// What became of a password that was checked.
#[derive(Debug)]
pub enum Verdict {
    /// It is the right one. When its hash was made at another cost, here is a new one to keep.
    Right {
        /// The hash at today's cost.
        upgraded: Option<PasswordHash>,
    },
    /// It is not.
    Wrong,
}

/// How much there is to do at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Passwords that wait for a thread.
    pub waiting: usize,
    /// Those that are being hashed.
    pub running: usize,
}

/// Hears what becomes of passwords, for whoever counts. Called where the work is done: be brief.
pub trait Observer: Send + Sync {
    /// One waited so long for a thread that then took it up.
    fn waited(&self, time: Duration);
    /// One was worked on for so long, others in step with it.
    fn worked(&self, time: Duration);
    /// One was refused: there was no place for it, or its turn did not come in time.
    fn refused(&self);
}

/// Whoever counts, once somebody does.
#[derive(Default)]
struct Observers(OnceLock<Arc<dyn Observer>>);

impl Observers {
    fn waited(&self, time: Duration) {
        if let Some(observer) = self.0.get() {
            observer.waited(time);
        }
    }

    fn worked(&self, time: Duration) {
        if let Some(observer) = self.0.get() {
            observer.worked(time);
        }
    }

    fn refused(&self) {
        if let Some(observer) = self.0.get() {
            observer.refused();
        }
    }
}

/// The hashing threads; clones share them.
#[derive(Clone)]
pub struct Hasher {
    queue: Arc<Closing>,
    observers: Arc<Observers>,
    hashing: Hashing,
}

/// Ends the threads when the last who could ask them has gone.
struct Closing(Arc<Queue>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Hasher {
    /// Starts the threads; they end when the last clone is dropped.
    ///
    /// # Errors
    /// The system has no thread to give, or this build hashes otherwise than the crate `bcrypt`.
    pub fn start(hashing: Hashing) -> std::io::Result<Self> {
        if !tegata_bcrypt::agrees() {
            let wrong =
                "on this machine they come to other hashes than the crate bcrypt: please report it";
            return Err(std::io::Error::other(wrong));
        }
        let threads = hashing.threads.get();
        let queue = Arc::new(Queue::new(hashing.queue, threads, hashing.deadline));
        let closing = Arc::new(Closing(Arc::clone(&queue)));
        let observers = Arc::default();
        for number in 0..threads {
            thread::start(number, &queue, &observers)?;
        }
        Ok(Self {
            queue: closing,
            observers,
            hashing,
        })
    }

    /// Tells this observer from now on. There is one; another is not heard.
    pub fn observe(&self, observer: Arc<dyn Observer>) {
        let _ = self.observers.0.set(observer);
    }

    /// How much there is to do.
    pub fn load(&self) -> Load {
        self.queue.0.load()
    }

    /// Why no password fits this hash, if none does.
    pub fn unusable(&self, hash: &PasswordHash) -> Option<Unusable> {
        hash.parse(self.hashing.max_cost).err()
    }

    /// Checks a password. With `upgrade`, a right one whose hash is of another cost is hashed anew.
    /// Otherwise the work is that of one hash at today's cost, also without a hash (there is no such
    /// user), with one that is unusable ([`Hasher::unusable`]), and with an older, cheaper one. Only a
    /// password that nobody has, longer than any that is taken, is no work at all.
    ///
    /// # Errors
    /// [`Busy`], at once, or when its turn has not come within the deadline.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
        upgrade: bool,
    ) -> Result<Verdict, Busy> {
        if password.is_too_long() {
            return Ok(Verdict::Wrong);
        }
        let Hashing { cost, max_cost, .. } = self.hashing;
        let stored = hash.and_then(|hash| hash.parse(max_cost).ok());
        let rounds = stored.map_or(cost, |stored| stored.cost.max(cost));
        self.run(Hash::rounds(rounds), move |answer| {
            let Some(stored) = stored else {
                let work = password.work(Hash::rounds(cost));
                return Step::hash(work, |_| Step::answer(answer, Verdict::Wrong));
            };
            let work = password.check(&stored);
            Step::hash(work, move |digest| {
                let right = stored.is(&digest) && password.is_whole();
                if right && upgrade && stored.cost != cost {
                    let (salt, work) = password.anew(cost);
                    return Step::hash(work, move |digest| {
                        let upgraded = PasswordHash::made(Hash { cost, salt, digest });
                        let upgraded = Some(upgraded);
                        Step::answer(answer, Verdict::Right { upgraded })
                    });
                }
                let verdict = if right {
                    Verdict::Right { upgraded: None }
                } else {
                    Verdict::Wrong
                };
                match left_to_do(stored.cost, cost) {
                    0 => Step::answer(answer, verdict),
                    rounds => Step::hash(password.work(rounds), |_| Step::answer(answer, verdict)),
                }
            })
        })
        .await
    }

    /// Judges a new password ([`NewPassword::parse`]), here because that is work for whoever asks.
    ///
    /// # Errors
    /// [`Busy`], as [`Hasher::verify`].
    pub async fn judge(
        &self,
        password: String,
        username: String,
        email: Option<String>,
    ) -> Result<Result<NewPassword, Unfit>, Busy> {
        if password.len() > MAX_BYTES {
            return Ok(Err(Unfit::TooLong));
        }
        let rounds = Hash::rounds(self.hashing.cost).min(JUDGED);
        self.run(rounds, move |answer| {
            Step::answer(
                answer,
                NewPassword::parse(password, &username, email.as_deref()),
            )
        })
        .await
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Busy`], as [`Hasher::verify`].
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, Busy> {
        let cost = self.hashing.cost;
        self.run(Hash::rounds(cost), move |answer| {
            let (salt, work) = password.anew(cost);
            Step::hash(work, move |digest| {
                Step::answer(answer, PasswordHash::made(Hash { cost, salt, digest }))
            })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        rounds: u64,
        first: impl FnOnce(oneshot::Sender<T>) -> Step + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, outcome) = oneshot::channel();
        let (taken_up, turn) = oneshot::channel();
        let wanted = Arc::new(());
        let job = Job {
            rounds,
            queued: Instant::now(),
            taken_up,
            wanted: Arc::downgrade(&wanted),
            first: Box::new(move || first(answer)),
        };
        let queue = &self.queue.0;
        let refused = match queue.push(job) {
            Err(busy) => busy,
            Ok(()) => match timeout(self.hashing.deadline, turn).await {
                Ok(_) => match outcome.await {
                    Ok(outcome) => {
                        drop(wanted);
                        return Ok(outcome);
                    }
                    Err(_) => queue.overdue(),
                },
                Err(_) => queue.overdue(),
            },
        };
        self.observers.refused();
        Err(refused)
    }
}

/// The rounds between a check at one cost and one at a dearer: how long a refusal takes tells neither whether
/// there is such a user nor how old the hash is.
fn left_to_do(done: u32, cost: u32) -> u64 {
    Hash::rounds(cost).saturating_sub(Hash::rounds(done))
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("hashing", &self.hashing)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_the_work_of_one_hash_whatever_the_stored_one_is() {
        for stored in 4..=12 {
            let all = Hash::rounds(stored) + left_to_do(stored, 12);
            assert_eq!(all, 1 << 12, "a hash of cost {stored}");
        }
        assert_eq!(left_to_do(14, 12), 0);
    }
}
