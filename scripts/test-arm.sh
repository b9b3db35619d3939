#!/usr/bin/env bash
# Runs the catalog's tests of the scan and of all questions on an emulated 64-bit ARM processor: its vector instructions
# must give the same bits as plain loops. Arguments are passed to the tests, as in `scripts/test-arm.sh catalog`.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

[ -n "$(find_qemu)" ] || die "qemu-aarch64 is not installed. On Debian and Ubuntu: apt-get install qemu-user-static"
# The linker that comes with Rust, and the C library that comes with the target.
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS='-C link-self-contained=yes'
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER=$(find_qemu)
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER
[ $# -gt 0 ] || set -- catalog::kernel catalog::vectors catalog::questions
cargo test --locked --no-default-features --lib --target aarch64-unknown-linux-musl -- "$@"
