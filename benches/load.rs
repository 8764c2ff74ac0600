//! The pair under load: `cargo bench --bench load -- --all`, and see docs/load.md.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    tegata_trials::run(tegata_trials::ROWS, Path::new(env!("CARGO_BIN_EXE_tegata")))
}
