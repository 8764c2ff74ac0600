//! The guard before a service, black box over HTTP: most of it in process, dialects and examples over real
//! connections on loopback.
#![expect(
    clippy::unwrap_used,
    reason = "the words of a test stop it where it fails"
)]

mod app;
mod caller;
mod dialects;
mod examples;
mod forge;
mod layer;
mod secret_files;
mod several_issuers;
mod verified;
mod wire;
