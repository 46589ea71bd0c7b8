"""The peer: the same model, unpruned and in fp32, through sentence-transformers and a NumPy dot product.

What most people would write. Its model is multilingual-e5-small from the same 4-bit weights with all
250,002 pieces of the vocabulary, saved as a local model folder. Its surface vectors are the shipped
matrix as float32, as wide as the model embeds: the same number of the same size as if embedded afresh, at
no hour of embedding.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

_HITS = 10
_BATCH = 32
_SCORED = 64
"""Queries whose scores with all surfaces are held at once, some 17 MB."""


class SentenceTransformers:
    """Embed, multiply, take the ten best surfaces. No trigrams, no codes made of surfaces."""

    def __init__(self, model: Path) -> None:
        """:param model: folder that :func:`save_model` wrote."""
        from sentence_transformers import SentenceTransformer

        from codilingua.artifacts import Assets
        from codilingua.search.encoder import QUERY

        self._model = SentenceTransformer(str(model), device="cpu")
        self._prefix = QUERY
        width = len(self.encode("width"))
        self._surfaces = widened(np.load(Assets.shipped().vectors), width)

    def encode(self, text: str) -> NDArray[np.float32]:
        """float32 [dimensions]."""
        vector: NDArray[np.float32] = self._embed([text])[0]
        return vector

    def search(self, text: str) -> NDArray[np.int64]:
        """Rows of the ten nearest surfaces, the nearest first."""
        rows: NDArray[np.int64] = _best(self._embed([text]) @ self._surfaces.T)[0]
        return rows

    def batch(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The same of each text, [texts, 10]."""
        vectors = self._embed(texts)
        parts = [vectors[start : start + _SCORED] for start in range(0, len(vectors), _SCORED)]
        return np.concatenate([_best(part @ self._surfaces.T) for part in parts])

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        prefixed = [self._prefix + text for text in texts]
        vectors: NDArray[np.float32] = self._model.encode(
            prefixed, batch_size=_BATCH, show_progress_bar=False
        )
        return vectors


def widened(packed: NDArray[np.uint8], width: int) -> NDArray[np.float32]:
    """What ships as unit vectors of the model's width: where fewer dimensions ship, those over again.

    :param packed: as :func:`codilingua.search.vectors.pack` makes it.
    :return: float32 [surfaces, width].
    """
    from codilingua.search.vectors import VectorIndex

    halves = VectorIndex.unpack(packed).matrix
    vectors = halves[:, np.arange(width) % halves.shape[1]].astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _best(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    rows = np.argpartition(scores, -_HITS, axis=1)[:, -_HITS:]
    order = np.argsort(-np.take_along_axis(scores, rows, axis=1), axis=1)
    return np.take_along_axis(rows, order, axis=1)


def save_model(folder: Path) -> None:
    """Write the folder that sentence-transformers opens: transformer, mean pooling, normalising.

    :raises MissingExtra: when a package of the extra ``train`` is not installed.
    """
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerFast

    from codilingua.train.e5 import bundled_file, read_weights
    from codilingua.train.model import sentence_encoder
    from codilingua.train.vocabulary import MAX_TOKENS, build_tokenizer

    weights = read_weights(bundled_file())
    unigram = weights.unigram
    everything = range(len(unigram.pieces))
    bert = folder / "bert"
    sentence_encoder(weights, everything).bert.save_pretrained(bert)
    PreTrainedTokenizerFast(
        tokenizer_object=build_tokenizer(unigram, everything),
        bos_token=unigram.pieces[unigram.bos],
        eos_token=unigram.pieces[unigram.eos],
        pad_token=unigram.pieces[unigram.pad],
        unk_token=unigram.pieces[unigram.unk],
        model_max_length=MAX_TOKENS,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(bert)
    parts = _modules()
    modules = [
        parts.Transformer(str(bert)),
        parts.Pooling(weights.hidden, pooling_mode="mean"),
        parts.Normalize(),
    ]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "model"))


def _modules() -> ModuleType:
    """Where sentence-transformers keeps the parts of a model; older releases have them elsewhere."""
    try:
        return import_module("sentence_transformers.sentence_transformer.modules")
    except ModuleNotFoundError:
        return import_module("sentence_transformers.models")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        save_model(Path(sys.argv[1]))
    else:
        # A whole process of the peer, to be timed: python -m benchmarks.peer MODEL PHRASE
        print(SentenceTransformers(Path(sys.argv[1])).search(sys.argv[2]))
