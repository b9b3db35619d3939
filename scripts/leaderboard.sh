#!/usr/bin/env bash
# Repeats the leaderboard of docs/EVALUATION.md from the playlists under ../shared/data (or the folder in SHARED_DATA):
# split, tune, train, gensim, evaluate. PYTHON names a Python with gensim 4.4.0. Takes about an hour and a half of CPU time, most of it
# gensim's; what is finished is not done again.
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/scripts/env.sh"
cd "$ROOT"

program=target/release/artist2vec
. "$ROOT/scripts/demo-corpus.sh"
PYTHON=${PYTHON:-python3}
"$PYTHON" -c 'import gensim' 2>/dev/null || die "PYTHON=$PYTHON has no gensim. python3 -m venv V && V/bin/pip install gensim==4.4.0, then PYTHON=V/bin/python"

say "building the program"
cargo build --locked --release
out=data/build/leaderboard
mkdir -p "$out"

say "splitting"
truth=$shared/truth/spotify_related.tsv.gz
ingest_demo "$out/demo.a2c"
"$program" split "$out/demo.a2c" --truth "$truth" -o "$out/split"
train=$out/split/train.a2c

say "gensim"
"$program" convert "$train" -o "$out/sentences.txt"
gensim() { # NAME ARGUMENTS...
  [ -e "$out/$1.output.bin" ] || "$PYTHON" benches/gensim/train.py "$out/sentences.txt" -o "$out/$1.bin" "${@:2}"
}
gensim gensim-original --epochs 50
# Where gensim's best is looked for: TRAINING.md's two, and the settings that suit our own trainer.
gensim gensim-w5-n5 --window 5 --negative 5 --epochs 50
gensim gensim-w10-n20 --window 10 --negative 20 --epochs 20 --sample 1e-4
gensim gensim-w10-n20-s3e-5 --window 10 --negative 20 --epochs 20 --sample 3e-5
gensim gensim-sg --sg 1 --window 5 --negative 5 --epochs 20
gensim gensim-w50-n50-s3e-5 --window 50 --negative 50 --epochs 30 --sample 3e-5

say "tuning"
"$program" tune "$out/demo.a2c" --space benches/leaderboard/space.toml --truth "$truth" --parallel runs -o "$out/tuned"

say "ours"
"$program" train "$train" -o "$out/batched.a2m" --step batched --seed 1
"$program" train "$train" -o "$out/default.a2m" --seed 1
"$program" train "$train" -o "$out/default-seed2.a2m" --seed 2
"$program" train "$train" -o "$out/tuned.a2m" --settings "$out/tuned/settings.toml" # how far search takes batched

say "choosing gensim's best on the validation side"
vectors() { echo "$1=$out/$1.bin,$out/$1.output.bin"; }
"$program" evaluate $(for name in gensim-w5-n5 gensim-w10-n20 gensim-w10-n20-s3e-5 gensim-sg gensim-w50-n50-s3e-5; do vectors $name; done) \
  --corpus "$train" --held-out "$out/split/validation.a2c" --truth "$out/split/spotify_related.validation.tsv"

say "the leaderboard, on the test side"
"$program" evaluate "default=$out/default.a2m" \
  "$(vectors gensim-original)" "$(vectors gensim-w5-n5)" "$(vectors gensim-w50-n50-s3e-5)" "$(vectors gensim-sg)" \
  "batched=$out/batched.a2m" \
  "default-seed2=$out/default-seed2.a2m" "tuned=$out/tuned.a2m" --corpus "$train" --held-out "$out/split/test.a2c" \
  --baselines popularity,item-item,ppmi-svd -o "$out/report" --truth "$out/split/spotify_related.test.tsv"
