"""Sentence vectors in; an int8 matrix out, and from it the rows nearest to a query, searched exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from usearch.index import MetricKind, search

Rows = NDArray[np.int64]

STEP = 1 / 600
"""One int8 step of a component. Unit vectors of 384 components stay below 127 steps (0.21)."""

_TILE = 16384
"""Rows that stay in the processor's cache while all queries of a batch pass over them."""


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """``matrix`` is int8 [surfaces, dimensions]: components of unit vectors in steps of ``STEP``."""

    matrix: NDArray[np.int8]

    def nearest(self, queries: NDArray[np.float32], count: int, threads: int = 0) -> Rows:
        """
        :param queries: float32 [queries, dimensions], rows of length one.
        :param threads: processor cores to use; 0 for all.
        :return: int64 [queries, min(count, surfaces)], row numbers, the nearest first.
        """
        asked = quantise(queries)
        if not len(self.matrix):
            return np.empty((len(asked), 0), np.int64)
        return self._one(asked, count, threads) if len(asked) == 1 else self._many(asked, count, threads)

    def _one(self, asked: NDArray[np.int8], count: int, threads: int) -> Rows:
        # Asked the other way round, for the nearest of one query to each surface, usearch gives all
        # distances and sorts none: two thirds of the time.
        found = search(asked, self.matrix, 1, MetricKind.IP, exact=True, threads=threads)
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
            found = search(part, asked, min(count, len(part)), MetricKind.IP, exact=True, threads=threads)
            shape = (len(asked), -1)
            keys.append(found.keys.astype(np.int64).reshape(shape) + start)
            distances.append(found.distances.reshape(shape))
        rows = np.concatenate(keys, axis=1)
        order = np.argsort(np.concatenate(distances, axis=1), axis=1, kind="stable")
        return np.take_along_axis(rows, order[:, :count], axis=1)

    def cosines(self, query: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
        """Cosine of one unrounded query [dimensions] with the given rows, float32 [rows]."""
        products: NDArray[np.float32] = self.matrix[rows].astype(np.float32) @ query
        return products * np.float32(STEP)

    def subset(self, rows: Rows) -> VectorIndex:
        """The index of these rows alone, a copy."""
        return VectorIndex(self.matrix[rows])


def quantise(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Unit vectors as the index holds them, int8 of the same shape."""
    steps: NDArray[np.int8] = np.clip(np.rint(vectors / STEP), -127, 127).astype(np.int8)
    return steps
