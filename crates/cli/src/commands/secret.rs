//! `tegata secret`

use std::io::Write;

use tegata_token::{HmacSecret, SystemRandom};

use crate::Failure;

pub(super) fn run() -> Result<(), Failure> {
    let secret = HmacSecret::generate(&SystemRandom);
    writeln!(std::io::stdout(), "{secret}").map_err(|cause| Failure::from(cause.to_string()))
}
