#!/usr/bin/env bash
# Every test there is. `make test` runs it; each step prints a heading, failures stop it.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

begin=$SECONDS
step() { say "[$(((SECONDS - begin) / 60)) min $(((SECONDS - begin) % 60)) s] $*"; }

step "set-up"
scripts/setup-test.sh
CHROME=$(find_browser)
CHROMEDRIVER=$(find_driver)
export CHROME CHROMEDRIVER

step "formatting and lints"
scripts/check.sh

step "documentation"
RUSTDOCFLAGS='-D warnings' cargo doc --locked --quiet --no-deps --lib --document-private-items

step "native tests"
# Properties are tried on the same inputs each time: a failure must come back. The fuzzer (fuzz/) looks for new ones.
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-1}
# With every native feature: parts of a second build would only repeat these.
cargo test --locked --features parquet --no-fail-fast

step "the catalog on 64-bit ARM, emulated"
if [ "$(uname -m)" = aarch64 ] || [ "$(uname -m)" = arm64 ]; then
  say "the native tests ran on it"
elif [ -n "$(find_qemu)" ]; then
  scripts/test-arm.sh
else
  say "left out: qemu-aarch64 is not installed"
fi

step "tests in the browser: the catalog answers as it does natively"
scripts/test-wasm.sh

step "the page: build and size"
scripts/build-app.sh
node scripts/size.mjs

step "the module for other pages: build and size"
scripts/build-module.sh
node scripts/size-module.mjs

step "the page and the module in a browser"
node --test --test-reporter=spec --test-concurrency=2 tests/browser/*.test.mjs

step "all passed"
