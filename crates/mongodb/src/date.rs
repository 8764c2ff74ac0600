//! Our moments as the database's dates, which count milliseconds.

use mongodb::bson::DateTime;
use time::OffsetDateTime;

/// As a document holds it.
pub fn date(at: OffsetDateTime) -> DateTime {
    DateTime::from_millis(i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
}

/// As we count with it; a year beyond 9999 is none of ours, and is 1970.
pub fn moment(date: DateTime) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(date.timestamp_millis()) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
