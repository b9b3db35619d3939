#!/usr/bin/env bash
# Builds the catalog's query as a bare WebAssembly module and times it in Chromium against a plain JavaScript loop.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

scripts/setup-app.sh
scripts/setup-test.sh
CHROME=$(find_browser)
export CHROME
cargo build --locked --profile web --target wasm32-unknown-unknown --no-default-features --features app --example scan_bench
out=target/bench-browser
wasm-bindgen --target web --no-typescript --out-dir "$out" target/wasm32-unknown-unknown/web/examples/scan_bench.wasm
wasm-opt -O3 "$out/scan_bench_bg.wasm" -o "$out/scan_bench_bg.wasm"
node benches/browser/run.mjs "$@"
