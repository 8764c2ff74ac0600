#![no_main]
//! `cargo fuzz run next`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::next(data));
