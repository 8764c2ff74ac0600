//! The pair through the front door: the real binary, a real browser, real services in other languages.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod account_pages;
mod accounts;
mod agreement;
mod attack;
mod audit;
mod browser;
mod clients;
mod command;
mod compose;
mod corpora;
mod crash;
mod docs_page;
mod doctor;
mod elsewhere;
mod explain;
mod faults;
mod forward_auth;
mod health;
mod import;
mod interop;
mod keys;
mod last_admin;
mod login_sessions;
mod make_env;
mod metrics;
mod mongodb;
mod pair;
mod seed_flow;
mod services;
mod settings;
mod storm;
mod tegata;
mod tls;
mod traces;
mod trials;
