#![no_main]
//! `cargo fuzz run refresh_tokens`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::refresh_tokens(data));
