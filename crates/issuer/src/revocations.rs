//! The feed of ended login sessions, for everybody who only checks signatures.
//!
//! Holds what was ended and may still have living access tokens, in step with the store; says what is new since
//! a cursor. Several issuers share a store and not their memory, so a cursor means the same to each of them: up
//! to which end its bearer has heard, when that was, and a digest of what it had heard of the last minute before.
//! Ends that reach the store late, or out of order, change the digest, and are told together with that minute.

use std::{sync::Mutex as Plain, sync::PoisonError, time::Duration as StdDuration};

use time::{Duration, OffsetDateTime};
use tokio::{
    sync::{Mutex, Semaphore, watch},
    time::{Instant, timeout_at},
};

use crate::{
    login_session::Lifetimes,
    store::{EndMark, EndedSession, Store, Unavailable},
};

pub(crate) use cursor::Cursor;

mod cursor;

/// Entries of one answer at most.
pub(crate) const PAGE: usize = 10_000;
/// How much later than its moment an end may reach the store: clocks differ, writes wait.
const LATE: Duration = Duration::minutes(1);
/// What is looked for each time, for clocks may differ by ten seconds; all that may be late only now and then.
const RECENT: Duration = Duration::seconds(15);
const LOOK_FOR_LATE: Duration = Duration::seconds(15);
/// Between two looks into the store.
const STEP: StdDuration = StdDuration::from_millis(500);
/// To many who wait, one look is as good as many.
const FRESH: StdDuration = StdDuration::from_millis(100);
/// Whoever asks while so many wait does not wait long.
const WAITING: usize = 1024;
/// Nor is answered at once, to ask again at once.
const BRIEF: StdDuration = StdDuration::from_secs(1);
/// Guards allow a token ten seconds, and their clocks may be behind.
const MARGIN: Duration = Duration::minutes(1);

/// The feed.
#[derive(Debug)]
pub(crate) struct Feed {
    known: Plain<Vec<End>>,
    step: Mutex<Option<Step>>,
    horizon: Duration,
    waiting: Semaphore,
    closed: watch::Sender<bool>,
}

/// The last looks into the store.
#[derive(Clone, Copy, Debug)]
struct Step {
    looked: Instant,
    looked_for_late: OffsetDateTime,
    until: OffsetDateTime,
}

/// An end that others have to know of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) mark: EndMark,
    tokens_until: OffsetDateTime,
}

/// What is new.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ends {
    pub(crate) ended: Vec<End>,
    pub(crate) more: bool,
}

impl Feed {
    pub(crate) fn new(lifetimes: Lifetimes) -> Self {
        Self {
            known: Plain::default(),
            step: Mutex::default(),
            // Tokens made under an earlier, longer setting count too.
            horizon: (lifetimes.access_token + lifetimes.grace).max(Duration::days(1)),
            waiting: Semaphore::new(WAITING),
            closed: watch::Sender::default(),
        }
    }

    /// Nobody waits any more.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// What is new since the cursor, all of it without one; waits for something new, but not for longer than
    /// this.
    pub(crate) async fn since(
        &self,
        store: &dyn Store,
        cursor: Option<&Cursor>,
        now: impl Fn() -> OffsetDateTime,
        wait: StdDuration,
    ) -> Result<(Ends, Cursor), Unavailable> {
        let permit = self.waiting.try_acquire();
        let wait = if permit.is_ok() {
            wait
        } else {
            wait.min(BRIEF)
        };
        let until = Instant::now() + wait;
        let mut closed = self.closed.subscribe();
        // What was ended before somebody asked is told to them.
        let mut not_before = Instant::now();
        loop {
            let is_closed = *closed.borrow_and_update();
            let looked = self.look_into(store, now(), not_before).await?;
            let (ends, cursor) = self.told(cursor, looked);
            if !ends.ended.is_empty() || is_closed || Instant::now() >= until {
                return Ok((ends, cursor));
            }
            let next = until.min(Instant::now() + STEP);
            // Either is a reason to look again.
            let _ = timeout_at(next, closed.changed()).await;
            not_before = Instant::now() - FRESH;
        }
    }

