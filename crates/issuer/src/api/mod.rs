//! The endpoints, one file each: what it takes, what it does, what it answers.

pub(crate) mod auth;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod me;
pub(crate) mod register;
pub(crate) mod token;

use http::{HeaderName, HeaderValue, header};

/// A token is for its caller alone (RFC 6749 §5.1).
pub(crate) const NO_STORE: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
