#!/usr/bin/env bash
# The set-up of arXiv 2605.30529, on its own base model: a bi-encoder from PlanTL-GOB-ES/bsc-bio-ehr-es over
# 19,502 pairs, and a cross-encoder over 10,628 groups of what that confuses. Needs the extra `train` and a
# model hub within reach, or the base in a folder. What is the paper's and what is ours stands in the configs.
#
#   pipelines/paper.sh                          from the root of the repository; on a GPU, better
#   BASE=models/bsc-bio-ehr-es pipelines/paper.sh
#
# Broken off, the same command goes on from the last checkpoint.
set -euo pipefail
cd "$(dirname "$0")/.."

BASE=${BASE:-PlanTL-GOB-ES/bsc-bio-ehr-es}   # a name on the hub, or a folder
WORK=${WORK:-build/paper}                    # models and the configs as run
LAYERS=${LAYERS:-12}                         # of the base, for the cross-encoder: all of them
DEVICE=${DEVICE:-auto}                       # auto, cpu, cuda
CATALOG=${CATALOG:-src/codilingua/assets/catalog.db}
PAIRS=${PAIRS:-data/pairs/train.tsv}
HELD_OUT=${HELD_OUT:-data/pairs/dev.tsv data/pairs/test.tsv}   # divided by spaces
CODILINGUA=${CODILINGUA:-codilingua}         # the command, with its options

# as_run NAME: pipelines/configs/paper-NAME.toml with the values from above, into $WORK.
as_run() {
    local held_out
    held_out=$(printf '"%s", ' $HELD_OUT)
    sed -e "s|^base = .*|base = \"$BASE\"|" \
        -e "s|^catalog = .*|catalog = \"$CATALOG\"|" \
        -e "s|^pairs = .*|pairs = [\"$PAIRS\"]|" \
        -e "s|^held_out = .*|held_out = [${held_out%, }]|" \
        -e "s|^mined = .*|mined = \"$WORK/mined.npz\"|" \
        -e "s|^layers = .*|layers = $LAYERS|" \
        "pipelines/configs/paper-$1.toml" > "$WORK/$1.toml"
}

mkdir -p "$WORK"

# 1. The bi-encoder. Its run.json is written last: what has one is finished.
as_run biencoder
test -e "$WORK/biencoder/run.json" ||
    $CODILINGUA train biencoder "$WORK/biencoder.toml" --out "$WORK/biencoder" --device "$DEVICE"

# 2. Hard negatives: what the bi-encoder confuses.
if ! test -e "$WORK/mined.npz"; then
    $CODILINGUA train mine "$WORK/biencoder.toml" --model "$WORK/biencoder" --device "$DEVICE" \
        --out "$WORK/mined.part"
    mv "$WORK/mined.part" "$WORK/mined.npz"
fi

# 3. The cross-encoder.
as_run crossencoder
test -e "$WORK/crossencoder/run.json" ||
    $CODILINGUA train crossencoder "$WORK/crossencoder.toml" --out "$WORK/crossencoder" --device "$DEVICE"
