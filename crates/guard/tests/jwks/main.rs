//! Guards whose keys are published by a server: both in this process, over real connections on loopback.
#![expect(
    clippy::unwrap_used,
    reason = "the words of a test stop it where it fails"
)]

mod fetching;
mod service;
mod vectors;
