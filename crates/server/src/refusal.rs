//! What is refused before a handler sees it, and what became of a body while one read it.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, Method, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, EXPECT},
};
use http_body::Body;

use crate::{BODY_LIMIT, connection::Wire};

/// What services here are asked with. A route says itself which of these it takes.
const METHODS: HeaderValue =
    HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
const READY: &str = "/health/ready";
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Answers what no handler should see; `failed` says it in the service's manner.
pub(crate) async fn judge(
    request: Request,
    handle: impl AsyncFnOnce(Request) -> Response,
    failed: impl Fn(StatusCode) -> Response,
) -> Response {
    let wire = request.extensions().get::<Wire>().cloned();
    let mut answer = match refuse(&request, wire.as_ref()) {
        Some(status) => failed(status),
        None if is_goodbye(&request, wire.as_ref()) => goodbye(),
        None => handle(request).await,
    };
    let Some(wire) = wire else {
        return answer;
    };
    let trouble = wire.trouble.status();
    if let Some(status) = trouble
        && answer.status() != status
    {
        answer = failed(status);
    }
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED && !answer.headers().contains_key(ALLOW) {
        answer.headers_mut().insert(ALLOW, METHODS);
    }
    if wire.is_http1 && (trouble.is_some() || wire.is_leaving()) {
        answer.headers_mut().insert(CONNECTION, CLOSE);
    }
    answer
}

fn refuse(request: &Request, wire: Option<&Wire>) -> Option<StatusCode> {
    if let Some(status) = wire.and_then(|wire| wire.refused) {
        return Some(status);
    }
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return Some(StatusCode::METHOD_NOT_ALLOWED);
    }
    let mut codings = request.headers().get_all(CONTENT_ENCODING).iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        // Nothing is unpacked: a small body could become a large one.
        return Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    // Whoever reads it says so in a better way; but who waits to send it is told before.
    let length = request.body().size_hint().lower();
    let waits = request.headers().contains_key(EXPECT);
    (waits && length > BODY_LIMIT as u64).then_some(StatusCode::PAYLOAD_TOO_LARGE)
}

fn is_goodbye(request: &Request, wire: Option<&Wire>) -> bool {
    wire.is_some_and(Wire::is_leaving) && request.uri().path() == READY
}

/// Proxies send elsewhere from now on.
fn goodbye() -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
    ];
    let body = r#"{"status":"stopping"}"#;
    (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response()
}
