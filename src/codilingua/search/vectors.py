"""Sentence vectors in; a matrix of 4-bit components, searched exactly for the rows nearest to a query, out.

On disk two components share a byte. In memory they are int8, odd numbers from -15 to 15: half steps, so
that the 16 levels lie evenly about zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codilingua.search.runtime import nearest_products

Rows = NDArray[np.int64]

_LEVELS = 16
_SPREAD = 0.3352
"""Best step for 16 even levels, in standard deviations of a normal distribution (Max, 1960)."""

_QUERY_RANGE = 4.8
"""Standard deviations of a component that a query's int8 reaches."""

_PAIRS = (2 * np.stack([np.arange(256) & 15, np.arange(256) >> 4], axis=1) - (_LEVELS - 1)).astype(np.int8)
"""Byte → its two components in half steps, the low one first."""

_TILE = 16384
"""Rows that stay in the processor's cache while all queries of a batch pass over them."""


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """``matrix`` is int8 [surfaces, dimensions], components of unit vectors in half steps of 4 bits."""

    matrix: NDArray[np.int8]

    @classmethod
    def unpack(cls, packed: NDArray[np.uint8]) -> VectorIndex:
        """
        :param packed: as :func:`pack` makes it.
        :raises ValueError: when it is no matrix of bytes.
        """
        if packed.dtype != np.uint8 or packed.ndim != 2:
            raise ValueError(f"vectors are {packed.dtype} of {packed.ndim} dimensions, not bytes of two")
        halves: NDArray[np.int8] = _PAIRS.view(np.int16)[:, 0][packed].view(np.int8)
        return cls(halves)

    def nearest(self, queries: NDArray[np.float32], count: int, threads: int = 0) -> Rows:
        """
        :param queries: float32 [queries, dimensions], rows of length one.
        :param threads: processor cores to use; 0 for all.
        :return: int64 [queries, min(count, surfaces)], row numbers, the nearest first.
        """
        asked = _quantise(queries)
        if not len(self.matrix):
            return np.empty((len(asked), 0), np.int64)
        return self._one(asked, count, threads) if len(asked) == 1 else self._many(asked, count, threads)

    def _one(self, asked: NDArray[np.int8], count: int, threads: int) -> Rows:
        # Asked the other way round, for the nearest of one query to each surface, usearch gives all
        # distances and sorts none: two thirds of the time.
        found = nearest_products(asked, self.matrix, 1, threads)
        distances = found.distances.reshape(-1)
        near = np.arange(len(distances))
        if count < len(distances):
            near = np.argpartition(distances, count)[:count]
        return near[np.lexsort((near, distances[near]))].reshape(1, -1)

    def _many(self, asked: NDArray[np.int8], count: int, threads: int) -> Rows:
        keys: list[Rows] = []
        distances: list[NDArray[np.float32]] = []
        for start in range(0, len(self.matrix), _TILE):
            part = self.matrix[start : start + _TILE]
            found = nearest_products(part, asked, min(count, len(part)), threads)
            shape = (len(asked), -1)
            keys.append(found.keys.astype(np.int64).reshape(shape) + start)
            distances.append(found.distances.reshape(shape))
        rows = np.concatenate(keys, axis=1)
        order = np.argsort(np.concatenate(distances, axis=1), axis=1, kind="stable")
        return np.take_along_axis(rows, order[:, :count], axis=1)

    def cosines(self, query: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
        """Cosine of one unrounded query [dimensions] with the given rows, float32 [rows]."""
        products: NDArray[np.float32] = self.matrix[rows].astype(np.float32) @ query
        return products * np.float32(_step(self.matrix.shape[1]) / 2)

    def subset(self, rows: Rows) -> VectorIndex:
        """The index of these rows alone, a copy."""
        return VectorIndex(self.matrix[rows])


def pack(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Unit vectors as the index keeps them.

    :param vectors: float32 [surfaces, dimensions], an even number of them.
    :return: uint8 [surfaces, dimensions / 2], two levels of 16 a byte, the first one low.
    """
    levels = np.floor(vectors / _step(vectors.shape[1]) + _LEVELS / 2)
    nibbles = np.clip(levels, 0, _LEVELS - 1).astype(np.uint8)
    packed: NDArray[np.uint8] = nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)
    return packed


def _step(dimensions: int) -> float:
    return float(_SPREAD / np.sqrt(dimensions))


def _quantise(queries: NDArray[np.float32]) -> NDArray[np.int8]:
    scale = 127 * np.sqrt(queries.shape[1]) / _QUERY_RANGE
    steps: NDArray[np.int8] = np.clip(np.rint(queries * scale), -127, 127).astype(np.int8)
    return steps
