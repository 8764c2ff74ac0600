//! The pair when something dies: `cargo bench --bench faults -- --all`.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    tegata_trials::run(
        tegata_trials::FAULTS,
        Path::new(env!("CARGO_BIN_EXE_tegata")),
    )
}
