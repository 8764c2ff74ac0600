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

pub use caller::Caller;
pub use guard::Guard;
pub use keys::{Keys, LiveKeys};
pub use layer::GuardLayer;
pub use rejection::Rejection;
#[cfg(feature = "revocations")]
pub use revocations::Revocations;

/// The crate underneath: claims, reasons, clocks.
pub use tegata_token as token;
