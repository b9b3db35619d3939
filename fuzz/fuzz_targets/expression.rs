//! `cargo +nightly fuzz run expression fuzz/corpus/expression fuzz/seeds/expression`: see `checks/expression.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/expression.rs"]
mod expression;

fuzz_target!(|data: &str| expression::check(data));