    /// Brings what is known in step with the store, unless that was begun no earlier than this; of many who want
    /// it at once, one does it. Says of which moment it knows.
    async fn look_into(
        &self,
        store: &dyn Store,
        now: OffsetDateTime,
        not_before: Instant,
    ) -> Result<OffsetDateTime, Unavailable> {
        // As a cursor has it.
        let now = now.truncate_to_millisecond();
        let mut step = self.step.lock().await;
        let looked = Instant::now();
        let (from, looked_for_late) = match *step {
            Some(last) if last.looked >= not_before => return Ok(last.until),
            None => (now - self.horizon, now),
            // A clock that was set back looks late for nothing; one look at all that may be late mends it.
            Some(last) if now >= last.looked_for_late + LOOK_FOR_LATE || now < last.until => {
                (last.until.min(now) - LATE, now)
            }
            Some(last) => (last.until - RECENT, last.looked_for_late),
        };
        let mut mark = EndMark {
            at: from,
            ..EndMark::FIRST
        };
        loop {
            let ends = store.sessions_ended_after(mark, PAGE).await?;
            // What ends in no year stands last and is of 1970: the latest of all goes on from there.
            let last = ends.iter().map(|end| end.mark).max();
            let full = ends.len() >= PAGE;
            self.learn(ends, now);
            match last {
                Some(last) if full && last > mark => mark = last,
                _ => break,
            }
        }
        *step = Some(Step {
            looked,
            looked_for_late,
            until: now,
        });
        Ok(now)
    }

    pub(crate) fn learn(&self, ends: Vec<EndedSession>, now: OffsetDateTime) {
        let mut known = self.known();
        known.retain(|end| end.is_of_use(now));
        for EndedSession { mark, tokens_until } in ends {
            let end = End {
                mark,
                tokens_until: tokens_until.unwrap_or_else(|| self.latest(mark.at, now)),
            };
            if end.is_of_use(now)
                && let Err(place) = known.binary_search_by_key(&mark, |known| known.mark)
            {
                if tokens_until.is_none() {
                    tracing::error!(
                        "the login session {}: tokens_until cannot be read; its end is told for as long as any token may live",
                        mark.sid
                    );
                }
                known.insert(place, end);
            }
        }
    }

    /// When no token lives any more of a session that was ended then; where that moment is torn as well, by now.
    fn latest(&self, ended_at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
        let is_of_use = ended_at >= now.saturating_sub(self.horizon) && ended_at <= now;
        let ended_at = if is_of_use { ended_at } else { now };
        ended_at.saturating_add(self.horizon)
    }

    pub(crate) fn told(&self, cursor: Option<&Cursor>, looked: OffsetDateTime) -> (Ends, Cursor) {
        let known = self.known();
        let cursor = cursor.filter(|cursor| !cursor.is_after(looked + LATE));
        let start = cursor.map_or(0, |cursor| {
            let heard = known.partition_point(|end| end.mark <= cursor.mark);
            // Anybody may have written it, with the first moment of all.
            let late = since(&known[..heard], cursor.looked.saturating_sub(LATE));
            if Cursor::digest(late) == cursor.digest {
                heard
            } else {
                heard - late.len()
            }
        });
        let new = &known[start..];
        let told = &new[..new.len().min(PAGE)];
        let heard = &known[..start + told.len()];
        let before = cursor.map_or(EndMark::FIRST, |cursor| cursor.mark);
        let next = Cursor {
            mark: told.last().map_or(before, |end| end.mark),
            looked,
            digest: Cursor::digest(since(heard, looked - LATE)),
        };
        let ends = Ends {
            ended: told.to_vec(),
            more: told.len() < new.len(),
        };
        (ends, next)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Vec<End>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    /// Until when others have to know of it, in seconds since 1970.
    pub(crate) fn until(&self) -> i64 {
        self.needed_until().unix_timestamp()
    }

    fn is_of_use(&self, now: OffsetDateTime) -> bool {
        self.needed_until() > now
    }

    fn needed_until(&self) -> OffsetDateTime {
        self.tokens_until.saturating_add(MARGIN)
    }
}

fn since(heard: &[End], at: OffsetDateTime) -> &[End] {
    &heard[heard.partition_point(|end| end.mark.at <= at)..]
}
