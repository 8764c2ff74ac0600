//! What the listeners of both services share: where they listen, how much they take, how they
//! stop, how a form is read, who sends a request, and what every answer carries.
//!
//! Owns sockets, connection and time limits, the drain at shutdown, the request id, the log line
//! per request and the security headers. Leaves routes, error bodies and the meaning of readiness
//! to the services.

mod admission;
mod answer;
mod client;
mod form;
#[doc(hidden)]
pub mod fuzzing;
mod listener;

pub use answer::dress;
pub use client::{BadNetwork, Client, TrustedProxies};
pub use form::{BadForm, form_text, is_form, read_form};
pub use listener::{BindError, DRAIN, Listener};

/// The largest request body either service reads, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;
