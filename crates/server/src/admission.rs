//! The connection cap: a connection takes a permit when it is accepted and gives it back when its
//! service is dropped, which is when the connection ends.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum_server::accept::Accept;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service;

#[derive(Clone, Debug)]
pub(crate) struct Admission {
    permits: Arc<Semaphore>,
}

impl Admission {
    pub(crate) fn at_most(connections: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(connections)),
        }
    }
}

impl<I, S> Accept<I, S> for Admission
where
    I: Send + 'static,
    S: Send + 'static,
{
    type Stream = I;
    type Service = Admitted<S>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(I, Admitted<S>)>> + Send>>;

    /// Past the cap the connection is closed at once: a queue of silent connections helps nobody.
    fn accept(&self, stream: I, service: S) -> Self::Future {
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        Box::pin(async move {
            let permit = permit.map_err(|_| {
                tracing::warn!("connection refused: too many are open");
                io::Error::other("too many connections")
            })?;
            let service = Admitted {
                inner: service,
                _permit: Arc::new(permit),
            };
            Ok((stream, service))
        })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Admitted<S> {
    inner: S,
    _permit: Arc<OwnedSemaphorePermit>,
}

impl<S: Service<R>, R> Service<R> for Admitted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.inner.call(request)
    }
}
