//! The web pages: log users in through the issuer and keep their tokens in server sessions.
//!
//! Owns the pages, the wall before them, sessions, flash messages and both languages. Leaves users and
//! tokens to the issuer (met over HTTP only), the judging of tokens to the guard, sockets to the server
//! crate.
//!
//! ```text
//! open    /login /register /language /logout(POST)  /login/done  /assets/*  /health/*
//!         /forward-auth   for proxies: the wall's answer about the request of an app behind them
//! walled  /            no session ──303──▶ /login?next=…     token good ──▶ page
//!                      token ends or is over ──refresh──▶ page
//!                      refresh refused ──303, flash with the cause, session destroyed──▶ /login?next=…
//! ```

mod app;
mod background;
mod cause;
pub mod config;
mod cookies;
mod credence;
mod error;
mod farewells;
mod flash;
mod forward_auth;
#[doc(hidden)]
pub mod fuzzing;
mod issuer_client;
mod locale;
mod metrics;
mod next;
mod pages;
mod refresh;
mod require_login;
mod revocation;
mod router;
pub mod session;
mod visit;

pub use app::{App, Frontend, StartError};
pub use config::Config;
pub use locale::Language;
pub use router::dressed;
