#![no_main]
//! `cargo fuzz run forms`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::forms(data));
