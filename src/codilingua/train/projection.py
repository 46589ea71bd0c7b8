"""Sentence vectors in; the projection to fewer dimensions that keeps most of their inner products, out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


def fit_projection(vectors: Matrix, dimensions: int, seed: int) -> Matrix:
    """The principal axes of the vectors, turned at random.

    The axes are those of the second moment about zero, not about the mean: inner products are what is kept.
    Turned, every component carries as much as the next, as 4 bits each want it.

    :param vectors: float32 [texts, hidden], rows of length one.
    :return: float32 [hidden, dimensions], columns of length one, at right angles.
    """
    values = vectors.astype(np.float64)
    _, axes = np.linalg.eigh(values.T @ values)
    principal = axes[:, ::-1][:, :dimensions]
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(dimensions, dimensions)))
    projected: Matrix = np.ascontiguousarray(principal @ turn, np.float32)
    return projected
