//! The rows of the table of numbers, each a trial of its own.

mod start;

use crate::{
    StoreKind::{Mongodb, Sqlite},
    Trial,
};

/// All of them, in the order of the table.
pub const ROWS: &[Trial] = &[Trial {
    name: "start",
    stores: &[Sqlite, Mongodb],
    by_name_only: false,
    run: start::run,
}];
