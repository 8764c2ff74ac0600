#![no_main]
//! `cargo fuzz run explain`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::explain(data));
