#!/usr/bin/env bash
# Measures the search by name in Chromium, built as the page is: benches/names/typing.rs says what and how. Arguments:
# a file of names (METADATA.tsv) and the number of artists (300000).
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

[ $# -ge 1 ] || die "usage: scripts/bench-names.sh METADATA.tsv [ARTISTS]"
scripts/setup-app.sh
scripts/setup-test.sh
CHROME=$(find_browser)
export CHROME
out=target/bench-names
cargo build --locked --profile web --target wasm32-unknown-unknown --no-default-features --features app --example names_bench
wasm-bindgen --target web --no-typescript --out-dir "$out" target/wasm32-unknown-unknown/web/examples/names_bench.wasm
wasm-opt -Oz "$out/names_bench_bg.wasm" -o "$out/names_bench_bg.wasm"
node benches/names/run.mjs "$@"
