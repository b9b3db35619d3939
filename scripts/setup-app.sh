#!/usr/bin/env bash
# Installs what building the page needs and is not there yet: the wasm32 target, trunk, wasm-bindgen-cli, wasm-opt.
# Safe to run again: what is present in the right version is left alone.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

need cargo "Install Rust from https://rustup.rs, then run this again."
need node "Install Node.js 20 or newer (https://nodejs.org or your package manager), then run this again."
need npm "It comes with Node.js; on Debian and Ubuntu: apt-get install npm."

# 1. The compiler's wasm32 target, for the toolchain that rust-toolchain.toml names.
if ! [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
  need rustup "The wasm32 target is missing and only rustup can add it: https://rustup.rs"
  say "adding the wasm32-unknown-unknown target"
  rustup target add wasm32-unknown-unknown
fi

# 2. wasm-opt and the browser driver library, from package-lock.json.
if ! [ -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "installing wasm-opt and the browser-test library from npm"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

# 3. trunk and wasm-bindgen. They only drive the build, so a light compile profile is enough: minutes instead of most
#    of an hour. cargo-binstall, where the user has it, fetches prebuilt ones instead.
install_tool() { # crate, version, command, expected "--version" output, extra cargo flags
  local crate=$1 version=$2 command=$3 expected=$4; shift 4
  [ "$($command --version 2>/dev/null || true)" = "$expected" ] && return
  local root="$TOOLS/${crate%-cli}-$version"
  if command -v cargo-binstall >/dev/null 2>&1; then
    say "fetching a prebuilt $crate $version"
    cargo binstall --no-confirm --root "$root" "$crate@$version" && return
  fi
  say "compiling $crate $version (once; a few minutes on two cores)"
  # The project's own .cargo/config.toml must not colour the tools' build, hence the directory change.
  (cd / && CARGO_TARGET_DIR="$TOOLS/build" cargo install --debug --root "$root" --version "$version" "$crate" "$@")
  rm -rf "$TOOLS/build"
}
install_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen "wasm-bindgen $WASM_BINDGEN_VERSION"
install_tool trunk "$TRUNK_VERSION" trunk "trunk $TRUNK_VERSION" --locked
