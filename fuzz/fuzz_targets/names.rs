#![no_main]
//! `cargo fuzz run names`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::names(data));
