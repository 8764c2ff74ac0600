//! Passwords on their own threads: one per core, first come first served, at a lower priority than the
//! rest of the service, behind a bounded queue. A flood of logins slows logins and nothing else.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
};

use thiserror::Error;
use tokio::sync::oneshot;

use crate::{
    config::Hashing,
    password::{NewPassword, Password, PasswordHash, Unfit},
};

/// Linux schedules threads by their own niceness; 10 lets every request go first.
const NICENESS: i32 = 10;

/// The queue in front of the hashing threads is full.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("too many passwords are waiting to be checked")]
pub struct Busy;

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

type Job = Box<dyn FnOnce() + Send>;

/// The hashing threads; clones share them.
#[derive(Clone)]
pub struct Hasher {
    queue: SyncSender<Job>,
    cost: u32,
}

impl Hasher {
    /// Starts the threads; they end when the last clone is dropped.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(hashing: Hashing) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel::<Job>(hashing.queue);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..hashing.threads.get() {
            let jobs = Arc::clone(&jobs);
            std::thread::Builder::new()
                .name(format!("bcrypt-{number}"))
                .spawn(move || work(&jobs))?;
        }
        Ok(Self {
            queue,
            cost: hashing.cost,
        })
    }

    /// Checks a password. With `upgrade`, a right one whose hash is of another cost is hashed anew.
    /// Otherwise the work is that of one hash at today's cost, also without a hash (there is no such
    /// user) and with an older, cheaper one.
    ///
    /// # Errors
    /// [`Busy`], at once.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
        upgrade: bool,
    ) -> Result<Verdict, Busy> {
        let cost = self.cost;
        self.run(move || {
            let right = hash.as_ref().is_some_and(|hash| hash.matches(&password));
            let stored = hash.and_then(|hash| hash.cost());
            if right && upgrade && stored != Some(cost) {
                let upgraded = password.rehash(cost);
                return Verdict::Right { upgraded };
            }
            password.pad(stored, cost);
            if right {
                Verdict::Right { upgraded: None }
            } else {
                Verdict::Wrong
            }
        })
        .await
    }

    /// Judges a new password ([`NewPassword::parse`]), here because that can be as much work as a hash.
    ///
    /// # Errors
    /// [`Busy`], at once.
    pub async fn judge(
        &self,
        password: String,
        username: String,
        email: Option<String>,
    ) -> Result<Result<NewPassword, Unfit>, Busy> {
        self.run(move || NewPassword::parse(password, &username, email.as_deref()))
            .await
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Busy`], at once.
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, Busy> {
        let cost = self.cost;
        self.run(move || password.hash(cost)).await?.ok_or(Busy)
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, outcome) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Whoever hung up while waiting no longer costs a core a third of a second.
            if !answer.is_closed() {
                let _ = answer.send(job());
            }
        });
        match self.queue.try_send(job) {
            Ok(()) => outcome.await.map_err(|_| Busy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Busy),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("cost", &self.cost).finish()
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    if let Err(cause) = rustix::process::nice(NICENESS) {
        tracing::debug!(%cause, "hashing threads keep normal priority");
    }
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            // A job that panics must not take the thread with it: the pool would shrink for good.
            Ok(job) => {
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
            }
            Err(_) => return,
        }
    }
}
