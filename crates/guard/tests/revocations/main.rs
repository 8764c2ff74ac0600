//! A service behind a guard that follows an issuer's feed of ended login sessions: both in this process, over
//! real connections on loopback, with an issuer that can stall, die, forget and talk nonsense.
#![expect(
    clippy::unwrap_used,
    reason = "the words of a test stop it where it fails"
)]

mod agreement;
#[path = "../guard/app.rs"]
#[expect(dead_code, reason = "the tests of the guard alone use the rest")]
mod app;
mod following;
mod hostile;
mod issuer;
mod log;
mod outage;
mod service;
