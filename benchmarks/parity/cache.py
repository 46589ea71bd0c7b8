"""An encoder and texts in; their vectors out, each chunk computed once and kept on disk by its content."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

CHUNK = 1024
"""Texts in one file of the cache: what a broken run loses at the most."""


class TextEncoder(Protocol):
    """What is measured. ``identity`` is equal where the vectors would be equal: a hash of the weights."""

    @property
    def identity(self) -> str: ...

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """:return: float32 [texts, dimensions], rows of length one."""
        ...


def default_folder() -> Path:
    """``codilingua/parity`` in the user's cache folder (``XDG_CACHE_HOME``, else ``~/.cache``)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "codilingua" / "parity"


def embed(encoder: TextEncoder, texts: Sequence[str], prefix: str, folder: Path) -> NDArray[np.float32]:
    """Embed through the cache; a second call, or one after a break, goes on where the first stopped.

    Each distinct text is embedded once, so that codes with the same words tie exactly.

    :return: float32 [texts, dimensions], in the order of ``texts``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # By length, so that little of a batch is padding.
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    parts = []
    for start in range(0, len(distinct), CHUNK):
        parts.append(_chunk(encoder, distinct[start : start + CHUNK], prefix, folder))
        if sys.stderr.isatty():
            done = min(start + CHUNK, len(distinct))
            print(f"\r  {prefix}{done:,} of {len(distinct):,}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    places = {text: place for place, text in enumerate(distinct)}
    return np.concatenate(parts)[[places[text] for text in texts]]


def _chunk(encoder: TextEncoder, texts: Sequence[str], prefix: str, folder: Path) -> NDArray[np.float32]:
    content = json.dumps([encoder.identity, prefix, *texts], ensure_ascii=False)
    path = folder / f"{hashlib.sha256(content.encode()).hexdigest()}.npy"
    if path.is_file():
        kept: NDArray[np.float32] = np.load(path)
        return kept
    vectors = encoder.encode(texts, prefix)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        np.save(file, vectors)
    # Put in place when whole: a run broken off leaves no half chunk behind.
    os.replace(temporary, path)
    return vectors
