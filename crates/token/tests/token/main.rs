//! The crate through its public face. Hostile tokens are put together by hand in `forge`, signed where
//! it matters with the right secret: a refusal must not hang on the signature alone.

mod boundaries;
mod claims;
mod explain;
mod forge;
mod headers;
mod json;
mod key_files;
mod key_pairs;
mod keys;
mod known_keys;
mod payloads;
mod pieces;
mod properties;
mod public_keys;
mod secrets;
mod signatures;
mod small_order;
mod vectors;
