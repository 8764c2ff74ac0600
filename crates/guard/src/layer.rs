//! The tower layer: judges the request's token before the service sees the request.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::response::{IntoResponse, Response};
use http::Request;
use tegata_token::Reason;
use tower::{Layer, Service};

use crate::{
    Caller, Guard, Rejection,
    caller::Unidentified,
    credentials::one_token,
    rejection::{Dialect, Manner},
};

/// Lets only requests with a good token through, and leaves a [`Caller`] for the handler.
#[derive(Clone, Debug)]
pub struct GuardLayer {
    guard: Guard,
    manner: Arc<Manner>,
    optional: bool,
}

impl GuardLayer {
    pub(crate) fn new(guard: Guard) -> Self {
        Self {
            guard,
            manner: Arc::default(),
            optional: false,
        }
    }

    /// Answers refusals in another framework's manner.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        Arc::make_mut(&mut self.manner).dialect = dialect;
        self
    }

    /// Takes tokens behind these words of the `Authorization` header, in any case, instead of behind `Bearer`
    /// alone. A challenge (RFC 9110 §11.6.1) names the first.
    #[must_use]
    pub fn schemes(mut self, schemes: &[impl AsRef<str>]) -> Self {
        Arc::make_mut(&mut self.manner).set_schemes(schemes);
        self
    }

    /// What a challenge says is protected, instead of the dialect's own words.
    #[must_use]
    pub fn realm(mut self, realm: &str) -> Self {
        Arc::make_mut(&mut self.manner).set_realm(realm);
        self
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
        match one_token(request.headers(), &self.manner) {
            Ok(token) => {
                let claims = self.guard.check(token).await?;
                let caller = Caller::new(claims, Arc::clone(&self.manner));
                request.extensions_mut().insert(caller);
                Ok(())
            }
            Err(Reason::HeaderMissing) if self.optional => {
                let manner = Arc::clone(&self.manner);
                request.extensions_mut().insert(Unidentified(manner));
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
                    Ok(Rejection::in_manner(reason, layer.manner).into_response())
                }
            }
        })
    }
}
