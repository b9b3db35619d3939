#!/usr/bin/env bash
# Installs what the tests need beyond scripts/setup-app.sh: Rust's library for 64-bit ARM; on Debian and Ubuntu QEMU, which
# runs ARM's tests, Chromium and its driver. Elsewhere it takes an installed Chrome, Chromium or Edge and says what to install
# where there is none. Safe to run again.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
"$ROOT/scripts/setup-app.sh"

# With musl no linker and no C library for ARM are needed.
arm=aarch64-unknown-linux-musl
if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$arm/lib" ]; then
  need rustup "The $arm target is missing and only rustup can add it: https://rustup.rs"
  say "installing Rust's library for $arm"
  rustup target add "$arm"
fi

install() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }
sudo=
[ "$(id -u)" = 0 ] || sudo='sudo'
if command -v apt-get >/dev/null 2>&1 && { [ -z "$sudo" ] || command -v sudo >/dev/null 2>&1; }; then
  browser=yes
  [ -n "$(find_browser)" ] && [ -n "$(find_driver)" ] || browser=
  if [ -z "$(find_qemu)" ]; then
    say "installing QEMU for programs of other processors"
    { $sudo apt-get update -qq && { install qemu-user-static || install qemu-user; }; } ||
      say "without it the tests for ARM are left out"
  fi
  if [ -z "$browser" ]; then
    say "installing Chromium and its driver (about 160 MB)"
    $sudo apt-get update -qq
    # Ubuntu has them under another name, as snaps.
    install chromium chromium-driver || install chromium-browser chromium-chromedriver
  fi
fi

[ -n "$(find_browser)" ] || die "no Chrome, Chromium or Edge was found, and the page's tests need one. Install one from
your package manager or https://www.google.com/chrome, or name it: CHROME=/path/to/chrome make test"
[ -n "$(find_driver)" ] || die "chromedriver was not found, and the tests in the browser need the one of your browser's
version: https://googlechromelabs.github.io/chrome-for-testing (on a Mac: brew install chromedriver), or name it:
CHROMEDRIVER=/path/to/chromedriver make test"
