//! What every answer carries, whatever its route: a request id, the security headers, a log line;
//! and what no handler may do to the service: panic or hang.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{Next, from_fn},
    response::Response,
};
use futures_util::FutureExt;
use http::StatusCode;
use tegata_token::Random;
use tokio::time::Instant;
use tower::ServiceBuilder;
use tracing::{Instrument, field::Empty};

use crate::{
    BODY_LIMIT, Metrics, RequestId,
    client::{TrustedProxies, client},
    connection::Wire,
    refusal, security_headers,
    traces::RequestSpan,
};

/// A handler that has not answered by then is given up: 503.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Puts the shared layers around a service's routes. `failed` renders what a handler did not:
/// 500 when it panicked, 503 when it took too long, 4xx for a request that none may see, in the service's own manner.
/// Handlers find a [`Client`](crate::Client) in the extensions of each request; [`RequestId::current`] names it. Every
/// request is counted in `metrics`.
pub fn dress(
    routes: Router,
    random: Arc<dyn Random>,
    proxies: TrustedProxies,
    metrics: Metrics,
    failed: impl Fn(StatusCode) -> Response + Clone + Send + Sync + 'static,
) -> Router {
    let stamped = from_fn(move |mut request: Request, next: Next| {
        let (random, metrics, failed) = (Arc::clone(&random), metrics.clone(), failed.clone());
        let sender = client(&request, &proxies);
        let trace = RequestSpan::begin(&request, proxies.sent(request.extensions()));
        request.extensions_mut().insert(sender);
        async move {
            let answer = |request| answered(request, next, failed);
            stamp(request, answer, random.as_ref(), &metrics, trace).await
        }
    });
    // As one layer: each of its own would be cloned, with all that is below it, for every request.
    routes.layer(
        ServiceBuilder::new()
            .layer(stamped)
            .layer(DefaultBodyLimit::max(BODY_LIMIT)),
    )
}

/// The route's answer, or what stands for it when there is none.
async fn answered(
    request: Request,
    next: Next,
    failed: impl Fn(StatusCode) -> Response,
) -> Response {
    let in_time = async |request| {
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, next.run(request)).await;
        answer.unwrap_or_else(|_| {
            tracing::error!("a handler took too long and was given up");
            failed(StatusCode::SERVICE_UNAVAILABLE)
        })
    };
    let judged = refusal::judge(request, in_time, &failed);
    // Nothing of a request that panicked is looked at again.
    let answer = AssertUnwindSafe(judged).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        tracing::error!("a handler panicked");
        failed(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

async fn stamp<A: Future<Output = Response>>(
    request: Request,
    answer: impl FnOnce(Request) -> A,
    random: &dyn Random,
    metrics: &Metrics,
    trace: RequestSpan,
) -> Response {
    let start = Instant::now();
    let id = RequestId::of(request.headers(), random);
    let wire = request.extensions().get::<Wire>();
    let https = wire.is_some_and(|wire| wire.https);
    let method = request.method().clone();
    let under_way = metrics
        .requests()
        .begin(&method, request.extensions().get::<MatchedPath>());
    // The path only: a query may hold what somebody typed.
    let path = request.uri().path().to_owned();
    // As grave as can be: the id is to be on every line, also where only errors are logged.
    let span = tracing::error_span!("request", id = id.as_str(), trace = Empty);
    if let Some(trace) = trace.trace_id() {
        span.record("trace", trace);
    }

    let work = async {
        let work = answer(request);
        let response = RequestId::while_it_does(Some(id.clone()), work).await;
        let status = response.status().as_u16();
        // Asked every few seconds, for ever: only trouble is worth a line.
        let asked_often = path.starts_with("/health/") || path == "/metrics";
        if asked_often && response.status().is_success() {
            tracing::debug!(%method, path, status, "answered");
        } else {
            tracing::info!(%method, path, status, "answered");
        }
        response
    }
    .instrument(span);
    let mut response = trace.around(work).await;
    trace.end(response.status());
    under_way.end(response.status(), start.elapsed());

    let headers = response.headers_mut();
    headers.insert(RequestId::HEADER, id.header());
    security_headers::add(headers, https);
    response
}
