#!/usr/bin/env bash
# Rebuilds data/demo from the playlists under ../shared/data (or the folder in SHARED_DATA), by the project's own commands.
# data/README.md says what went in and what was measured. One thread: the same input gives the same bits on the same
# kind of machine. Takes some minutes.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

program=target/release/artist2vec
. "$ROOT/scripts/demo-corpus.sh"

say "building the program"
cargo build --locked --release
build=data/build
mkdir -p "$build"

say "ingesting"
ingest_demo "$build/demo.a2c"

say "training"
"$program" train "$build/demo.a2c" -o "$build/demo.a2m" --workers 1 --seed 1

say "laying out the map"
"$program" layout "$build/demo.a2m" -o "$build/demo.a2l" --seed 1

say "exporting"
rm -rf data/demo
"$program" export "$build/demo.a2m" --layout "$build/demo.a2l" -o data/demo --title "artist2vec demo" \
  --terms "For research and non-commercial use. Learned from the Million Playlist Dataset and other playlists; see data/README.md in the project for sources and terms."

say "writing down its answers, which the tests expect natively and in the browser (tests/answers/expected.tsv)"
UPDATE_ANSWERS=1 cargo test --locked --quiet --test demo_answers
