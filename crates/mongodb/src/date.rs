//! Our moments as the database's dates, which count milliseconds.

use mongodb::bson::DateTime;
use time::OffsetDateTime;

/// As a document holds it.
pub fn date(at: OffsetDateTime) -> DateTime {
    DateTime::from_millis(i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
}

/// As we count with it; none of a year beyond 9999.
pub fn readable_moment(date: DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(date.timestamp_millis()) * 1_000_000).ok()
}

/// The same, and 1970 for a year beyond 9999.
pub fn moment(date: DateTime) -> OffsetDateTime {
    readable_moment(date).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
