//! The web pages: log users in through the issuer and keep their tokens in server sessions.
//!
//! Owns the pages, the wall before them, sessions, flash messages and both languages. Leaves users and
//! tokens to the issuer (met over HTTP only), the judging of tokens to the guard, sockets to the server
//! crate.
//!
//! ```text
//! open    /login /register /language /logout(POST)  /login/done  /assets/*  /health/*
//! walled  /            no session ──303──▶ /login?next=…     session good ──▶ page
//!                      token refused ──303, flash, session destroyed──▶ /login?next=…
//! ```

mod app;
pub mod config;
mod cookies;
mod error;
mod flash;
mod issuer_client;
mod locale;
mod next;
mod pages;
mod require_login;
mod router;
pub mod session;
mod visit;

pub use app::{App, Frontend, StartError};
pub use config::Config;
pub use locale::Language;
pub use router::router;
