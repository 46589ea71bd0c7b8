"""Scores of ranked codes, and which were right, in; what a score is worth as a probability, out.

A temperature makes the scores of one query shares that add up to 1; isotonic regression (pool adjacent
violators: Ayer and others, 1955) then makes a share the frequency with which such a share was right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from codilingua.search.profiles import Profile

Values = NDArray[np.float64]

PRECISION = 0.8
"""Of the first hits that count as sure, at least this share was right on the development sets."""

_TEMPERATURES = (0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24)
_KNOTS = 24
_LOOKED_AT = 5
"""Hits of a query that the isotonic regression sees: further down nearly all are wrong."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One query's hits: ``scores`` float64 [hits], the best first, and ``right`` bool [hits]."""

    scores: Values
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Covered:
    """Answering only where the first hit has this ``confidence``: ``coverage`` is the share of queries
    that are answered so, ``precision`` the share of those whose first hit is right, both 0-1.
    """

    confidence: float
    coverage: float
    precision: float


def calibrated(profile: Profile, answers: Sequence[Answered]) -> Profile:
    """The profile with temperature, knots and threshold fitted.

    :param answers: of development queries, ranked by this profile.
    """
    profile = replace(profile, temperature=min(_TEMPERATURES, key=lambda t: _loss(profile, answers, t)))
    shares = np.concatenate([profile.shares(answer.scores)[:_LOOKED_AT] for answer in answers])
    right = np.concatenate([answer.right[:_LOOKED_AT] for answer in answers])
    profile = replace(profile, knots=isotonic(shares, right.astype(np.float64)))
    enough = [point for point in coverage(profile, answers) if point.precision >= PRECISION]
    threshold = min((point.confidence for point in enough), default=1.0)
    return replace(profile, threshold=threshold)


def _loss(profile: Profile, answers: Sequence[Answered], temperature: float) -> float:
    """Mean of minus the logarithm of the share that right hits get, where there is one; 0 where none is."""
    tried = replace(profile, temperature=temperature)
    found = [answer for answer in answers if answer.right.any()]
    if not found:
        return 0.0
    return float(np.mean([-np.log(tried.shares(a.scores)[a.right].sum() + 1e-9) for a in found]))


def isotonic(shares: Values, right: Values) -> tuple[tuple[float, float], ...]:
    """The rising step function nearest to the points, as at most 24 knots to draw straight lines between.

    :param shares: float64 [hits], 0-1; ``right`` 1 where the hit is right, else 0.
    """
    if not shares.size:
        return ()
    # One more right at the low end and one more wrong at the high end than were seen: else the few hits there
    # would say of all others like them that they are certainly wrong, or certainly right.
    shares = np.r_[shares.min(), shares, shares.max()]
    right = np.r_[1.0, right, 0.0]
    # Of equal shares the right ones first, so that all of them come into one block.
    order = np.lexsort((-right, shares))
    blocks: list[list[float]] = []  # sum of right, count, sum of shares
    for share, value in zip(shares[order].tolist(), right[order].tolist(), strict=True):
        blocks.append([value, 1.0, share])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    knots = [(total / count, value / count) for value, count, total in blocks]
    chosen = np.unique(np.linspace(0, len(knots) - 1, min(_KNOTS, len(knots))).round().astype(int))
    return tuple((round(knots[place][0], 5), round(knots[place][1], 5)) for place in chosen)


def coverage(profile: Profile, answers: Sequence[Answered]) -> list[Covered]:
    """The curve of a calibrated profile, one point for each confidence that some first hit has, rising."""
    first = [
        (profile.confidences(a.scores.tolist())[0] or 0.0, bool(a.right[0])) for a in answers if len(a.right)
    ]
    points = []
    for level in sorted({confidence for confidence, _ in first}):
        above = [right for confidence, right in first if confidence >= level]
        points.append(Covered(level, len(above) / len(answers), sum(above) / len(above)))
    return points


def expected_error(profile: Profile, answers: Sequence[Answered], bins: int = 10) -> float:
    """Expected calibration error of the first hits, 0-1: mean gap between confidence and frequency."""
    first = [
        (profile.confidences(a.scores.tolist())[0] or 0.0, bool(a.right[0])) for a in answers if len(a.right)
    ]
    confidences = np.array([confidence for confidence, _ in first])
    right = np.array([right for _, right in first])
    place = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [
        abs(confidences[place == b].mean() - right[place == b].mean()) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))
