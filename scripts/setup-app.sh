#!/usr/bin/env bash
# Installs what building the page needs and is not there yet: the wasm32 target, trunk, wasm-bindgen-cli, wasm-opt.
# Safe to run again: what is present in the right version is left alone.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

need cargo "Install Rust from https://rustup.rs, then run this again."
need node "Install Node.js 20 or newer (https://nodejs.org or your package manager), then run this again."
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || die "Node.js $(node --version) is too old: install 20 or newer (https://nodejs.org)."
need npm "It comes with Node.js; on Debian and Ubuntu: apt-get install npm."

# 1. The toolchain that rust-toolchain.toml names, with its wasm32 target.
if ! sysroot=$(rustc --print sysroot 2>/dev/null) || ! [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
  need rustup "The wasm32 target is missing and only rustup can add it: https://rustup.rs"
  channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
  say "installing Rust $channel with the wasm32-unknown-unknown target"
  rustup toolchain install "$channel" --profile minimal --component rustfmt --component clippy \
    --target wasm32-unknown-unknown
fi

# 2. wasm-opt and the browser driver library, from package-lock.json.
if ! [ -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "installing wasm-opt and the browser-test library from npm"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

# 3. trunk and wasm-bindgen. They only drive the build, so an unoptimised compile is enough: minutes instead of most of
#    an hour. cargo-binstall, where the user has it, fetches prebuilt ones instead.
install_tool() { # crate, version, command, expected "--version" output, extra cargo flags
  local crate=$1 version=$2 command=$3 expected=$4; shift 4
  [ "$($command --version 2>/dev/null || true)" = "$expected" ] && return
  local root="$TOOLS/${crate%-cli}-$version"
  if command -v cargo-binstall >/dev/null 2>&1; then
    say "fetching a prebuilt $crate $version"
    cargo binstall --no-confirm --root "$root" "$crate@$version" && return
  fi
  say "compiling $crate $version (once; a few minutes on two cores)"
  # One build folder, so that what the two tools share compiles once and an interrupted run goes on where it was.
  CARGO_TARGET_DIR="$TOOLS/build" CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install --debug --root "$root" --version "$version" "$crate" "$@"
}
# Not --locked: its lock file may name releases that a mirror of the registry does not have.
install_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen "wasm-bindgen $WASM_BINDGEN_VERSION"
install_tool trunk "$TRUNK_VERSION" trunk "trunk $TRUNK_VERSION" --locked
rm -rf "$TOOLS/build"

# 4. The libraries of the page itself, since scripts/build-app.sh builds offline.
cargo fetch --locked --quiet
