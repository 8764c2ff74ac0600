//! A hashing thread: takes jobs up as lanes become free, and moves all of them on a few rounds at a time.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Weak},
    time::Instant,
};

use tegata_bcrypt::{LANES, Lanes};

use super::{
    Observers,
    job::{Job, Running, Step},
    queue::Queue,
};

/// Linux schedules threads by their own niceness; 10 lets every request go first.
const NICENESS: i32 = 10;
/// Half a millisecond of work, after which a thread looks who has come and who has gone, and lets go of its core:
/// whoever wakes up is not let in before the scheduler's next tick otherwise, niceness or not.
const ROUNDS: u64 = 8;

/// Works until the queue closes.
pub(super) fn work(queue: &Queue, observers: &Observers) {
    if let Err(cause) = rustix::process::nice(NICENESS) {
        tracing::debug!(%cause, "hashing threads keep normal priority");
    }
    let mut thread = Thread {
        queue,
        observers,
        lanes: Lanes::new(),
    };
    loop {
        let job = match thread.lanes.busy() {
            0 => match queue.next() {
                Some(job) => Some(job),
                None => return,
            },
            LANES => None,
            _ => queue.spare(),
        };
        if let Some(job) = job {
            thread.take_up(job);
        }
        // Also after one that took no lane: a stream of those holds up no hash.
        if thread.lanes.busy() > 0 {
            thread.go_on();
        }
    }
}

struct Thread<'a> {
    queue: &'a Queue,
    observers: &'a Observers,
    lanes: Lanes<Running>,
}

impl Thread<'_> {
    fn take_up(&mut self, job: Job) {
        // Whoever hung up or waited too long costs nothing.
        if job.taken_up.send(()).is_err() {
            return self.queue.ended(1);
        }
        let begun = Instant::now();
        self.observers.waited(begun - job.queued);
        let first = catch_unwind(AssertUnwindSafe(job.first));
        self.follow(first.ok(), job.wanted, begun);
    }

    fn go_on(&mut self) {
        let (before, busy) = (Instant::now(), self.lanes.busy());
        let rounds = self.lanes.advance(ROUNDS);
        // Before the clock is read: what others take of the core is part of how long hashing takes.
        std::thread::yield_now();
        self.queue.worked(rounds, busy, before.elapsed());
        self.lanes.retain(Running::is_wanted);
        let gone = busy - self.lanes.busy();
        if gone > 0 {
            self.queue.ended(gone);
        }
        while let Some((running, digest)) = self.lanes.finished() {
            let Running {
                then,
                wanted,
                begun,
            } = running;
            let next = catch_unwind(AssertUnwindSafe(|| then(digest)));
            self.follow(next.ok(), wanted, begun);
        }
    }

    /// None after a panic, which takes neither the thread nor the other lanes with it.
    fn follow(&mut self, step: Option<Step>, wanted: Weak<()>, begun: Instant) {
        if let Some(Step::Hash(work, then)) = step {
            let running = Running {
                then,
                wanted,
                begun,
            };
            if self.lanes.begin(&work, running).is_ok() {
                return;
            }
        }
        self.observers.worked(begun.elapsed());
        self.queue.ended(1);
    }
}

/// Starts a thread.
pub(super) fn start(
    number: usize,
    queue: &Arc<Queue>,
    observers: &Arc<Observers>,
) -> std::io::Result<()> {
    let (queue, observers) = (Arc::clone(queue), Arc::clone(observers));
    std::thread::Builder::new()
        .name(format!("bcrypt-{number}"))
        .spawn(move || work(&queue, &observers))
        .map(drop)
}
