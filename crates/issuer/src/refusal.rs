//! What the guard refuses at our own routes: counted, and its answer names the request as all our errors do.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::header::CONTENT_LENGTH;
use serde_json::Value;
use tegata_server::RequestId;
use tegata_token::Reason;

use crate::app::App;

/// A refusal is one line.
const MOST_BYTES: usize = 16 * 1024;

/// Stands around the guard.
pub(crate) async fn told(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let Some(reason) = response.extensions().get::<Reason>().copied() else {
        return response;
    };
    app.counts.refusal(reason);
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    let body = match (serde_json::from_slice(&bytes), RequestId::current()) {
        (Ok(Value::Object(mut body)), Some(id)) => {
            body.insert("request_id".to_owned(), id.as_str().into());
            Body::from(Value::Object(body).to_string())
        }
        _ => Body::from(bytes),
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, body)
}
