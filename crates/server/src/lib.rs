//! What the listeners of both services share: where they listen, how much they take, how they
//! stop, how a form is read, who sends a request, what every answer carries, and what is counted of it.
//!
//! Owns sockets, TLS, the framing of requests, connection and time limits, the drain at shutdown, the request id, the
//! log line per request and the security headers. Leaves routes, error bodies and the meaning of readiness
//! to the services.

mod answer;
mod bind_error;
mod client;
mod connection;
mod form;
pub mod framing;
#[doc(hidden)]
pub mod fuzzing;
mod listener;
mod method_name;
pub mod metrics;
mod networks;
mod refusal;
mod request_id;
mod security_headers;
mod tls;
pub mod traces;

pub use answer::dress;
pub use bind_error::BindError;
pub use client::{Client, TrustedProxies};
pub use connection::{BODY_TIMEOUT, HEAD_TIMEOUT, IDLE_TIMEOUT, STREAMS_LIMIT, WRITE_TIMEOUT};
pub use form::{BadForm, form_text, is_form, read_form};
pub use listener::{DRAIN, HANDSHAKE_TIMEOUT, Listener, MAX_CONNECTIONS, NOTICE, Transport};
pub use metrics::Metrics;
pub use networks::{BadNetwork, Networks};
pub use request_id::RequestId;
pub use security_headers::STRICT_TRANSPORT;
pub use tls::{Tls, TlsError};

/// The largest request body either service reads, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;
