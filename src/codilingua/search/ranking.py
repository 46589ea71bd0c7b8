"""Embedded texts in; for each the best surface of each of the best codes out.

Text is searched twice, by sentence vectors and by trigrams. The best surfaces of both searches are
given one score, ``DENSE_WEIGHT`` times the scaled cosine of the vectors plus the rest times the cosine
of the trigrams, and a code scores what its best surface scores. Equal scores stand in the order of the
book. With another weight the shares are others; with 1 or 0 one of the two searches ranks alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codilingua.search.index import Index
from codilingua.search.vectors import Rows, VectorIndex

DENSE_WEIGHT = 0.65
"""Share of the sentence vectors in a score; chosen on the development sets (``results/LOG.md``)."""

COSINE_FLOOR = 0.78
"""Cosine that counts as no likeness: multilingual-e5 puts unrelated texts about here."""

CANDIDATES = 100
"""Surfaces that each of the two searches brings at first."""

_WIDER = 8
"""Times as many, where those belong to fewer codes than are asked for."""

_FAINT = 0.2
"""Trigram scores below this share of the best one bring no candidates."""

_DECIMALS = 4

_ALONE_DECIMALS = 5
"""Without a floor a cosine is spread over less of 0-1; this keeps apart what the floor keeps apart."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One surface of the index and its score, 0-1."""

    row: int
    score: float


@dataclass(frozen=True, slots=True)
class Scope:
    """The surfaces to search: ``rows`` int64 [kept], rising, None for all; and their vectors."""

    rows: Rows | None
    vectors: VectorIndex


def everything(index: Index) -> Scope:
    """All surfaces of an index."""
    return Scope(None, index.vectors)


def restricted(index: Index, kept: NDArray[np.bool_]) -> Scope:
    """The surfaces of some concepts, their vectors copied.

    :param kept: bool [places + 1], by place in the book.
    """
    rows = np.flatnonzero(kept[index.places])
    return Scope(rows, index.vectors.subset(rows))


def rank(
    index: Index,
    scope: Scope,
    texts: Sequence[str],
    embedded: NDArray[np.float32],
    limit: int,
    threads: int,
    dense_weight: float = DENSE_WEIGHT,
) -> list[list[Ranked]]:
    """
    :param texts: in the form of :func:`~codilingua.search.query.check_query`.
    :param embedded: float32 [texts, dimensions], rows of length one; of any width where
        ``dense_weight`` is 0, which does not look at them.
    :param threads: processor cores for the vector search; 0 for all.
    :param dense_weight: share of the vectors in a score, 0-1. At 1 the trigrams count for nothing and
        bring nothing; at 0 the vectors do, and a code without a trigram of the text is no answer.
    :return: for each text the best surface of each of the ``limit`` best codes, best first; fewer
        where the scope has fewer codes.
    """
    ranked: list[list[Ranked]] = [[] for _ in texts]
    unfilled = list(range(len(texts)))
    count = CANDIDATES
    while unfilled:
        nearest = np.empty((len(unfilled), 0), np.int64)
        if dense_weight > 0:
            nearest = scope.vectors.nearest(embedded[unfilled], count, threads)
        for number, near in zip(unfilled, nearest, strict=True):
            found = _score(index, scope, texts[number], embedded[number], near, count, dense_weight)
            ranked[number] = _best(index, *found)[:limit]
        if count >= len(scope.vectors.matrix):
            break
        unfilled = [number for number in unfilled if len(ranked[number]) < limit]
        count *= _WIDER
    return ranked


def _score(
    index: Index,
    scope: Scope,
    text: str,
    vector: NDArray[np.float32],
    nearest: Rows,
    count: int,
    dense_weight: float,
) -> tuple[Rows, NDArray[np.float64]]:
    """
    :param nearest: places in the scope that the vectors bring; the trigrams bring ``count`` at the most.
    :return: rows of the index, and their scores, 0-1.
    """
    if dense_weight == 1:
        rows = nearest if scope.rows is None else scope.rows[nearest]
        # All cosines below the floor would be equal; here nothing is added that would tell them apart.
        alone = np.clip((1 + index.vectors.cosines(vector, rows)) / 2, 0, 1)
        return rows, _rounded(alone, _ALONE_DECIMALS)
    lexical = index.lexical.scores(text)
    lexical_here = lexical if scope.rows is None else lexical[scope.rows]
    faint = _FAINT if dense_weight > 0 else 0.0
    candidates = np.union1d(nearest, _largest(lexical_here, count, faint))
    rows = candidates if scope.rows is None else scope.rows[candidates]
    scores = (1 - dense_weight) * lexical[rows]
    if dense_weight > 0:
        dense = (index.vectors.cosines(vector, rows) - COSINE_FLOOR) / (1 - COSINE_FLOOR)
        scores = dense_weight * np.clip(dense, 0, 1) + scores
    return rows, _rounded(scores, _DECIMALS)


def _rounded(scores: NDArray[np.floating[Any]], decimals: int) -> NDArray[np.float64]:
    """So that the last bits of a float decide no order; where they would, the book does."""
    return scores.astype(np.float64).round(decimals)


def _best(index: Index, rows: Rows, scores: NDArray[np.float64]) -> list[Ranked]:
    """The best surface of each code, best first; rows rise with the book."""
    order = np.lexsort((rows, -scores))
    _, firsts = np.unique(index.places[rows[order]], return_index=True)
    best = order[np.sort(firsts)]
    return [Ranked(row, score) for row, score in zip(rows[best].tolist(), scores[best].tolist(), strict=True)]


def _largest(scores: NDArray[np.float32], count: int, faint: float) -> Rows:
    """Places of the ``count`` largest scores, in no order; none at or below this share of the best."""
    # Selection slows down manyfold among equals, and most scores are 0 or as good as that.
    places = np.flatnonzero(scores > faint * scores.max(initial=0))
    if count < len(places):
        places = places[np.argpartition(scores[places], len(places) - count)[-count:]]
    return places
