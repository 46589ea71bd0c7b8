#!/usr/bin/env bash
# The whole recipe of full.sh on a toy of sixty codes (examples/ranker), in a minute or two on two cores:
# that every step runs and fits the next one. What comes out is no ranker to be used.
#
#   pipelines/smoke.sh                  # writes into build/smoke, over what is there
#   WORK=/tmp/toy pipelines/smoke.sh    # or elsewhere
set -euo pipefail
cd "$(dirname "$0")/.."

WORK="${WORK:-build/smoke}"
CODILINGUA="${CODILINGUA:-.venv/bin/codilingua}"
TOY=examples/ranker

step() {
    printf '\n%4d s  %s\n' "$SECONDS" "$*" >&2
}

# Begin anew: a training run refuses to go on from a checkpoint of other files. What else is in $WORK stays.
mkdir -p "$WORK"
rm -rf "$WORK"/{catalog.db,biencoder,mined.npz,crossencoder,assets,gate,results}
# The configs name files in build/smoke.
for stage in biencoder crossencoder; do
    sed "s#build/smoke/#$WORK/#" "pipelines/configs/smoke-$stage.toml" > "$WORK/$stage.toml"
done

step "1. Terminology file to catalog"
"$CODILINGUA" catalog import "$TOY/catalog.csv" --name "Toy" --edition 2026 --lang en --out "$WORK/catalog.db"

step "2. First stage"
"$CODILINGUA" train biencoder "$WORK/biencoder.toml" --out "$WORK/biencoder"

step "3. Hard negatives: what it confuses"
"$CODILINGUA" train mine "$WORK/biencoder.toml" --model "$WORK/biencoder" --count 7 --rivals 2 \
    --out "$WORK/mined.npz"

step "4. Second stage, from the first and over what that confuses"
"$CODILINGUA" train crossencoder "$WORK/crossencoder.toml" --out "$WORK/crossencoder"

step "5. Projection to fewer dimensions"
"$CODILINGUA" train projection "$WORK/biencoder.toml" --model "$WORK/biencoder" --dimensions 64

step "6. Both as ONNX int8, the index, the prior of use, the guess of languages"
"$CODILINGUA" build --catalog "$WORK/catalog.db" --encoder "$WORK/biencoder" --reranker "$WORK/crossencoder" \
    --tiers "$TOY/tiers.tsv" --pairs "$TOY/pairs.tsv" --out "$WORK/assets"

step "7. Weights, gate and calibration of each language"
"$CODILINGUA" train gate --assets "$WORK/assets" --data "$TOY/dev.tsv" --report "$WORK/gate"

step "8. Evaluation, with both stages and with the first alone"
"$CODILINGUA" evaluate --assets "$WORK/assets" --data "$TOY/dev.tsv" --out "$WORK/results" \
    --resamples 100 --permutations 100 --timed 20

step "9. Search"
"$CODILINGUA" search --assets "$WORK/assets" --lang es --limit 3 "me duele la cabeza"

step "done"
