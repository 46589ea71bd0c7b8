"""The protocol of whatever is compared, and the step that most of them share: surface scores → codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from codilingua.evaluate.systems.candidates import Candidates

_DECIMALS = 6
"""Scores that agree so far are ties: the last bits of a float decide no rank."""

_BLOCK = 64
"""Queries whose scores with all surfaces are held at once, some 17 MB."""


class Ranking(NamedTuple):
    """For each query its best codes, best first, distinct, and their scores, falling; fewer than asked
    for, or none, where the system finds no more."""

    codes: list[list[str]]
    scores: list[list[float]]


class System(Protocol):
    """What can be compared. Opened over :class:`~codilingua.evaluate.systems.candidates.Candidates`."""

    identity: str
    """Equal where the answers would be equal: names, versions and hashes of all that decides them."""

    disk_bytes: int
    """What it keeps on disk to search: model, tokenizer and index."""

    def rank(self, queries: Sequence[str], k: int) -> Ranking:
        """
        :param k: codes at the most for each query, 1 or more.
        :return: a query that the system cannot read has no codes; it raises nothing.
        """
        ...


def best_codes(scores: NDArray[np.float32], candidates: Candidates, k: int) -> Ranking:
    """
    :param scores: float32 [queries, surfaces]; a code scores what its best surface scores.
    :return: the ``k`` best codes of each query; equal scores in the order of the book, and no code
        whose score is not above 0.
    """
    starts = candidates.firsts
    owners = candidates.places[starts]
    ranking = Ranking([], [])
    for row in scores:
        best = np.round(np.maximum.reduceat(row, starts).astype(np.float64), _DECIMALS)
        near = np.flatnonzero(best > 0)
        if k < len(near):
            # Everything that ties with the last one is kept until the order of the book has decided.
            least = np.partition(best[near], len(near) - k)[len(near) - k]
            near = near[best[near] >= least]
        order = near[np.lexsort((near, -best[near]))][:k]
        ranking.codes.append([candidates.codes[owner] for owner in owners[order].tolist()])
        ranking.scores.append(best[order].tolist())
    return ranking


def rank_in_blocks(
    queries: Sequence[str],
    score: Callable[[Sequence[str]], NDArray[np.float32]],
    candidates: Candidates,
    k: int,
) -> Ranking:
    """Rank by :func:`best_codes`, a block of queries at a time.

    :param score: of a block of queries, float32 [queries, surfaces].
    """
    ranking = Ranking([], [])
    for start in range(0, len(queries), _BLOCK):
        codes, values = best_codes(score(queries[start : start + _BLOCK]), candidates, k)
        ranking.codes.extend(codes)
        ranking.scores.extend(values)
    return ranking
