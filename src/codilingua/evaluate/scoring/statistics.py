"""Values query by query and the documents they stand in in; intervals and p values out.

Queries of one document resemble each other, so that documents are drawn, not queries: an interval from
queries alone would be too narrow (Field and Welsh, *Bootstrapping clustered data*, 2007).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import UsageError
from codilingua.evaluate.scoring.measures import NOTHING, Parts
from codilingua.types import Judgement

Values = NDArray[np.float64]

_PERCENTILES = (2.5, 97.5)
_BLOCK = 500
"""Permutations at a time: some megabytes for thousands of clusters."""

_SLACK = 1e-9
"""Of the largest sum possible. Sums of the same numbers in another order are the same."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its 95 % interval. ``low`` and ``high`` are nan where one cluster was all there was:
    how much another would differ, nobody can say."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """True where there are bounds."""
        return not (math.isnan(self.low) or math.isnan(self.high))

    def numbers(self) -> list[float]:
        """Value, low and high, or the value alone where there are no bounds."""
        return [self.value, self.low, self.high] if self.known else [self.value]


def clusters_of(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    """What is drawn together: the document of each judgement; one without stands for itself."""
    return tuple(
        f"document {judgement.group}"
        if judgement.group is not None
        else f"query {number} {judgement.lang} {judgement.query}"
        for number, judgement in enumerate(judgements)
    )


def draws(parts: Parts, clusters: Sequence[str], seed: int, resamples: int) -> Values:
    """Values of a measure over resampled clusters: as many as there are, drawn with replacement.

    The same seed and the same clusters in the same order are drawn alike, so that the draws of two
    systems can be subtracted. Other clusters are drawn apart, so that the draws of two sets can be
    averaged.

    :param clusters: for each query the name of its cluster.
    :return: float64 [resamples]; nan where there is one cluster.
    :raises UsageError: when there is no query, or not one cluster name for each.
    """
    members, names = _members(len(parts.numerators), clusters)
    if len(names) == 1:
        return np.full(resamples, np.nan)
    weights = _weights(_fingerprint(names), len(names), seed, resamples)
    drawn: Values = weights @ np.bincount(members, parts.numerators)
    drawn /= weights @ np.bincount(members, parts.denominators)
    return drawn


def interval(value: float, draws: Values) -> Interval:
    """:param draws: float64 [resamples]; the bounds are their percentiles 2.5 and 97.5."""
    low, high = np.percentile(draws, _PERCENTILES)
    return Interval(value, float(low), float(high))


def permutation_p(differences: Sequence[tuple[Values, Sequence[str]]], seed: int, permutations: int) -> float:
    """Two-sided p value of a paired test: is the mean difference of two systems other than 0?

    Where neither system is better, the difference of a cluster might as well have the other sign. So
    signs are flipped, those of a cluster together: all ways where they are no more than
    ``permutations``, else that many at random, with the observed one beside them (Phipson and Smyth,
    *Permutation p-values should never be zero*, 2010).

    :param differences: for each set the difference of each query, float64 [queries], of a measure whose
        denominators are 1, and the cluster of each. Tested is the mean over sets of the means; to give
        sets other weights, scale their differences.
    :param permutations: 1 or more.
    :return: above 0, at most 1; 1 where no query differs.
    :raises UsageError: when there is no set, a set has no query, or not one cluster name for each.
    """
    if not differences:
        raise UsageError("nothing to test: name two systems that ran on the same set")
    sums = np.concatenate([_cluster_means(values, clusters) for values, clusters in differences])
    # A cluster without a difference is the same with either sign.
    sums = sums[sums != 0.0]
    if not len(sums):
        return 1.0
    observed = abs(float(sums.sum())) - _SLACK * float(np.abs(sums).sum())
    if 2 ** len(sums) <= permutations:
        ways = (np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums))) & 1
        return float(np.mean(_flipped(ways, sums) >= observed))
    chance = np.random.default_rng(seed)
    extreme = 0
    for start in range(0, permutations, _BLOCK):
        signs = _random_signs(chance, min(_BLOCK, permutations - start), len(sums))
        extreme += int(np.count_nonzero(_flipped(signs, sums) >= observed))
    return (extreme + 1) / (permutations + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """Adjust p values for the number of tests (Holm, *A simple sequentially rejective multiple test
    procedure*, 1979): what is below 0.05 afterwards keeps the chance of any false alarm below 0.05.

    :return: in the order of ``ps``, each at least what it was and at most 1.
    """
    adjusted = [1.0] * len(ps)
    worst = 0.0
    for done, number in enumerate(sorted(range(len(ps)), key=lambda number: ps[number])):
        worst = max(worst, min(1.0, (len(ps) - done) * ps[number]))
        adjusted[number] = worst
    return adjusted


def _members(queries: int, clusters: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The number of each query's cluster, and the names of the clusters in the order in which they come."""
    if not queries:
        raise UsageError(NOTHING)
    if queries != len(clusters):
        raise UsageError(f"{len(clusters)} clusters for {queries} queries: name one for each query")
    numbers: dict[str, int] = {}
    members = np.array([numbers.setdefault(name, len(numbers)) for name in clusters], np.int64)
    return members, tuple(numbers)


def _cluster_means(values: Values, clusters: Sequence[str]) -> Values:
    """What each cluster brings to the mean over queries: float64 [clusters]."""
    members, _ = _members(len(values), clusters)
    return np.bincount(members, values) / len(values)


def _random_signs(chance: np.random.Generator, rows: int, columns: int) -> NDArray[np.uint8]:
    """:return: 0 or 1, [rows, columns]."""
    octets = np.frombuffer(chance.bytes(rows * math.ceil(columns / 8)), np.uint8)
    return np.unpackbits(octets.reshape(rows, -1), axis=1, count=columns)


def _flipped(signs: NDArray[np.int64] | NDArray[np.uint8], sums: Values) -> Values:
    """
    :param signs: [permutations, clusters], 1 keeps a sign and 0 flips it.
    :return: float64 [permutations], the size of each sum.
    """
    flipped: Values = np.abs(signs.astype(np.float64) @ (2.0 * sums) - sums.sum())
    return flipped


def _fingerprint(names: Sequence[str]) -> int:
    joined = "\0".join(names).encode(errors="surrogatepass")
    return int.from_bytes(hashlib.sha256(joined).digest()[:16], "big")


@lru_cache(maxsize=2)
def _weights(fingerprint: int, clusters: int, seed: int, resamples: int) -> Values:
    """How often each cluster is drawn: float64 [resamples, clusters]; each row sums to ``clusters``."""
    chance = np.random.default_rng([seed, fingerprint])
    picks = chance.integers(0, clusters, (resamples, clusters))
    picks += clusters * np.arange(resamples)[:, None]
    counts = np.bincount(picks.ravel(), minlength=resamples * clusters)
    weights = counts.reshape(resamples, clusters).astype(np.float64)
    weights.flags.writeable = False
    return weights
