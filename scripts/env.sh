# Pinned tool versions and where they are kept. Sourced by the other scripts; sets variables, changes nothing.

TRUNK_VERSION=0.21.14
# wasm-bindgen's command must equal the library's version to the digit: Cargo.lock decides.
WASM_BINDGEN_VERSION=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' "$ROOT/Cargo.lock")

# One cache for all clones on this machine; each tool in a folder named by its version, so that clones that need
# different versions live side by side and nothing of the user's own is overwritten.
TOOLS=${ARTIST2VEC_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/artist2vec}

# npm's wasm-opt stands first: distributions ship versions that cannot read wasm-bindgen's output.
PATH="$ROOT/node_modules/.bin:$TOOLS/trunk-$TRUNK_VERSION/bin:$TOOLS/wasm-bindgen-$WASM_BINDGEN_VERSION/bin:$PATH"
export PATH

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || die "$1 is not installed. $2"; }
