"""A checked config in; the files it names read, the model trained, and its folder written, out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from codilingua.artifacts import sha256
from codilingua.catalog.catalog import Catalog
from codilingua.errors import TrainingError
from codilingua.search.encoder import PASSAGE, QUERY
from codilingua.train.bases import load_base
from codilingua.train.biencoder import train_biencoder
from codilingua.train.config import BiencoderConfig, CrossencoderConfig, Data
from codilingua.train.crossencoder import train_crossencoder
from codilingua.train.devices import machine
from codilingua.train.embedding import embed
from codilingua.train.examples import Selection, TrainingSet, read_training_set
from codilingua.train.gold import DevelopmentSet
from codilingua.train.mining import Rules, mine, read_mined, write_mined
from codilingua.train.projection import fit_projection
from codilingua.train.scoring import SetScore, score_sets

CARD = "run.json"
PROJECTION = "projection.npy"

Step = Callable[[str], Callable[[int, int], None]]
"""Called at the start of each step with its name; gives back what reports its progress."""


def run_biencoder(
    config: BiencoderConfig, out: Path, device: str = "auto", threads: int | None = None
) -> None:
    """
    :raises SourceError: when a file that the config names is wrong.
    :raises AssetError: when the catalog or the base cannot be read.
    :raises TrainingError: when the run cannot go on, or ``out`` cannot be written.
    """
    data = read_data(config.data)
    mined = read_mined(config.mined, data) if config.mined is not None else None
    base = load_base(
        config.base, [*data.surfaces, *data.phrases.texts], config.layers, config.optimiser.dropout
    )
    make_folder(out)
    with machine(device, threads) as here:
        train_biencoder(config, data, base, here, out, mined)
        if here.leads:
            write_card(out, config, data)


def run_mining(
    config: Data, model: Path, rules: Rules, out: Path, step: Step, device: str, threads: int | None
) -> None:
    """Mine with the encoder in folder ``model`` and write the file ``out``; errors as above."""
    data = read_data(config)
    base = load_base(str(model))
    make_folder(out.parent)
    with machine(device, threads) as here:
        numbers = rules.drawn(data)
        asked = [QUERY + data.phrases.texts[number] for number in numbers]
        phrases = embed(base, asked, here, step("phrases"))
        surfaces = embed(base, [PASSAGE + text for text in data.surfaces], here, step("surfaces"))
    write_mined(out, data, mine(data, numbers, phrases, surfaces, rules, step("mining")))


def run_projection(
    config: Data, model: Path, dimensions: int, rules: Rules, step: Step, device: str, threads: int | None
) -> None:
    """Fit the projection of the encoder in folder ``model``, and write it there; errors as above."""
    data = read_data(config)
    base = load_base(str(model))
    with machine(device, threads) as here:
        numbers = rules.drawn(data)
        asked = [QUERY + data.phrases.texts[number] for number in numbers]
        phrases = embed(base, asked, here, step("phrases"))
        surfaces = embed(base, [PASSAGE + text for text in data.surfaces], here, step("surfaces"))
    step("projection")
    projection = fit_projection(data, numbers, phrases, surfaces, dimensions, rules.seed)
    try:
        np.save(model / PROJECTION, projection)
    except OSError as error:
        raise TrainingError(
            f"{model / PROJECTION}: cannot be written ({error.strerror}); make room"
        ) from error


def run_scoring(
    config: Data, model: Path, sets: Sequence[DevelopmentSet], step: Step, device: str, threads: int | None
) -> list[SetScore]:
    """How well the encoder in folder ``model`` finds alone; errors as above."""
    data = read_data(config)
    base = load_base(str(model))
    with Catalog.open(config.catalog) as catalog, machine(device, threads) as here:
        return score_sets(base, data, catalog, sets, here, step("surfaces"))


def run_crossencoder(
    config: CrossencoderConfig, out: Path, device: str = "auto", threads: int | None = None
) -> None:
    """As :func:`run_biencoder`, for the second stage."""
    data = read_data(config.data)
    mined = read_mined(config.mined, data)
    base = load_base(
        config.base, [*data.surfaces, *data.phrases.texts], config.layers, config.optimiser.dropout
    )
    make_folder(out)
    with machine(device, threads) as here:
        train_crossencoder(config, data, mined, base, here, out)
        if here.leads:
            write_card(out, config, data)


def read_data(data: Data) -> TrainingSet:
    """The training set of a config."""
    with Catalog.open(data.catalog) as catalog:
        return read_training_set(
            catalog,
            data.pairs,
            data.held_out,
            Selection(data.share, data.without_registers, data.without_languages),
            data.official_only,
        )


def write_card(folder: Path, config: BiencoderConfig | CrossencoderConfig, data: TrainingSet) -> None:
    """Write ``run.json``: the config, and what was learned from in numbers and checksums."""
    phrases = data.phrases
    card = {
        "config": asdict(config),
        "data": {
            "phrases": len(phrases),
            "languages": dict(sorted(Counter(phrases.langs).items())),
            "registers": dict(sorted(Counter(phrases.registers).items())),
            "codes": len(set(phrases.codes.tolist())),
            "surfaces": len(data.surfaces),
            "near_held_out_dropped": data.dropped,
            "files": {path.name: sha256(path) for path in config.data.pairs},
        },
    }
    text = json.dumps(card, indent=1, ensure_ascii=False, default=str) + "\n"
    try:
        (folder / CARD).write_text(text, "utf-8")
    except OSError as error:
        raise TrainingError(f"{folder / CARD}: cannot be written ({error.strerror}); make room") from error


def make_folder(folder: Path) -> None:
    """:raises TrainingError: when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be made ({error.strerror}); choose another --out") from error
