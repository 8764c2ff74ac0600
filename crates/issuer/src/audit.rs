//! The audit trail: [`Audit::record`] writes an event to the log at once, and to the store.
//!
//! Into the store by way of a bounded queue and one writer, which takes many at a time: a refresh stays one
//! operation of the store for whoever waits for it, and a flood fills no memory. What a queue costs is that a
//! crash loses its last half second; an ordinary stop waits for it ([`Audit::close`]), and a grave event
//! (somebody may have to prove it later: reuse, another password, whatever an administrator does) is waited for
//! before its act is answered. An act never fails because of its event: it has happened. While the store is
//! away the writer tries on, for an hour; what finds no place meanwhile, or no store at last, is counted and said
//! in the log, where each event is anyway.

mod ids;
mod line;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use prometheus_client::registry::Registry;
use tegata_server::metrics::{Cause, Event as EventLabel, Kind as KindLabel, Words};
use tegata_token::{Clock, Random};
use time::OffsetDateTime;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};

use crate::{
    event::{Act, Event, Kind},
    login_session::EndCause,
    store::{Store, Unavailable},
    throttle::Began,
};
use ids::LastId;
use line::log;

/// Events that wait at most: some seconds of all that an issuer can do, and eight megabytes at most.
const QUEUE: usize = 10_000;
/// More of them, for grave ones: a flood of others does not keep these out.
const RESERVE: usize = 1_000;
/// Events that are written at once, at most.
const BATCH: usize = 500;
/// How long the writer waits for more to come along.
const LINGER: Duration = Duration::from_millis(500);
/// Between two attempts, when the store is away.
const PAUSE: Duration = Duration::from_secs(5);
/// How long it is tried for the same events.
const TRIED_FOR: Duration = Duration::from_secs(60 * 60);
/// How long whoever did something grave waits for its event.
const GRAVE_WAIT: Duration = Duration::from_secs(2);
/// How long whoever reads waits for what is still on its way.
const READ_WAIT: Duration = Duration::from_secs(1);
/// How long a stop waits; with the drain before it, less than what supervisors allow.
const STOP_WAIT: Duration = Duration::from_secs(3);

/// The audit trail; clones share it.
#[derive(Clone, Debug)]
pub struct Audit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    happened: Words<EventLabel>,
    ended: Words<Cause>,
    waits: Words<KindLabel>,
    queue: Mutex<Queue>,
    /// The writer should not wait any longer.
    hurry: Notify,
    progress: watch::Sender<Progress>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Event>,
    /// Whether there is a writer.
    is_written: bool,
    /// How many have ever waited.
    taken: u64,
    /// How many were lost, and how many of those nobody has been told of.
    lost: u64,
    untold: u64,
    last_id: LastId,
}

/// How far the writer is.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Of those that have ever waited, how many do not any more.
    done: u64,
    /// Whether the last attempt failed.
    failing: bool,
}

