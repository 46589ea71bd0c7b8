"""The shipped files and the weights in; the encoders after the reference out. Extra: ``train``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from codilingua.artifacts import Assets, sha256
from codilingua.errors import AssetError
from codilingua.search.encoder import Encoder
from codilingua.train.e5 import Unigram, bundled_file, read_weights
from codilingua.train.export import export_fp32
from codilingua.train.model import sentence_encoder


class FileEncoder:
    """An ONNX file with the shipped tokenizer, run by the class that runs it in a search."""

    def __init__(self, model: Path, tokenizer: Path, threads: int | None = None) -> None:
        """
        :param threads: processor cores to use; None for all.
        :raises AssetError: when a file cannot be loaded.
        """
        self._encoder = Encoder(model, tokenizer, threads)
        words = Assets(model.parent).words
        files = [model, tokenizer, *([words] if words.is_file() else [])]
        self.identity = " ".join(["onnxruntime", onnxruntime.__version__, *map(sha256, files)])

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """:return: float32 [texts, dimensions], rows of length one."""
        return self._encoder.encode(texts, prefix)


def unquantised(shipped: Assets, given: Path | None, folder: Path) -> Path:
    """The pruned encoder before quantisation, for the shipped tokenizer.

    :param given: a file that ``codilingua build --keep-fp32`` left; None to export it into ``folder``.
    :raises AssetError: when the given file has another vocabulary than the shipped tokenizer.
    """
    if given is not None:
        _check_vocabulary(given, shipped.tokenizer)
        return given
    path = folder / f"fp32-{sha256(shipped.tokenizer)[:16]}-{sha256(bundled_file())[:16]}.onnx"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        weights = read_weights(bundled_file())
        temporary = path.with_suffix(".tmp")
        export_fp32(sentence_encoder(weights, kept_pieces(weights.unigram, shipped.tokenizer)), temporary)
        temporary.replace(path)
    return path


def kept_pieces(unigram: Unigram, tokenizer: Path) -> list[int]:
    """Old ids of the pieces of a pruned tokenizer, in the order of their new ids."""
    old = {piece: number for number, piece in enumerate(unigram.pieces)}
    vocabulary = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
    return [old[piece] for piece, _ in vocabulary]


def full_vocabulary_size() -> int:
    """Pieces of multilingual-e5-small as it was trained."""
    return len(read_weights(bundled_file()).unigram.pieces)


def vocabulary_size(tokenizer: Path) -> int:
    """Pieces of a tokenizer file."""
    return int(Tokenizer.from_file(str(tokenizer)).get_vocab_size())


def _check_vocabulary(model: Path, tokenizer: Path) -> None:
    import onnx

    tables = [
        tensor.dims[0]
        for tensor in onnx.load(str(model)).graph.initializer
        if tensor.name.endswith("word_embeddings.weight")
    ]
    expected = vocabulary_size(tokenizer)
    if tables != [expected]:
        reason = f"word tables of {tables} rows, where the shipped tokenizer has {expected} pieces"
        raise AssetError(f"{model}: {reason}; make it by  codilingua build --keep-fp32")
