#![no_main]
//! `cargo fuzz run forwarded_for`: see the README.

libfuzzer_sys::fuzz_target!(|data: &[u8]| tegata_fuzz::forwarded_for(data));
