//! For tests of services behind a guard (feature `testing`): tokens of any kind in one call, and a key server that
//! can misbehave. Nothing here belongs into a running service; what cannot be done stops the test with a panic.
//!
//! ```
//! # #[cfg(feature = "jwks")] {
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use tegata_guard::{Guard, Keys, testing::KeyServer, token::Reason};
//!
//! let server = KeyServer::start();
//! let guard = Guard::new(Keys::jwks(server.url()).unwrap()).with_issuer(server.issuer());
//!
//! let caller = guard.check(&server.mint().token("user-1")).await.unwrap();
//! assert_eq!(caller.sub, "user-1");
//!
//! let elsewhere = server.mint().with_issuer("https://elsewhere.example");
//! let refused = guard.check(&elsewhere.token("user-1")).await;
//! assert_eq!(refused.unwrap_err(), Reason::WrongIssuer);
//! # }) }
//! ```
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the words of a test stop it where it fails"
)]

mod key_server;
mod mint;

pub use tegata_token::ManualClock;

pub use self::{
    key_server::{Answer, KeyServer},
    mint::Mint,
};
