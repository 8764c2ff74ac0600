#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod algorithm;
mod claims;
mod clock;
mod explain;
mod header;
pub mod json;
pub mod jwk;
mod key;
mod key_pair;
mod keyring;
mod parts;
mod pem;
mod public_key;
mod published;
mod random;
mod reason;
mod rules;
mod sealing;
mod secret;
mod signer;
mod verifier;

pub use algorithm::Algorithm;
pub use claims::{Audience, Claims};
pub use clock::{Clock, ManualClock, SystemClock};
pub use explain::{Check, Explanation, Outcome, printable};
pub use jwk::{KeySet, PublicJwk};
pub use key::{KeyId, SigningKey, VerifyingKey};
pub use key_pair::{BadKeyPair, KeyPair};
pub use keyring::Keyring;
pub use public_key::KeyRefused;
pub use random::{Random, SequenceRandom, SystemRandom};
pub use reason::Reason;
pub use sealing::SealingKey;
pub use secret::{HmacSecret, MIN_SECRET_BYTES, SecretError};
pub use signer::{SignError, Signer};
pub use verifier::{Inspected, Opened, Verifier, inspect};
