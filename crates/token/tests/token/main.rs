//! The crate through its public face. Hostile tokens are put together by hand in `forge`, signed where
//! it matters with the right secret: a refusal must not hang on the signature alone.

mod boundaries;
mod claims;
mod confusion;
mod explain;
mod foreign;
mod forge;
mod headers;
mod json;
mod key_files;
mod key_numbers;
mod key_pairs;
mod key_properties;
mod key_sets;
mod keys;
mod known_keys;
mod odd_json;
mod payloads;
mod pieces;
mod private_keys;
mod properties;
mod public_keys;
mod secrets;
mod signatures;
mod small_order;
mod vectors;
