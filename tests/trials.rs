//! The short form of the trials (`benches/load.rs`, `benches/faults.rs`): every one of them, for a second or
//! two and with few of everything. They say what is right, never how fast it is.

use std::path::Path;

use tegata_trials::{Conditions, FAULTS, ROWS, StoreKind, Trial};

/// All rows that a trial gives on a store, none of which may speak of something wrong.
fn short(trial: &Trial, store: StoreKind) {
    let conditions = Conditions {
        binary: Path::new(env!("CARGO_BIN_EXE_tegata")).to_owned(),
        store,
        short: true,
        repeats: None,
        minutes: 0,
    };
    (trial.run)(&conditions);
}

#[test]
fn what_was_acknowledged_is_there_after_kill_nine() {
    short(&FAULTS[0], StoreKind::Sqlite);
    short(&ROWS[0], StoreKind::Sqlite);
}
