"""Sentence vectors in; the projection to fewer dimensions that tells codes apart best, out.

It begins at the principal axes of the vectors, which keep most of their inner products, and is then trained
like the encoder, on the encoder's finished vectors: what is dropped is what no phrase needs. That takes
seconds, for the encoder is not run again.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from codilingua.train.biencoder import contrast
from codilingua.train.examples import TrainingSet

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]

_EPOCHS = 12
_BATCH = 1024
_RATE = 1e-3
_TEMPERATURE = 0.03


def principal_axes(vectors: Matrix, dimensions: int, seed: int) -> Matrix:
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


def fit_projection(
    data: TrainingSet, numbers: Places, phrases: Matrix, surfaces: Matrix, dimensions: int, seed: int
) -> Matrix:
    """
    :param numbers: int64 [drawn], rows of the phrases to learn from.
    :param phrases: float32 [drawn, hidden], their vectors, of length one.
    :param surfaces: float32 [surfaces, hidden], of all surfaces of ``data``.
    :return: float32 [hidden, dimensions].
    """
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    weights = nn.Parameter(torch.from_numpy(principal_axes(surfaces, dimensions, seed)))
    optimiser = torch.optim.Adam([weights], _RATE)
    related: dict[int, Places] = {}
    for _ in range(_EPOCHS):
        order = chance.permutation(len(numbers))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            codes = data.phrases.codes[numbers[chosen]]
            rows = [int(chance.choice(data.surfaces_of(int(code)))) for code in codes]
            masked = torch.from_numpy(data.relatives.mask(codes.tolist(), codes, related))
            asked, found = (_projected(matrix, weights) for matrix in (phrases[chosen], surfaces[rows]))
            loss = contrast(asked, found, masked, _TEMPERATURE)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    fitted: Matrix = weights.detach().numpy()
    return fitted


def _projected(vectors: Matrix, weights: Tensor) -> Tensor:
    return nn.functional.normalize(torch.from_numpy(vectors) @ weights, dim=-1)
