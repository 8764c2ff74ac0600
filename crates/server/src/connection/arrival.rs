//! A request's body on its way in: how much of it, and how long it may take.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Bytes;
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::BODY_LIMIT;

/// How long a body may take, from the end of the head.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// What went wrong with a body while a handler read it: the answer to that counts, whatever the handler made of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble(Arc<OnceLock<StatusCode>>);

impl Trouble {
    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.0.get().copied()
    }
}

/// The body did not arrive.
#[derive(Debug, Error)]
#[error("the body did not arrive: {0}")]
pub(crate) struct NotArrived(StatusCode);

#[derive(Debug)]
pub(crate) struct Arriving<B> {
    body: B,
    due: Instant,
    /// Made when there is something to wait for.
    timer: Option<Pin<Box<Sleep>>>,
    left: usize,
    trouble: Trouble,
}

impl<B> Arriving<B> {
    pub(crate) fn new(body: B, trouble: Trouble) -> Self {
        Self {
            body,
            due: Instant::now() + BODY_TIMEOUT,
            timer: None,
            // Those who read bodies hold to the limit, and say so in the service's own manner; this is for all others.
            left: 2 * BODY_LIMIT,
            trouble,
        }
    }

    fn fail(&self, status: StatusCode) -> Option<Result<Frame<Bytes>, NotArrived>> {
        let _ = self.trouble.0.set(status);
        Some(Err(NotArrived(status)))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Arriving<B> {
    type Data = Bytes;
    type Error = NotArrived;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NotArrived>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                let Some(left) = this.left.checked_sub(length) else {
                    return Poll::Ready(this.fail(StatusCode::PAYLOAD_TOO_LARGE));
                };
                this.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            // Whatever it was, nobody who is still there sent a body.
            Poll::Ready(Some(Err(_))) => Poll::Ready(this.fail(StatusCode::BAD_REQUEST)),
            Poll::Pending => {
                let due = this.due;
                let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
                match timer.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(this.fail(StatusCode::REQUEST_TIMEOUT)),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
