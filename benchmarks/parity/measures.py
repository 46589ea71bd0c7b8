"""Scores and gold codes in; ranks, recall and intervals out. NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.types import Kind

NOT_FOUND = np.iinfo(np.int32).max
"""Rank of a code that was not returned."""

Ranks = list[list[int]]
"""For each query the rank of each of its gold codes, one or more."""

CUTOFFS = (1, 5, 10)
_DECIMALS = 6
"""Scores that agree so far are ties: the last bits of a float decide no rank."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


def tabular_code(catalog: Catalog, code: str) -> str | None:
    """The row of the tabular list that a gold code stands for.

    A code with its 7th character counts as the code that it completes, for the index holds no other.

    :return: None where the catalog has no such code, or where it names a chapter or a section.
    """
    concept = catalog.find(code)
    if concept is None or concept.kind not in (Kind.CODE, Kind.EXPANSION):
        return None
    return concept.parent if concept.kind is Kind.EXPANSION else concept.code


def gold_rank(scores: NDArray[np.float32], codes: NDArray[np.int64], gold: int) -> int:
    """Rank of one code where every surface has a score.

    :param scores: float32 [surfaces]; a code scores what its best surface scores.
    :param codes: int64 [surfaces], rising: number of each surface's code in the order of the book,
        which decides between equal scores.
    :param gold: number of the code that was meant.
    :return: from 1; ``NOT_FOUND`` where the code has no surface.
    """
    rounded = np.round(scores, _DECIMALS)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    best = np.maximum.reduceat(rounded, starts)
    place = int(np.searchsorted(codes[starts], gold))
    if place == len(starts) or codes[starts[place]] != gold:
        return NOT_FOUND
    before = np.count_nonzero(best > best[place]) + np.count_nonzero(best[:place] == best[place])
    return int(before) + 1


def rank_in(ranked: Sequence[str], gold: str) -> int:
    """Rank of one code in a list of distinct codes, best first: from 1, or ``NOT_FOUND``."""
    return ranked.index(gold) + 1 if gold in ranked else NOT_FOUND


def recall(ranks: Ranks, cutoff: int) -> NDArray[np.float64]:
    """R@cutoff of each query: the share of its gold codes among the first ``cutoff`` codes.

    :return: float64 [queries], in 0-1.
    """
    return np.array([sum(rank <= cutoff for rank in query) / len(query) for query in ranks])


def bootstrap(differences: Sequence[NDArray[np.float64]], seed: int, resamples: int = 1000) -> Interval:
    """Mean over sets of the mean paired difference, with its interval.

    :param differences: for each set the difference of each query, float64 [queries]; a query is drawn
        with both of its results, each set from its own queries alone.
    :return: percentiles 2.5 and 97.5 of the resampled means.
    """
    chance = np.random.default_rng(seed)
    drawn = np.zeros(resamples)
    for values in differences:
        picks = chance.integers(0, len(values), (resamples, len(values)))
        drawn += values[picks].mean(axis=1)
    low, high = np.percentile(drawn / len(differences), (2.5, 97.5))
    mean = float(np.mean([values.mean() for values in differences]))
    return Interval(mean, float(low), float(high))
