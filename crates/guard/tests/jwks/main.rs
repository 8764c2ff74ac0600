//! Guards whose keys are published by a server: both in this process, over real connections on loopback.
#![expect(
    clippy::unwrap_used,
    reason = "the words of a test stop it where it fails"
)]

#[path = "../guard/app.rs"]
#[expect(dead_code, reason = "the tests of the guard alone use the rest")]
mod app;
mod discovery;
mod fetching;
mod hostile;
#[path = "../revocations/log.rs"]
mod log;
mod outage;
mod service;
mod unknown;
mod vectors;
