//! The requests of a connection that are under way: until the last byte of their answers is handed over.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Buf;
use tokio::time::{Instant, sleep_until};

use super::{IDLE_TIMEOUT, WRITE_RATE, WRITE_TIMEOUT};

#[derive(Clone, Debug, Default)]
pub(super) struct Requests(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicUsize,
    under_way: AtomicUsize,
    /// By when more of each answer has to be taken.
    due: Mutex<BTreeMap<usize, Instant>>,
    /// Who waits for there to be none.
    waits: Mutex<Option<Waker>>,
}

impl Requests {
    /// Counts what makes an answer, and the answer itself.
    pub(super) fn follow<F, E>(
        &self,
        answering: F,
    ) -> impl Future<Output = Result<http::Response<Counted>, E>> + use<F, E>
    where
        F: Future<Output = Result<Response, E>>,
    {
        let number = self.0.begun.fetch_add(1, Relaxed);
        self.0.under_way.fetch_add(1, Relaxed);
        let under_way = Arc::new(UnderWay {
            counts: Arc::clone(&self.0),
            number,
        });
        async move {
            let answer = answering.await?;
            under_way.is_made();
            Ok(answer.map(|body| Counted { body, under_way }))
        }
    }

    pub(super) fn are_none(&self) -> bool {
        self.0.under_way.load(Relaxed) == 0
    }

    /// Ready when there are none.
    pub(super) fn poll_none(&self, cx: &mut Context<'_>) -> Poll<()> {
        *self.0.waits() = Some(cx.waker().clone());
        match self.are_none() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    /// Whether the answers to all of them are made, and only have to be taken.
    pub(super) fn are_made(&self) -> bool {
        self.0.due().len() == self.0.under_way.load(Relaxed)
    }

    /// Resolves when none has begun for a while: after one to two of the time that an idle connection is kept; and when
    /// an answer is not read, or too slowly.
    pub(super) async fn idle(&self) {
        loop {
            let before = self.0.begun.load(Relaxed);
            let idle = Instant::now() + IDLE_TIMEOUT;
            while Instant::now() < idle {
                // What is made after this look is not due before the next.
                let next = Instant::now() + WRITE_TIMEOUT;
                let due = self.0.earliest().unwrap_or(next);
                if due <= Instant::now() {
                    return;
                }
                sleep_until(due.min(next).min(idle)).await;
            }
            if self.0.begun.load(Relaxed) == before {
                return;
            }
        }
    }
}

impl Counts {
    fn due(&self) -> MutexGuard<'_, BTreeMap<usize, Instant>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waits(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn earliest(&self) -> Option<Instant> {
        self.due().values().min().copied()
    }
}

/// One of them.
#[derive(Debug)]
struct UnderWay {
    counts: Arc<Counts>,
    number: usize,
}

impl UnderWay {
    fn is_made(&self) {
        let due = Instant::now() + WRITE_TIMEOUT;
        self.counts.due().insert(self.number, due);
    }

    fn is_taken(&self, bytes: usize) {
        if let Some(due) = self.counts.due().get_mut(&self.number) {
            *due += Duration::from_micros(bytes as u64 * 1_000_000 / WRITE_RATE);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.counts.due().remove(&self.number);
        let left = self.counts.under_way.fetch_sub(1, Relaxed) - 1;
        if left == 0
            && let Some(waits) = self.counts.waits().take()
        {
            waits.wake();
        }
    }
}

/// An answer's body that is under way as long as it is there.
#[derive(Debug)]
pub(super) struct Counted {
    body: Body,
    under_way: Arc<UnderWay>,
}

/// A piece of an answer, which is under way until the last of it is written.
#[derive(Debug)]
pub(super) struct Piece {
    bytes: Bytes,
    under_way: Arc<UnderWay>,
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.under_way.is_taken(count);
        self.bytes.advance(count);
    }
}

impl HttpBody for Counted {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let this = &mut *self;
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        let piece = |bytes| Piece {
            bytes,
            under_way: Arc::clone(&this.under_way),
        };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
