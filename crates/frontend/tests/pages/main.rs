//! The pages as a browser meets them: over HTTP, against an issuer that does as it is told, on a clock
//! that moves when it is told to. `session_stores` is what every database of sessions does.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod account;
mod assets;
mod browser;
mod cookies;
mod csrf;
mod errors;
mod failing_records;
mod flash;
mod forward_auth;
mod headers;
mod health;
mod home;
mod keys;
mod languages;
mod login;
mod logout;
mod logs;
mod metrics;
mod next;
mod passing_on;
mod records;
mod refresh;
mod register;
mod remember;
mod session_stores;
mod sessions;
mod site;
mod stub_issuer;
mod throttled;
mod wall;
