#!/usr/bin/env bash
# Formatting, and clippy on every set of features: natively, for the browser, and for 64-bit ARM, whose vector
# instructions no other build would even read.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"
wasm='--target wasm32-unknown-unknown'

say "formatting"
cargo fmt --check

clippy() { say "clippy $*"; cargo clippy --locked --quiet "$@" -- -D warnings; }
# The catalog alone must build on both: that it does is the proof that it is pure.
clippy --no-default-features --lib
clippy --no-default-features --lib $wasm
clippy --no-default-features --features charts --lib
clippy --lib --bins
clippy --features parquet --all-targets
clippy --no-default-features --features app --lib --bins --examples --test web $wasm
clippy --no-default-features --features plots --bin plots $wasm
clippy --no-default-features --features bindings --lib --bins $wasm
# Nothing is linked, so nothing needs a C compiler for ARM: `true` stands in for it where crates would build C.
CC_aarch64_unknown_linux_musl=true AR_aarch64_unknown_linux_musl=true clippy --lib --target aarch64-unknown-linux-musl
