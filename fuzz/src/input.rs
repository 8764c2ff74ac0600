//! How bytes become inputs: the first says what kind, NUL or a line break divides the rest.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The kind, below `kinds`, and the rest. Seeds begin with a digit.
pub(crate) fn kind(data: &[u8], kinds: u8) -> (u8, &[u8]) {
    match data.split_first() {
        Some((first, rest)) => (first.wrapping_sub(b'0') % kinds, rest),
        None => (0, data),
    }
}

/// What comes before the first NUL, and what after.
pub(crate) fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    }
}

pub(crate) fn text(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// A header on each line, all of one name. Those that no server would let through are left out.
pub(crate) fn headers(name: &HeaderName, data: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(64) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(name.clone(), value);
        }
    }
    headers
}
