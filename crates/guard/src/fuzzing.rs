//! A door for the fuzz targets in `fuzz/` to what is private here. No part of the API: it changes without notice.

use http::HeaderMap;
use tegata_token::Reason;

use crate::{credentials, rejection::Manner};

/// The one token of a request, by the standard's manner.
///
/// # Errors
/// Why there is none.
pub fn one_token(headers: &HeaderMap) -> Result<String, Reason> {
    credentials::one_token(headers, &Manner::default()).map(str::to_owned)
}
