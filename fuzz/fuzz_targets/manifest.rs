//! `cargo +nightly fuzz run manifest fuzz/corpus/manifest fuzz/seeds/manifest`: see `checks/manifest.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/manifest.rs"]
mod manifest;
#[path = "../checks/pack.rs"]
#[allow(dead_code, reason = "its sound pack is what is needed")]
mod pack;

fuzz_target!(|data: &[u8]| manifest::check(data));
