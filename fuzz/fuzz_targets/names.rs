//! `cargo +nightly fuzz run names fuzz/corpus/names fuzz/seeds/names`: see `checks/names.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/names.rs"]
mod names;

fuzz_target!(|data: &[u8]| names::check(&String::from_utf8_lossy(data)));
