//! Many persons at once, at an even pace, until they are told to stop.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{Act, Journal, Person, Times, pause, person::Done};

/// Oddities that are kept: one is enough to fail, a few say why.
const ODDITIES: usize = 50;
/// The longest that nobody looks whether the trial is over.
const BLINK: Duration = Duration::from_millis(50);

/// What people saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Times and outcomes of each act.
    pub acts: BTreeMap<Act, Times>,
    /// What should not have been, in words; the first of them.
    pub odd: Vec<String>,
}

impl Seen {
    /// Acts with this status.
    pub fn with_status(&self, status: u16) -> usize {
        let counts = self.acts.values();
        counts.map(|times| times.with_status(status)).sum()
    }

    /// Acts without an answer.
    pub fn unanswered(&self) -> usize {
        self.acts.values().map(Times::unanswered).sum()
    }

    /// All acts.
    pub fn count(&self) -> usize {
        self.acts.values().map(Times::count).sum()
    }

    fn add(&mut self, done: Done) {
        let times = self.acts.entry(done.act).or_default();
        times.add(done.outcome, done.took);
        if let Some(odd) = done.odd
            && self.odd.len() < ODDITIES
        {
            self.odd.push(odd);
        }
    }
}

/// People at work; they stop when this is dropped.
#[derive(Debug)]
pub struct People {
    over: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    threads: Vec<JoinHandle<()>>,
}

impl People {
    /// So many persons who do so many acts a second together, at these services.
    pub fn begin(
        (api, pages): (&str, &str),
        journal: &Arc<Journal>,
        persons: usize,
        acts_a_second: f64,
    ) -> Self {
        let all = (0..persons).map(|number| Person::new(number, api, pages, journal));
        Self::of(all.collect(), acts_a_second)
    }

    /// These persons, who do so many acts a second together.
    pub fn of(persons: Vec<Person>, acts_a_second: f64) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let count = persons.len();
        let between = Duration::from_secs_f64(count as f64 / acts_a_second);
        let start = |(number, mut person): (usize, Person)| {
            let (over, seen) = (Arc::clone(&over), Arc::clone(&seen));
            thread::spawn(move || {
                let offset = between.mul_f64(number as f64 / count as f64);
                let mut due = Instant::now() + offset;
                while !over.load(Relaxed) {
                    let left = due.saturating_duration_since(Instant::now());
                    if !left.is_zero() {
                        pause(left.min(BLINK));
                        continue;
                    }
                    let done = person.act();
                    seen.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .add(done);
                    // Who was held up does not make up for it.
                    due = (due + between).max(Instant::now());
                }
            })
        };
        let threads = persons.into_iter().enumerate().map(start).collect();
        Self {
            over,
            seen,
            threads,
        }
    }

    /// What they have seen so far.
    pub fn seen(&self) -> Seen {
        let seen = self.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What they have seen since this was last asked.
    pub fn news(&self) -> Seen {
        let seen = self.seen.lock();
        std::mem::take(&mut *seen.unwrap_or_else(PoisonError::into_inner))
    }

    /// Everybody finishes what they do: what they have seen (since [`People::news`]).
    pub fn end(mut self) -> Seen {
        self.stop();
        self.seen()
    }

    fn stop(&mut self) {
        self.over.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}

impl Drop for People {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
    }
}
