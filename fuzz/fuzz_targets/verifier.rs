#![no_main]
//! `cargo fuzz run verifier`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::verifier(data));