impl Audit {
    /// A trail into this store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self(Arc::new(Shared {
            store,
            clock,
            random,
            happened: Words::of(Kind::ALL.map(|kind| kind.code().into())),
            ended: Words::of(EndCause::ALL.map(|cause| cause.code().into())),
            waits: Words::of(Began::ALL.map(|wait| wait.code().into())),
            queue: Mutex::default(),
            hurry: Notify::new(),
            progress: watch::Sender::default(),
        }))
    }

    /// Records what happened. Waits for the store only if it is grave, and not for long.
    pub async fn record(&self, act: Act) {
        self.count(&act);
        let is_grave = act.is_grave();
        let at = self.0.clock.now().truncate_to_millisecond();
        let Some(place) = self.enqueue(at, act, is_grave) else {
            return;
        };
        if is_grave {
            self.wait_for(place, GRAVE_WAIT, |progress| progress.failing)
                .await;
        }
    }

    /// Waits until what was recorded here is in the store, but not for long, and not while that is away:
    /// whoever did something and looks it up finds it.
    pub(crate) async fn settle(&self) {
        let place = self.queue().taken;
        self.wait_for(place, READ_WAIT, |progress| progress.failing)
            .await;
    }

    /// The same before a stop, with a last attempt at a store that is away. Says what is lost.
    pub async fn close(&self) {
        let place = self.queue().taken;
        self.wait_for(place, STOP_WAIT, |_| false).await;
        let done = self.0.progress.borrow().done;
        if done < place {
            let count = place - done;
            tracing::error!(
                count,
                "{count} audit events could not be kept before the stop; only the log has them"
            );
        }
    }

    /// How many events the log alone has.
    pub(crate) fn lost(&self) -> u64 {
        self.queue().lost
    }

    /// How many are not in the store yet.
    pub(crate) fn waiting(&self) -> usize {
        self.queue().waiting.len()
    }

    /// Puts what is counted here under its names.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let happened = "Audit events, by their code";
        self.0.happened.register(registry, "audit_events", happened);
        let ended = "Login sessions that were ended, by the code of the cause";
        self.0.ended.register(registry, "sessions_ended", ended);
        let waits = "Waits that began after too many failed passwords, by whose they are";
        self.0.waits.register(registry, "login_waits", waits);
    }

    fn count(&self, act: &Act) {
        self.0.happened.count(&act.kind.code().into());
        let cause = match act.kind {
            Kind::Logout => Some(EndCause::SignedOut),
            Kind::RefreshReused => Some(EndCause::RefreshReused),
            Kind::SessionsEnded => act.cause.as_deref().and_then(EndCause::of),
            _ => None,
        };
        let wait = Began::ALL.into_iter().find(|wait| {
            act.kind == Kind::LoginThrottled && act.cause.as_deref() == Some(wait.code())
        });
        if let Some(wait) = wait {
            self.0.waits.count(&wait.code().into());
        }
        if let Some(cause) = cause {
            let count = act.count.unwrap_or(1);
            self.0.ended.add(&cause.code().into(), count);
        }
    }

    /// Its place among all that ever waited; none when there was no room. Sees to it that there is a writer.
    fn enqueue(&self, at: OffsetDateTime, act: Act, is_grave: bool) -> Option<u64> {
        let room = if is_grave { QUEUE + RESERVE } else { QUEUE };
        let id = self.queue().last_id.next(at, self.0.random.as_ref());
        let event = Event { id, at, act };
        log(&event);
        let mut queue = self.queue();
        if queue.waiting.len() >= room {
            queue.lost += 1;
            queue.untold += 1;
            return None;
        }
        queue.waiting.push_back(event);
        queue.taken += 1;
        if !std::mem::replace(&mut queue.is_written, true) {
            tokio::spawn(self.clone().write());
        }
        Some(queue.taken)
    }

    async fn wait_for(&self, place: u64, limit: Duration, enough: impl Fn(&Progress) -> bool) {
        let mut progress = self.0.progress.subscribe();
        if progress.borrow().done >= place {
            return;
        }
        self.0.hurry.notify_one();
        let is_there = |progress: &Progress| progress.done >= place || enough(progress);
        // Too late is none of the caller's business: the event is on its way.
        let _ = timeout(limit, progress.wait_for(is_there)).await;
    }

    /// Writes until nothing waits any more.
    async fn write(self) {
        while let Some(batch) = self.next_batch().await {
            let count = batch.len() as u64;
            let kept = self.keep(&batch).await;
            self.0.progress.send_modify(|progress| {
                progress.done += count;
                progress.failing = !kept;
            });
            let untold = {
                let mut queue = self.queue();
                if !kept {
                    queue.lost += count;
                    queue.untold += count;
                }
                std::mem::take(&mut queue.untold)
            };
            if untold > 0 {
                tracing::error!(
                    count = untold,
                    "{untold} audit events were not kept; only the log has them"
                );
            }
        }
    }

    /// What is written next; after nothing, this is no writer any more.
    async fn next_batch(&self) -> Option<Vec<Event>> {
        if self.queue().waiting.len() < BATCH {
            let _ = timeout(LINGER, self.0.hurry.notified()).await;
        }
        let mut queue = self.queue();
        let many = queue.waiting.len().min(BATCH);
        let batch: Vec<Event> = queue.waiting.drain(..many).collect();
        queue.is_written = !batch.is_empty();
        queue.is_written.then_some(batch)
    }

    /// Whether these could be kept, sooner or later.
    async fn keep(&self, batch: &[Event]) -> bool {
        let start = Instant::now();
        let mut failures = 0_u32;
        loop {
            let Err(cause) = self.0.store.add_events(batch).await else {
                if failures > 0 {
                    tracing::info!("audit events are kept again");
                }
                return true;
            };
            self.failed(&cause, failures);
            failures = failures.saturating_add(1);
            if start.elapsed() >= TRIED_FOR {
                return false;
            }
            let _ = timeout(PAUSE, self.0.hurry.notified()).await;
        }
    }

    fn failed(&self, cause: &Unavailable, failures: u32) {
        self.0
            .progress
            .send_modify(|progress| progress.failing = true);
        if failures == 0 {
            tracing::warn!(%cause, "audit events cannot be kept now; trying on");
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
