#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod caller;
mod credentials;
mod guard;
mod keys;
mod layer;
pub mod rejection;
#[cfg(feature = "revocations")]
pub mod revocations;
mod shared_secrets;

pub use caller::Caller;
pub use guard::Guard;
pub use keys::{Keys, LiveKeys};
pub use layer::GuardLayer;
pub use rejection::Rejection;
#[cfg(feature = "revocations")]
pub use revocations::Revocations;
pub use shared_secrets::{SecretFileError, SecretFiles, Secrets, SharedSecrets};

/// The crate underneath: claims, reasons, clocks.
pub use tegata_token as token;
