//! A door for the fuzz targets in `fuzz/` to what is private here. No part of the API: it changes without notice.

use time::Duration;

use crate::settings::{dotenv, duration, store};

/// A setting that is a time.
///
/// # Errors
/// What to write instead.
pub fn duration(text: &str) -> Result<Duration, String> {
    duration::parse(text)
}

/// A setting that says where data is kept, as it is shown.
///
/// # Errors
/// What to write instead.
pub fn store_url(text: &str) -> Result<String, String> {
    store::parse(text).map(|url| format!("{url:?}"))
}

/// The names that a `.env` of this content sets.
///
/// # Errors
/// The one line that says what is wrong.
pub fn dotenv(content: &[u8]) -> Result<Vec<String>, String> {
    let entries = dotenvy::from_read_iter(content);
    dotenv::names(entries).map_err(|failure| failure.message)
}
