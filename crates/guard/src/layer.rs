//! The tower layer: judges the request's token before the service sees the request.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::response::{IntoResponse, Response};
use http::Request;
use tegata_token::Reason;
use tower::{Layer, Service};

use crate::{
    Caller, Guard, Rejection, caller::Unidentified, credentials::bearer_token, rejection::Dialect,
};

/// Lets only requests with a good token through, and leaves a [`Caller`] for the handler.
#[derive(Clone, Debug)]
pub struct GuardLayer {
    guard: Guard,
    dialect: Dialect,
    optional: bool,
}

impl GuardLayer {
    pub(crate) fn new(guard: Guard) -> Self {
        Self {
            guard,
            dialect: Dialect::default(),
            optional: false,
        }
    }

    /// Answers refusals in another framework's manner.
    #[must_use]
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Lets requests without an `Authorization` header through as well; a bad token is still refused.
    #[must_use]
    pub fn optional(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }

    async fn admit<B>(&self, request: &mut Request<B>) -> Result<(), Reason> {
        match bearer_token(request.headers()) {
            Ok(token) => {
                let claims = self.guard.check(token).await?;
                let caller = Caller::new(claims, self.dialect);
                request.extensions_mut().insert(caller);
                Ok(())
            }
            Err(Reason::HeaderMissing) if self.optional => {
                request.extensions_mut().insert(Unidentified(self.dialect));
                Ok(())
            }
            Err(reason) => Err(reason),
        }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service behind the guard.
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    inner: S,
    layer: GuardLayer,
}

impl<S, B> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            match layer.admit(&mut request).await {
                Ok(()) => inner.call(request).await,
                Err(reason) => {
                    tracing::info!(reason = reason.code(), "token refused");
                    Ok(Rejection::new(reason)
                        .in_dialect(layer.dialect)
                        .into_response())
                }
            }
        })
    }
}
