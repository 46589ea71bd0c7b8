#!/usr/bin/env bash
# From the release and data/ to the assets that ship: the whole recipe of the ranker (docs/training.md).
#
#   pipelines/full.sh                   # two hours on two cores; minutes on a GPU
#   DATA=/corpora pipelines/full.sh     # fit the gate on corpora as well that must be asked for
#   FORCE=1 pipelines/full.sh           # do again what is done
#   TORCHRUN=".venv/bin/torchrun --nproc-per-node 4 -m codilingua" pipelines/full.sh    # on four GPUs
#
# A step whose output is there is left out, so a run that was broken off goes on where it was: training
# from its last checkpoint, all else from the start of the step. Once a step was done, those after it are
# done again, as what they are made from has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

CODILINGUA="${CODILINGUA:-.venv/bin/codilingua}"
TRAIN="${TORCHRUN:-$CODILINGUA}"                # what runs the loops; the words of it are split
FORCE="${FORCE:-}"
DATA="${DATA:-}"
INTO="${INTO:-src/codilingua/assets}"           # where the finished assets go
CONFIGS=pipelines/configs
WORK=build/ranker                               # the configs name files in it

# step OUTPUT TITLE: whether there is something to do.
step() {
    if [ -z "$FORCE" ] && [ -e "$1" ]; then
        printf '%6d s  %s: there already (%s)\n' "$SECONDS" "$2" "$1" >&2
        return 1
    fi
    printf '%6d s  %s\n' "$SECONDS" "$2" >&2
    FORCE=1
}

mkdir -p "$WORK"

# Official texts, then titles, then other names in the five languages. Names near to a phrase that a test
# asks about stay out, or the test would measure the list.
if step "$WORK/catalog.db" "1. catalog"; then
    "$CODILINGUA" train catalog --labels data/terms --labels data/labels --names data/use/conventions.tsv \
        --held-out data/pairs/dev.tsv --held-out data/pairs/test.tsv --out "$WORK/catalog.db"
fi

# A training run writes run.json when all else is written. Round 1 has the batch alone as negatives.
if step "$WORK/round1/run.json" "2. first stage, round 1"; then
    rm -f "$WORK/round1/run.json"
    $TRAIN train biencoder "$CONFIGS/biencoder.toml" --out "$WORK/round1"
fi

# What round 1 confuses. Put in place in one move, or a file cut short would count as done.
if step "$WORK/round1.npz" "3. hard negatives of round 1"; then
    "$CODILINGUA" train mine "$CONFIGS/biencoder.toml" --model "$WORK/round1" --out "$WORK/round1.part"
    mv "$WORK/round1.part" "$WORK/round1.npz"
fi

if step "$WORK/biencoder/run.json" "4. first stage, round 2"; then
    rm -f "$WORK/biencoder/run.json"
    $TRAIN train biencoder "$CONFIGS/biencoder-hard.toml" --out "$WORK/biencoder"
fi

if step "$WORK/biencoder.npz" "5. hard negatives of the final first stage"; then
    "$CODILINGUA" train mine "$CONFIGS/biencoder.toml" --model "$WORK/biencoder" --phrases 14000 \
        --out "$WORK/biencoder.part"
    mv "$WORK/biencoder.part" "$WORK/biencoder.npz"
fi

# The reranker reads what the final first stage brings, so it learns from what that confuses.
if step "$WORK/crossencoder/run.json" "6. second stage"; then
    rm -f "$WORK/crossencoder/run.json"
    $TRAIN train crossencoder "$CONFIGS/crossencoder.toml" --out "$WORK/crossencoder"
fi

# Fewer dimensions: the index is half of what ships. Written into the folder of the first stage.
if step "$WORK/biencoder/projection.npy" "7. projection"; then
    "$CODILINGUA" train projection "$CONFIGS/biencoder.toml" --model "$WORK/biencoder"
fi

# ONNX int8, vectors, trigrams, the prior of use, the guess of languages.
if step "$WORK/assets/manifest.json" "8. assets"; then
    terms=()
    for file in data/terms/*.tsv; do
        terms+=(--terms "$file")
    done
    "$CODILINGUA" build --catalog "$WORK/catalog.db" --encoder "$WORK/biencoder" \
        --reranker "$WORK/crossencoder" --tiers data/use/tiers.tsv --pairs data/pairs/train.tsv \
        "${terms[@]}" --out "$WORK/assets"
fi

# Weights, gate and calibration of each language, on development sets: test sets are looked at once, later.
# On what clinicians write, not on the names of the Disease Ontology and HPO.
if step "$WORK/assets/ranking.json" "9. gate"; then
    sets=(--data data/pairs/dev.tsv --corpus codiesp)
    if [ -n "$DATA" ]; then
        sets+=(--corpus distemist --data-dir "$DATA")
    fi
    "$CODILINGUA" train gate --assets "$WORK/assets" "${sets[@]}" --report results/gate
fi

# Into the package, the manifest last: a folder without one is a folder that was not finished.
if ! cmp -s "$WORK/assets/manifest.json" "$INTO/manifest.json"; then
    mkdir -p "$INTO"
    rm -f "$INTO/manifest.json"
    find "$INTO" -maxdepth 1 -type f -delete
    for file in "$WORK"/assets/*; do
        [ "$(basename "$file")" = manifest.json ] || cp "$file" "$INTO/"
    done
    cp "$WORK/assets/manifest.json" "$INTO/"
fi
printf '%6d s  done: %s\n' "$SECONDS" "$INTO" >&2
