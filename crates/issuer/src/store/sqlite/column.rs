//! How our values stand in columns.

use rusqlite::{
    Error, Row, RowIndex,
    types::{Type, ValueRef},
};
use time::OffsetDateTime;

/// Milliseconds since 1970.
pub(super) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The same as a moment; a year beyond 9999 is none.
pub(super) fn moment(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<OffsetDateTime> {
    let column = column.idx(row.as_ref())?;
    let millis = row.get(column)?;
    at(millis).ok_or(Error::IntegralValueOutOfRange(column, millis))
}

/// The same of an end that counts whenever it was: where that cannot be said, 1970.
pub(super) fn moment_or_long_ago(millis: i64) -> OffsetDateTime {
    at(millis).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn at(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

/// Somebody else wrote there. Names the record and the column, and not what stands there.
#[derive(Debug, thiserror::Error)]
#[error("the {table} {id}: {why}")]
struct Spoilt {
    table: &'static str,
    id: String,
    why: String,
}

/// Reads a record of this table, whose id is the row's first column: SQLite's own word for a value of another kind (a
/// number out of range, a text that is none) names neither.
pub(super) fn named<T>(
    table: &'static str,
    row: &Row<'_>,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    read(row).map_err(|cause| match cause {
        Error::Utf8Error(column, _)
        | Error::IntegralValueOutOfRange(column, _)
        | Error::InvalidColumnType(column, ..) => unreadable(table, row, column),
        other => other,
    })
}

/// A column of this row, whose first is the record's id, does not hold what it should.
pub(super) fn unreadable(table: &'static str, row: &Row<'_>, column: usize) -> Error {
    let name = row.as_ref().column_name(column).unwrap_or("a column");
    spoilt(table, row, column, format!("{name} cannot be read"))
}

/// Two columns that have to agree do not.
pub(super) fn apart(table: &'static str, row: &Row<'_>, (column, other): (&str, &str)) -> Error {
    spoilt(
        table,
        row,
        0,
        format!("{column} does not belong to its {other}"),
    )
}

fn spoilt(table: &'static str, row: &Row<'_>, column: usize, why: String) -> Error {
    let id = match row.get_ref(0) {
        // The id itself may be what was spoilt.
        Ok(ValueRef::Text(id)) => String::from_utf8_lossy(id).into_owned(),
        _ => String::new(),
    };
    let spoilt = Spoilt { table, id, why };
    Error::FromSqlConversionFailure(column, Type::Text, Box::new(spoilt))
}

/// A record, unless somebody spoilt it: that one is left out and does not hide the others. A database that cannot be
/// read at all stays a failure.
pub(super) fn readable<T>(
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> impl Fn(&Row<'_>) -> rusqlite::Result<Option<T>> {
    move |row| match read(row) {
        Ok(record) => Ok(Some(record)),
        Err(cause @ Error::FromSqlConversionFailure(..)) => {
            tracing::error!(%cause, "a record was left out");
            Ok(None)
        }
        Err(cause) => Err(cause),
    }
}
