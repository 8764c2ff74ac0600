//! The guard before a service, black box over HTTP, in process.
#![expect(
    clippy::unwrap_used,
    reason = "the words of a test stop it where it fails"
)]

mod app;
mod caller;
mod dialects;
mod layer;
mod secret_files;
