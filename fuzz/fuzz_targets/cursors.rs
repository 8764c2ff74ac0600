#![no_main]
//! `cargo fuzz run cursors`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::cursors(data));
