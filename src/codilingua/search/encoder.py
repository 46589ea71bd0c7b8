"""Texts in; sentence vectors out, by ONNX Runtime on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from codilingua.errors import AssetError
from codilingua.search.runtime import open_session

QUERY = "query: "
PASSAGE = "passage: "
"""multilingual-e5 was trained with these before what is asked and what is searched."""

_BATCH = 32


class Encoder:
    """A sentence encoder. May be shared by threads.

    A text embeds to the same vector whatever else is in its batch, but for rounding in the last bits
    of a float: the ranges of the int8 arithmetic are fixed in the file.
    """

    def __init__(self, model: Path, tokenizer: Path, threads: int | None = None) -> None:
        """
        :param model: ONNX, int64 ``input_ids`` and ``attention_mask`` [batch, tokens] in, float32
            ``embedding`` [batch, dimensions] out.
        :param tokenizer: Hugging Face ``tokenizers`` JSON, with its truncation and padding.
        :param threads: processor cores to use; None for all.
        :raises AssetError: when a file cannot be loaded.
        """
        self._model = model
        self._threads = threads
        self._serial: Encoder | None = None
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
            self._session = open_session(model, threads)
        # Both libraries raise bare exceptions, of classes of their own or of none.
        except Exception as error:
            reason = f"the encoder cannot be loaded ({str(error).splitlines()[0]})"
            raise AssetError(f"{model.parent}: {reason}; install codilingua again") from error
        self.dimensions = int(self._session.get_outputs()[0].shape[-1])

    def serial(self) -> Encoder:
        """The same encoder on one core. Several at work side by side do more than one on several cores."""
        if self._threads == 1:
            return self
        if self._serial is None:
            serial = copy(self)
            serial._threads = 1
            serial._session = open_session(self._model, 1)
            self._serial = serial
        return self._serial

    @property
    def longest(self) -> int:
        """Tokens that are read of a text at the most."""
        truncation = self._tokenizer.truncation or {"max_length": 0}
        return int(truncation["max_length"])

    def count_tokens(self, texts: Sequence[str], prefix: str) -> int:
        """Tokens that are read of all texts together, each cut off as it is for encoding."""
        encodings = self._tokenizer.encode_batch([prefix + text for text in texts])
        return sum(sum(encoding.attention_mask) for encoding in encodings)

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """
        :param prefix: ``QUERY`` or ``PASSAGE``.
        :return: float32 [texts, dimensions], rows of length one, in the order of ``texts``.
        """
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        encodings = self._tokenizer.encode_batch([prefix + text for text in texts])
        # Neighbours in length share a batch, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda i: sum(encodings[i].attention_mask))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            mask = np.array([encodings[i].attention_mask for i in chosen], np.int64)
            width = int(mask.sum(axis=1).max())
            ids = np.array([encodings[i].ids[:width] for i in chosen], np.int64)
            feed = {"input_ids": ids, "attention_mask": mask[:, :width]}
            (vectors[chosen],) = self._session.run(None, feed)
        return vectors
