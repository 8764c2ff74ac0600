#![no_main]
//! `cargo fuzz run authorization`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::authorization(data));
