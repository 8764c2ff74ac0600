#![no_main]
//! `cargo fuzz run settings`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::settings(data));
