#!/usr/bin/env bash
# Trunk's post_build hook: builds the plots, which the page loads when somebody looks, and finishes the site around them.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

cargo build --locked --profile web --target wasm32-unknown-unknown --no-default-features --features plots --bin plots
wasm-bindgen --target web --no-typescript --out-dir "$TRUNK_STAGING_DIR" target/wasm32-unknown-unknown/web/plots.wasm
wasm-opt -Oz "$TRUNK_STAGING_DIR/plots_bg.wasm" -o "$TRUNK_STAGING_DIR/plots_bg.wasm"
node scripts/finish-site.mjs
