//! Those who wait for a hashing thread: in order, bounded, and with an idea of how long it will take.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tegata_bcrypt::LANES;

use super::{Busy, Load, job::Job};

/// Seconds after which to try again, as long as nothing has been measured.
const UNMEASURED: u64 = 5;
/// Nobody is told to wait longer.
const LONGEST: u64 = 60;
/// How much one measurement, of half a millisecond, counts against those before it.
const WEIGHT: f64 = 1.0 / 128.0;

pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    bound: usize,
    threads: f64,
    deadline: Duration,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Rounds of all that wait.
    rounds: u64,
    running: usize,
    idle_threads: usize,
    /// Seconds that a busy thread takes for a round, all its lanes together.
    pace: Option<f64>,
    closed: bool,
}

impl Queue {
    pub(super) fn new(bound: usize, threads: usize, deadline: Duration) -> Self {
        Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            bound,
            threads: threads as f64,
            deadline,
        }
    }

    /// Takes a job in, unless there is no place, or its turn would come after the deadline.
    pub(super) fn push(&self, job: Job) -> Result<(), Busy> {
        let mut state = self.lock();
        if self.is_too_long(&state) {
            state.forget_the_gone();
        }
        if state.closed || self.is_too_long(&state) {
            return Err(self.busy(&state));
        }
        state.rounds += job.rounds;
        state.jobs.push_back(job);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// The next job, for a thread that has none. None when there will be no more.
    pub(super) fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.take() {
                return Some(job);
            }
            state.idle_threads += 1;
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.idle_threads -= 1;
        }
    }

    /// A job for a thread that has some, which no idle thread is about to take.
    pub(super) fn spare(&self) -> Option<Job> {
        let mut state = self.lock();
        (state.jobs.len() > state.idle_threads)
            .then(|| state.take())
            .flatten()
    }

    /// So many jobs are no longer running.
    pub(super) fn ended(&self, jobs: usize) {
        let mut state = self.lock();
        state.running = state.running.saturating_sub(jobs);
    }

    /// A thread did so many rounds in each of its lanes in that time.
    pub(super) fn worked(&self, rounds: u64, lanes: usize, took: Duration) {
        // With a lane free nobody waits, and rounds are dearer.
        if lanes == LANES && rounds > 0 {
            let now = took.as_secs_f64() / (rounds as f64 * lanes as f64);
            let mut state = self.lock();
            let before = state.pace.unwrap_or(now);
            state.pace = Some(before + WEIGHT * (now - before));
        }
    }

    pub(super) fn load(&self) -> Load {
        let state = self.lock();
        Load {
            waiting: state.jobs.len(),
            running: state.running,
        }
    }

    /// Whoever comes now may try again after so long.
    pub(super) fn overdue(&self) -> Busy {
        self.busy(&self.lock())
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// No place for another, or none in time.
    fn is_too_long(&self, state: &State) -> bool {
        let late = self.wait(state).is_some_and(|wait| wait > self.deadline);
        late || state.jobs.len() >= self.bound
    }

    fn busy(&self, state: &State) -> Busy {
        let seconds = self
            .wait(state)
            .map(|wait| wait.as_secs_f64().ceil() as u64);
        Busy {
            retry_after: seconds.unwrap_or(UNMEASURED).clamp(1, LONGEST),
        }
    }

    /// How long whoever joins now waits for a thread; not known before the threads were busy once.
    fn wait(&self, state: &State) -> Option<Duration> {
        let seconds = state.rounds as f64 * state.pace? / self.threads;
        Duration::try_from_secs_f64(seconds).ok()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whoever hung up gives their place to others.
    fn forget_the_gone(&mut self) {
        self.jobs.retain(|job| !job.taken_up.is_closed());
        self.rounds = self.jobs.iter().map(|job| job.rounds).sum();
    }

    fn take(&mut self) -> Option<Job> {
        let job = self.jobs.pop_front()?;
        self.rounds -= job.rounds;
        self.running += 1;
        Some(job)
    }
}
