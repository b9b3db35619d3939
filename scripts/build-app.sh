#!/usr/bin/env bash
# Builds the page into dist/: `scripts/build-app.sh` for the release build, `scripts/build-app.sh --dev` for a quick one.
# PACK=DIR takes another pack than data/demo: the folder that `artist2vec export` wrote.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

profile=--release
[ "${1:-}" = --dev ] && profile=
# Offline means: take the tools that setup-app.sh installed and never ask GitHub for others.
trunk build $profile --offline true
