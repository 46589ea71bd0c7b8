"""A checked config in; the files it names read, the model trained, and its folder written, out."""

from __future__ import annotations

from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.errors import TrainingError
from codilingua.train.bases import load_base
from codilingua.train.biencoder import train_biencoder
from codilingua.train.config import BiencoderConfig, Data
from codilingua.train.devices import machine
from codilingua.train.examples import Selection, TrainingSet, read_training_set
from codilingua.train.mining import read_mined


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


def make_folder(folder: Path) -> None:
    """:raises TrainingError: when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be made ({error.strerror}); choose another --out") from error
