#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod claims;
mod clock;
mod header;
pub mod json;
mod key;
mod keyring;
mod published;
mod random;
mod reason;
mod sealing;
mod secret;
mod signer;
mod verifier;

pub use claims::{Audience, Claims};
pub use clock::{Clock, ManualClock, SystemClock};
pub use key::{Algorithm, KeyId, SigningKey, VerifyingKey};
pub use keyring::Keyring;
pub use random::{Random, SequenceRandom, SystemRandom};
pub use reason::Reason;
pub use sealing::SealingKey;
pub use secret::{HmacSecret, MIN_SECRET_BYTES, SecretError};
pub use signer::{SignError, Signer};
pub use verifier::{Inspected, Verifier, inspect};
