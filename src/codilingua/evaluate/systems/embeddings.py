"""An encoder and texts in; their vectors out, each text embedded once and kept on disk by its content."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import AssetError

CHUNK = 1024
"""Texts embedded between two writes to the cache: what a broken run loses at the most."""

Progress = Callable[[int, int], None]
"""Called with how many are done, and of how many."""

_CREATE = "CREATE TABLE IF NOT EXISTS vector (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
_KNOWN = "SELECT key, value FROM vector WHERE key IN (SELECT value FROM json_each(?))"
_ADD = "INSERT OR IGNORE INTO vector VALUES (?, ?)"
_PATIENCE = 60.0


class TextEncoder(Protocol):
    """``identity`` is equal where the vectors would be equal: a hash of the weights, and versions."""

    @property
    def identity(self) -> str: ...

    def encode(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """:return: float32 [texts, dimensions], rows of length one."""
        ...


def cache_folder() -> Path:
    """``codilingua`` in the user's cache folder (``XDG_CACHE_HOME``, else ``~/.cache``)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "codilingua"


def embed(
    encoder: TextEncoder,
    texts: Sequence[str],
    prefix: str,
    folder: Path,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Embed through the cache; a second call, or one after a break, goes on where the first stopped.

    Each distinct text is embedded once, so that codes with the same words tie exactly. The cache holds
    no text: a vector is found by the SHA-256 of its text, in a file for each encoder and prefix.

    :return: float32 [texts, dimensions], in the order of ``texts``.
    :raises AssetError: when the cache cannot be read or written.
    """
    name = hashlib.sha256(json.dumps([encoder.identity, prefix]).encode()).hexdigest()[:32]
    # By length, so that little of a batch is padding.
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    parts = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(folder / f"{name}.vectors", timeout=_PATIENCE)) as store:
            store.execute(_CREATE)
            for start in range(0, len(distinct), CHUNK):
                parts.append(_chunk(encoder, distinct[start : start + CHUNK], prefix, store))
                if progress is not None:
                    progress(min(start + CHUNK, len(distinct)), len(distinct))
    except (OSError, sqlite3.Error) as error:
        raise AssetError(
            f"{folder}: the cache of embeddings fails ({error}); choose another folder"
        ) from error
    places = {text: place for place, text in enumerate(distinct)}
    vectors: NDArray[np.float32] = np.concatenate(parts)[[places[text] for text in texts]]
    return vectors


def _chunk(
    encoder: TextEncoder, texts: Sequence[str], prefix: str, store: sqlite3.Connection
) -> NDArray[np.float32]:
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    known = {
        key: np.frombuffer(value, np.float32) for key, value in store.execute(_KNOWN, [json.dumps(keys)])
    }
    new = [(key, text) for key, text in zip(keys, texts, strict=True) if key not in known]
    if new:
        vectors = encoder.encode([text for _, text in new], prefix)
        found = {key: vector for (key, _), vector in zip(new, vectors, strict=True)}
        with store:
            store.executemany(_ADD, [(key, vector.tobytes()) for key, vector in found.items()])
        known |= found
    return np.stack([known[key] for key in keys])
