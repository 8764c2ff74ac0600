#![no_main]
//! `cargo fuzz run cookies`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::cookies(data));
