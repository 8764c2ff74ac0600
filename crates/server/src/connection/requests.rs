//! The requests of a connection that are under way: until the last byte of their answers is handed over.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use super::IDLE_TIMEOUT;

#[derive(Clone, Debug, Default)]
pub(super) struct Requests(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicUsize,
    under_way: AtomicUsize,
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
        self.0.begun.fetch_add(1, Relaxed);
        self.0.under_way.fetch_add(1, Relaxed);
        let under_way = UnderWay(Arc::clone(&self.0));
        async move {
            let answer = answering.await?;
            Ok(answer.map(|body| Counted {
                body,
                _under_way: under_way,
            }))
        }
    }

    pub(super) fn are_none(&self) -> bool {
        self.0.under_way.load(Relaxed) == 0
    }

    /// Resolves when none has begun for a while: after one to two of the time that an idle connection is kept. Those
    /// whose answers nobody reads do not count.
    pub(super) async fn idle(&self) {
        loop {
            let before = self.0.begun.load(Relaxed);
            sleep_until(Instant::now() + IDLE_TIMEOUT).await;
            if self.0.begun.load(Relaxed) == before {
                return;
            }
        }
    }
}

#[derive(Debug)]
struct UnderWay(Arc<Counts>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}

/// An answer's body that is under way as long as it is there.
#[derive(Debug)]
pub(super) struct Counted {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
