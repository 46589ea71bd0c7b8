"""The shipped search and a number of surfaces in; the same search over that many surfaces out.

Surfaces beyond the shipped ones are the shipped ones over again, as if the book had more volumes of the
same codes. Nothing is embedded or cut into trigrams anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.reader import CatalogReader
from codilingua.search.encoder import Encoder
from codilingua.search.index import Index
from codilingua.search.lexical import SLOTS, LexicalIndex
from codilingua.search.vectors import VectorIndex
from codilingua.types import Concept


class RepeatedCatalog(Catalog):
    """A catalog whose places go on after the last: the first concept again, the second again …"""

    def __init__(self, reader: CatalogReader) -> None:
        super().__init__(reader)
        self.places = sum(1 for _ in self.outline())
        """How many places one volume has."""

    def at(self, places: Iterable[int]) -> dict[int, Concept]:
        """As in a catalog, at any place."""
        first = {place: (place - 1) % self.places + 1 for place in places}
        found = super().at(first.values())
        return {place: found[same] for place, same in first.items()}


class KnownVectors(Encoder):
    """An encoder that has the vectors of all texts it will be given: what is left is the search."""

    def __init__(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        self._vectors = vectors

    def serial(self) -> Encoder:
        """Itself: there is nothing to do on any core."""
        return self

    def encode(self, texts: Iterable[str], prefix: str) -> NDArray[np.float32]:  # noqa: ARG002
        """float32 [texts, dimensions]."""
        return np.array([self._vectors[text] for text in texts], np.float32)


def repeat(index: Index, volume: int, sizes: Iterable[int]) -> dict[int, Index]:
    """The index at each of these numbers of surfaces. They share one matrix of vectors.

    :param volume: places in one volume of the catalog.
    """
    largest = max(sizes)
    copies = -(-largest // len(index.places))
    matrix = np.tile(index.vectors.matrix, (copies, 1))
    shifts = np.arange(copies, dtype=np.uint32)[:, None] * np.uint32(volume)
    places = (index.places + shifts).ravel()
    prior = np.concatenate([index.prior[:1], np.tile(index.prior[1:], copies)])
    return {
        size: Index(places[:size], VectorIndex(matrix[:size]), repeat_lexical(index.lexical, size), prior)
        for size in sizes
    }


def repeat_lexical(lexical: LexicalIndex, size: int) -> LexicalIndex:
    """The trigram index of that many surfaces: each posting again with the copy's surface number.

    What a surface scores stays as it is: the weights of the trigrams are shares, not counts.
    """
    copies = -(-size // lexical.surfaces)
    slots = np.repeat(np.arange(SLOTS, dtype=np.uint16), lexical.offsets[1:] - lexical.offsets[:-1])
    shifts = np.arange(copies, dtype=np.int64)[:, None] * lexical.surfaces
    rows = (lexical.rows.astype(np.int64) + shifts).ravel()
    kept = rows < size
    slots, rows, weights = np.tile(slots, copies)[kept], rows[kept], np.tile(lexical.weights, copies)[kept]
    # Stable: within a slot the copies stay one after the other, and so the rows rising.
    order = np.argsort(slots, kind="stable")
    offsets = np.zeros(SLOTS + 1, np.uint32)
    np.cumsum(np.bincount(slots, minlength=SLOTS), out=offsets[1:])
    few = size <= np.iinfo(np.uint16).max
    numbers = rows[order].astype(np.uint16) if few else rows[order].astype(np.uint32)
    return LexicalIndex(offsets, numbers, weights[order], lexical.idf, size)
