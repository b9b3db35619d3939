# Pinned tool versions, where they are kept, and small helpers. Sourced by the other scripts; installs nothing.

TRUNK_VERSION=0.21.14
# wasm-bindgen's command must equal the library's version to the digit: Cargo.lock decides.
WASM_BINDGEN_VERSION=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' "$ROOT/Cargo.lock")

# One cache for all clones on this machine; each tool in a folder named by its version, so that clones that need
# different versions live side by side and nothing of the user's own is overwritten.
TOOLS=${ARTIST2VEC_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/artist2vec}

# npm's wasm-opt stands first: distributions ship versions that cannot read wasm-bindgen's output.
PATH="$ROOT/node_modules/.bin:$TOOLS/trunk-$TRUNK_VERSION/bin:$TOOLS/wasm-bindgen-$WASM_BINDGEN_VERSION/bin:$PATH"
export PATH
# The version is pinned above; asking the registry for a newer one at each build only costs time.
export TRUNK_SKIP_VERSION_CHECK=true

# It would replace the flags of .cargo/config.toml, and with them SIMD in the page.
unset RUSTFLAGS

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || die "$1 is not installed. $2"; }

# The browser and its driver for the tests: as named by the caller, else what is installed. Empty where there is none.
find_browser() {
  local candidate
  for candidate in "${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable microsoft-edge \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"; do
    [ -n "$candidate" ] && command -v "$candidate" 2>/dev/null && return
  done
  true
}
find_driver() {
  local candidate
  for candidate in "${CHROMEDRIVER:-}" chromedriver chromium.chromedriver /usr/lib/chromium-browser/chromedriver \
    /usr/lib/chromium/chromedriver; do
    [ -n "$candidate" ] && command -v "$candidate" 2>/dev/null && return
  done
  true
}
# What runs programs for 64-bit ARM. Empty where there is none.
find_qemu() {
  command -v qemu-aarch64-static 2>/dev/null || command -v qemu-aarch64 2>/dev/null || true
}
