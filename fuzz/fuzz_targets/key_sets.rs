#![no_main]
//! `cargo fuzz run key_sets`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::key_sets(data));
