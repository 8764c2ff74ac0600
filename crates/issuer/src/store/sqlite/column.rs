//! How our values stand in columns.

use rusqlite::{Row, types::Type};
use thiserror::Error;
use time::OffsetDateTime;

/// Milliseconds since 1970.
pub(super) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

pub(super) fn moment(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Somebody else wrote there. Names the record and the column, and not what stands there.
#[derive(Debug, Error)]
#[error("the {table} {id}: {why}")]
struct Spoilt {
    table: &'static str,
    id: String,
    why: String,
}

/// A column of this row, whose first is the record's id, does not hold what it should.
pub(super) fn unreadable(table: &'static str, row: &Row<'_>, column: usize) -> rusqlite::Error {
    let name = row.as_ref().column_name(column).unwrap_or("a column");
    spoilt(table, row, column, format!("{name} cannot be read"))
}

/// Two columns that have to agree do not.
pub(super) fn apart(
    table: &'static str,
    row: &Row<'_>,
    (column, other): (&str, &str),
) -> rusqlite::Error {
    spoilt(
        table,
        row,
        0,
        format!("{column} does not belong to its {other}"),
    )
}

fn spoilt(table: &'static str, row: &Row<'_>, column: usize, why: String) -> rusqlite::Error {
    let id = row.get(0).unwrap_or_default();
    let spoilt = Spoilt { table, id, why };
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(spoilt))
}

/// A record, unless somebody spoilt it: that one is left out and does not hide the others. A database that cannot be
/// read at all stays a failure.
pub(super) fn readable<T>(
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> impl Fn(&Row<'_>) -> rusqlite::Result<Option<T>> {
    move |row| match read(row) {
        Ok(record) => Ok(Some(record)),
        Err(cause @ rusqlite::Error::FromSqlConversionFailure(..)) => {
            tracing::error!(%cause, "a record was left out");
            Ok(None)
        }
        Err(cause) => Err(cause),
    }
}
