#!/usr/bin/env bash
# Runs the unit tests of the page's rules and of the catalog's kernel in Node, and tests/web.rs in headless Chromium,
# through wasm-bindgen's test runner.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

CHROMEDRIVER=${CHROMEDRIVER:-$(find_driver)}
# The default of 20 seconds is tight on a loaded machine.
export CHROMEDRIVER WASM_BINDGEN_TEST_TIMEOUT=180
wasm='--locked --target wasm32-unknown-unknown --no-default-features --features app'
cargo test $wasm --lib
cargo test $wasm --test web
