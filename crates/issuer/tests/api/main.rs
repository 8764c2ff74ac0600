//! The stories of the API: black box over HTTP, in process, on a temporary store and a clock that
//! moves when it is told to. A module a route; `app` has the words they are told in. `store` is what
//! every store does.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the words of a test stop it where it fails"
)]

mod admin;
mod answer;
mod app;
mod auth;
mod client_authentication;
mod client_credentials;
mod docs;
mod events;
mod forge;
mod hanging_up;
mod hashing;
mod health;
mod introspect;
mod key_pairs;
mod key_ring;
mod key_rotation;
mod log;
mod me;
mod metrics;
mod password_grant;
mod profile;
mod refresh;
mod register;
mod revocations;
mod routes;
mod sessions;
mod shaky;
mod store;
mod throttle;
mod token;
mod well_known;
