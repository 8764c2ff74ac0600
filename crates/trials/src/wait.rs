//! Waiting for the thing itself, with a limit.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Between two looks at something that is awaited.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// Looks until there is something; how long that took.
///
/// # Panics
/// When there is nothing within the limit.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> (T, Duration) {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return (found, start.elapsed());
        }
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        pause(BETWEEN_LOOKS);
    }
}

/// Lets this much time pass: for a pace that is part of the trial, never to wait for something.
pub fn pause(time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        if left.is_zero() {
            break;
        }
        thread::park_timeout(left);
    }
}
