#!/usr/bin/env bash
# Times our search in Chromium beside plain JavaScript loops and the vector engines of the npm registry
# (benches/browser/README.md). Arguments: artists (10000,70000,300000), queries (100), seconds for a build (120), and the
# engines to compare with, a regular expression ("none" for none).
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

scripts/setup-app.sh
scripts/setup-test.sh
CHROME=$(find_browser)
export CHROME
out=target/bench-browser
mkdir -p "$out"
cargo build --locked --profile web --target wasm32-unknown-unknown --no-default-features --features app --example scan_bench
wasm-bindgen --target web --no-typescript --out-dir "$out" target/wasm32-unknown-unknown/web/examples/scan_bench.wasm
wasm-opt -O3 "$out/scan_bench_bg.wasm" -o "$out/scan_bench_bg.wasm"
[ -f "$out/vectors.f32" ] || cargo run --locked --example bench_vectors -- 300000 "$out/vectors.f32"
cp benches/browser/package.json benches/browser/package-lock.json "$out"
[ "${4:-}" = none ] || npm ci --prefix "$out" --ignore-scripts --no-audit --no-fund --loglevel=error
node benches/browser/run.mjs "$@"
