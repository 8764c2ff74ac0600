//! How long each kind of slowness of a connection is borne.
//!
//! Time is looked at only when there is nothing to do: one timer, which is not moved with every byte.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// How long a head may take, from its first byte.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection on which nothing happens is kept. Longer than any answer takes, and longer than proxies keep
/// theirs: otherwise one of these would send a request just when we close.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a reader may take before the first byte is taken off our hands…
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// …and how many bytes a second must go from then on.
pub(super) const WRITE_RATE: u64 = 4096;
/// How long a client that has closed its half is taken to wait for an answer that is not made; then it has gone.
pub(super) const GONE_AFTER: Duration = Duration::from_secs(2);
/// After this long without a byte nothing is kept for the next request but the connection.
const REST_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Times {
    timer: Pin<Box<Sleep>>,
    last_byte: Instant,
    head_since: Option<Instant>,
    write_by: Option<Instant>,
    gone_by: Option<Instant>,
}

impl Times {
    pub(super) fn begin() -> Self {
        let now = Instant::now();
        Self {
            timer: Box::pin(sleep_until(now + IDLE_TIMEOUT)),
            last_byte: now,
            head_since: None,
            write_by: None,
            gone_by: None,
        }
    }

    pub(super) fn byte(&mut self) {
        self.last_byte = Instant::now();
    }

    pub(super) fn wrote(&mut self, bytes: usize) {
        self.byte();
        if let Some(by) = &mut self.write_by {
            *by += Duration::from_micros(bytes as u64 * 1_000_000 / WRITE_RATE);
        }
    }

    /// Nothing waits to be written.
    pub(super) fn flushed(&mut self) {
        self.write_by = None;
    }

    /// Whether a head has begun and is not complete.
    pub(super) fn in_head(&mut self, is_in_head: bool) {
        self.head_since = match is_in_head {
            true => self.head_since.or(Some(self.last_byte)),
            false => None,
        };
    }

    pub(super) fn write_waits(&mut self) {
        let now = Instant::now();
        self.write_by.get_or_insert(now + WRITE_TIMEOUT);
    }

    /// The client has said its last word.
    pub(super) fn parted(&mut self) {
        let now = Instant::now();
        self.gone_by.get_or_insert(now + GONE_AFTER);
    }

    pub(super) fn has_parted(&self) -> bool {
        self.gone_by.is_some()
    }

    /// Ready when a client that has said its last word does not wait any more.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let by = self.gone_by.unwrap_or(now);
        if by <= now {
            return Poll::Ready(());
        }
        if self.timer.deadline() != by {
            self.timer.as_mut().reset(by);
        }
        self.timer.as_mut().poll(cx)
    }

    /// Nothing waits to be written, and the last byte was a while ago.
    pub(super) fn are_quiet(&self) -> bool {
        self.write_by.is_none() && self.last_byte + REST_AFTER <= Instant::now()
    }

    /// Ready when the time is over; woken too when a connection at rest has become quiet.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>, at_rest: bool) -> Poll<()> {
        let idle = self.last_byte + IDLE_TIMEOUT;
        let head = self.head_since.map(|since| since + HEAD_TIMEOUT);
        let due = [head, self.write_by].into_iter().flatten();
        let due = due.fold(idle, Instant::min);
        loop {
            let wake = match at_rest && self.write_by.is_none() && !self.are_quiet() {
                true => due.min(self.last_byte + REST_AFTER),
                false => due,
            };
            // One that was set when less had happened rings too early, and is set again then.
            if self.timer.is_elapsed() || self.timer.deadline() > wake {
                self.timer.as_mut().reset(wake);
            }
            ready!(self.timer.as_mut().poll(cx));
            if Instant::now() >= due {
                return Poll::Ready(());
            }
        }
    }
}
