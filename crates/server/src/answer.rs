//! What every answer carries, whatever its route: a request id, the security headers, a log line;
//! and what no handler may do to the service: panic or hang.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{Next, from_fn},
    response::Response,
};
use http::{HeaderName, HeaderValue, StatusCode};
use tegata_token::Random;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use crate::{
    BODY_LIMIT,
    client::{TrustedProxies, client},
    connection::Wire,
    refusal, security_headers,
};

/// A handler that has not answered by then is given up: 503.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the shared layers around a service's routes. `failed` renders what a handler did not:
/// 500 when it panicked, 503 when it took too long, 4xx for a request that none may see, in the service's own manner.
/// Handlers find a [`Client`](crate::Client) in the extensions of each request.
pub fn dress(
    routes: Router,
    random: Arc<dyn Random>,
    proxies: TrustedProxies,
    failed: impl Fn(StatusCode) -> Response + Clone + Send + Sync + 'static,
) -> Router {
    let in_time = {
        let failed = failed.clone();
        from_fn(move |request: Request, next: Next| {
            let failed = failed.clone();
            async move {
                let answer = tokio::time::timeout(ANSWER_TIMEOUT, next.run(request)).await;
                answer.unwrap_or_else(|_| {
                    tracing::error!("a handler took too long and was given up");
                    failed(StatusCode::SERVICE_UNAVAILABLE)
                })
            }
        })
    };
    let refused = {
        let failed = failed.clone();
        from_fn(move |request: Request, next: Next| {
            let failed = failed.clone();
            refusal::judge(request, next, failed)
        })
    };
    let on_panic = move |_: Box<dyn Any + Send>| {
        tracing::error!("a handler panicked");
        failed(StatusCode::INTERNAL_SERVER_ERROR)
    };
    let stamped = from_fn(move |mut request: Request, next: Next| {
        let random = Arc::clone(&random);
        let sender = client(&request, &proxies);
        request.extensions_mut().insert(sender);
        async move { stamp(request, next, random.as_ref()).await }
    });
    // Outermost first: the id and the log line see what the inner layers answered. As one layer: each of
    // its own would be cloned, with all that is below it, for every request.
    routes.layer(
        ServiceBuilder::new()
            .layer(stamped)
            .layer(CatchPanicLayer::custom(on_panic))
            .layer(refused)
            .layer(in_time)
            .layer(DefaultBodyLimit::max(BODY_LIMIT)),
    )
}

async fn stamp(request: Request, next: Next, random: &dyn Random) -> Response {
    let id = request_id(&request, random);
    let wire = request.extensions().get::<Wire>();
    let https = wire.is_some_and(|wire| wire.https);
    let method = request.method().clone();
    // The path only: a query may hold what somebody typed.
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());

    let mut response = async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        // Asked every few seconds, for ever: only trouble is worth a line.
        if path.starts_with("/health/") && response.status().is_success() {
            tracing::debug!(%method, path, status, "answered");
        } else {
            tracing::info!(%method, path, status, "answered");
        }
        response
    }
    .instrument(span)
    .await;

    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    security_headers::add(headers, https);
    response
}

/// The caller's own id when it is a plain short word, else a new one: it goes into logs.
fn request_id(request: &Request, random: &dyn Random) -> HeaderValue {
    let given = request.headers().get(&REQUEST_ID);
    given
        .filter(|value| {
            let bytes = value.as_bytes();
            (8..=64).contains(&bytes.len())
                && bytes
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        })
        .cloned()
        .or_else(|| HeaderValue::from_str(&random.token(12)).ok())
        .unwrap_or_else(|| HeaderValue::from_static("none"))
}
