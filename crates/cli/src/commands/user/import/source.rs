//! Where records come from, one at a time.

use std::num::NonZeroU64;

use tegata_issuer::import::Record;

use super::{collection::Collection, csv::Table, jsonl::Lines};
use crate::Failure;

pub(super) enum Source {
    Lines(Lines),
    Table(Table),
    Collection(Box<Collection>),
}

/// A record as it was read, or why it could not be.
pub(super) struct Entry {
    /// Such as `users.csv:17`.
    pub(super) place: String,
    pub(super) line: Option<NonZeroU64>,
    pub(super) record: Result<Record, String>,
}

/// How far a source is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Position {
    /// Of so many, if that is known.
    Bytes(u64, Option<u64>),
    /// Of about so many.
    Documents(u64, u64),
}

impl Source {
    /// # Errors
    /// There is no reading on.
    pub(super) async fn next(&mut self) -> Result<Option<Entry>, Failure> {
        match self {
            Self::Lines(lines) => lines.next(),
            Self::Table(table) => table.next(),
            Self::Collection(collection) => collection.next().await,
        }
    }

    pub(super) fn position(&self) -> Position {
        match self {
            Self::Lines(lines) => lines.position(),
            Self::Table(table) => table.position(),
            Self::Collection(collection) => collection.position(),
        }
    }

    pub(super) async fn close(self) {
        if let Self::Collection(collection) = self {
            collection.close().await;
        }
    }
}

impl Entry {
    pub(super) fn of_line(name: &str, line: u64, record: Result<Record, String>) -> Self {
        Self {
            place: format!("{name}:{line}"),
            line: NonZeroU64::new(line),
            record,
        }
    }
}
