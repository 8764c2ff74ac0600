//! The rows of the table of faults, each a trial of its own.

mod kill;

use crate::{
    StoreKind::{Mongodb, Sqlite},
    Trial,
};

/// All of them, in the order of the table.
pub const FAULTS: &[Trial] = &[Trial {
    name: "kill-issuer",
    stores: &[Sqlite, Mongodb],
    by_name_only: false,
    run: kill::issuer,
}];
