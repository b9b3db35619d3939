#!/usr/bin/env bash
# Builds the ES module into pkg/: WebAssembly, JavaScript, TypeScript's types, the custom element.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

cargo build --locked --profile web --target wasm32-unknown-unknown --no-default-features --features bindings --bin module
out=target/module
rm -rf "$out"
wasm-bindgen --target web --out-dir "$out" --out-name artist2vec_wasm target/wasm32-unknown-unknown/web/module.wasm
wasm-opt -Oz "$out/artist2vec_wasm_bg.wasm" -o "$out/artist2vec_wasm_bg.wasm"
# The types of the raw exports are nobody's business.
rm -f "$out/artist2vec_wasm_bg.wasm.d.ts"
cp src/bindings/artist2vec.{js,d.ts} src/bindings/element.{js,d.ts} LICENSE-APACHE LICENSE-MIT docs/EMBED.md "$out"
mv "$out/EMBED.md" "$out/README.md"
version=$(sed -n '/^\[package\]$/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
cat >"$out/package.json" <<JSON
{
  "name": "artist2vec",
  "version": "$version",
  "description": "Artist recommendations in the browser, from a static folder",
  "license": "MIT OR Apache-2.0",
  "type": "module",
  "types": "./artist2vec.d.ts",
  "exports": {
    ".": { "types": "./artist2vec.d.ts", "default": "./artist2vec.js" },
    "./element": { "types": "./element.d.ts", "default": "./element.js" },
    "./artist2vec_wasm_bg.wasm": "./artist2vec_wasm_bg.wasm"
  },
  "sideEffects": ["./element.js"]
}
JSON
rm -rf pkg
mv "$out" pkg
