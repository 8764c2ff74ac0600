//! The endpoints, one file each: what it takes, what it does, what it answers.

pub(crate) mod admin;
pub(crate) mod auth;
mod current_password;
pub(crate) mod docs;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod introspect;
pub(crate) mod me;
mod new_password;
mod paging;
pub(crate) mod register;
pub(crate) mod revocations;
pub(crate) mod revoke;
pub(crate) mod signed_in;
pub(crate) mod token;
pub(crate) mod well_known;

use http::{HeaderName, HeaderValue, header};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A token is for its caller alone (RFC 6749 §5.1).
pub(crate) const NO_STORE: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

/// A moment, as the API shows it.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
