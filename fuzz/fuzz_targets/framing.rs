#![no_main]
//! `cargo fuzz run framing`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::framing(data));
