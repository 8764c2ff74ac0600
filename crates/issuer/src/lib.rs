//! The JSON API: authenticates users and mints access tokens.
//!
//! Owns users, clients, passwords, login sessions and the signing of tokens, tells what was ended and what
//! happened, and speaks FastAPI's manners over HTTP. Leaves the judging of tokens to the guard, sockets to the
//! server crate, and settings, logs and signals to the command that runs it: [`Issuer::build`] → address →
//! [`Issuer::run`].

pub mod accounts;
mod api;
mod app;
pub mod audit;
mod client_authentication;
pub mod client_registry;
pub mod config;
mod error;
pub mod event;
mod fields;
#[doc(hidden)]
pub mod fuzzing;
mod guessing;
pub mod hasher;
pub mod import;
pub mod kept_keys;
mod key_follower;
mod login;
pub mod login_session;
mod metrics;
mod names;
pub mod oauth_client;
pub mod password;
pub mod random_password;
mod refresh;
pub mod refresh_token;
mod refusal;
mod revocations;
mod router;
pub mod scope;
pub mod sealing;
mod service;
pub mod sessions;
pub mod signing;
pub mod store;
pub mod throttle;
mod tokens;
pub mod user;
mod whole;

pub use app::App;
pub use config::Config;
pub use router::router;
pub use service::{Issuer, StartError};
