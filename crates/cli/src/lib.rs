//! `tegata`: the one command that runs and administers the pair. Knows settings, logs and signals, and
//! everyone below; leaves every decision about tokens, users and pages to them.

mod commands;
#[doc(hidden)]
pub mod fuzzing;
mod handles;
mod settings;
mod shutdown;
mod telemetry;
mod usage;

use std::process::ExitCode;

/// Does what the arguments say.
pub fn main() -> ExitCode {
    match commands::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(failure.code)
        }
    }
}

/// The one line that says what is wrong and what to do.
#[expect(
    clippy::print_stderr,
    reason = "the last word of the command, before or without a log"
)]
fn complain(failure: &Failure) {
    eprintln!("tegata: {}", failure.message);
}

/// The command did not do what was asked.
#[derive(Debug)]
struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The arguments make no sense (2, as the shell's own commands have it).
    fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 2,
        }
    }
}

impl<M: std::fmt::Display> From<M> for Failure {
    fn from(message: M) -> Self {
        Self {
            message: message.to_string(),
            code: 1,
        }
    }
}
