#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

#[cfg(any(feature = "jwks", feature = "revocations"))]
pub mod agreement;
mod caller;
mod credentials;
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod judge;
mod keys;
mod layer;
#[cfg(any(feature = "jwks", feature = "revocations"))]
mod outbound;
pub mod rejection;
#[cfg(feature = "revocations")]
pub mod revocations;
mod secret_files;
mod shared_secrets;
#[cfg(feature = "testing")]
pub mod testing;
mod verified;

#[cfg(any(feature = "jwks", feature = "revocations"))]
pub use agreement::KeyAgreement;
pub use caller::Caller;
pub use guard::Guard;
#[cfg(feature = "jwks")]
pub use keys::{JwksError, JwksSource, JwksStatus};
pub use keys::{Keys, LiveKeys};
pub use layer::GuardLayer;
pub use rejection::Rejection;
#[cfg(feature = "revocations")]
pub use revocations::Revocations;
pub use secret_files::{SecretFileError, SecretFiles};
pub use shared_secrets::{Secrets, SharedSecrets};

/// The crate underneath: claims, reasons, clocks.
pub use tegata_token as token;

/// What the documentation shows is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guard.md")]
struct Documentation;
