"""Embedded texts in; for each the best surface of each of the best codes out.

Text is searched twice, by sentence vectors and by trigrams. The best surfaces of both searches are
given one score, ``DENSE_WEIGHT`` times the scaled cosine of the vectors plus the rest times the cosine
of the trigrams, and a code scores what its best surface scores. Equal scores stand in the order of the
book.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
) -> list[list[Ranked]]:
    """
    :param texts: in the form of :func:`~codilingua.search.query.check_query`.
    :param embedded: float32 [texts, dimensions], rows of length one.
    :param threads: processor cores for the vector search; 0 for all.
    :return: for each text the best surface of each of the ``limit`` best codes, best first; fewer
        where the scope has fewer codes.
    """
    ranked: list[list[Ranked]] = [[] for _ in texts]
    unfilled = list(range(len(texts)))
    count = CANDIDATES
    while unfilled:
        nearest = scope.vectors.nearest(embedded[unfilled], count, threads)
        for number, rows in zip(unfilled, nearest, strict=True):
            ranked[number] = _fuse(index, scope, texts[number], embedded[number], rows)[:limit]
        if count >= len(scope.vectors.matrix):
            break
        unfilled = [number for number in unfilled if len(ranked[number]) < limit]
        count *= _WIDER
    return ranked


def _fuse(index: Index, scope: Scope, text: str, vector: NDArray[np.float32], nearest: Rows) -> list[Ranked]:
    """The best surface of each code that the two searches bring, best first."""
    lexical = index.lexical.scores(text)
    lexical_here = lexical if scope.rows is None else lexical[scope.rows]
    candidates = np.union1d(nearest, _largest(lexical_here, len(nearest)))
    rows = candidates if scope.rows is None else scope.rows[candidates]
    dense = (index.vectors.cosines(vector, rows) - COSINE_FLOOR) / (1 - COSINE_FLOOR)
    scores = DENSE_WEIGHT * np.clip(dense, 0, 1) + (1 - DENSE_WEIGHT) * lexical[rows]
    # Rounded, so that the last bits of a float decide no order; then the book does: rows rise with it.
    scores = np.round(scores.astype(np.float64), _DECIMALS)
    order = np.lexsort((rows, -scores))
    _, firsts = np.unique(index.places[rows[order]], return_index=True)
    best = order[np.sort(firsts)]
    return [Ranked(row, score) for row, score in zip(rows[best].tolist(), scores[best].tolist(), strict=True)]


def _largest(scores: NDArray[np.float32], count: int) -> Rows:
    """Places of the ``count`` largest scores, in no order; faint ones are left out."""
    # Selection slows down manyfold among equals, and most scores are 0 or as good as that.
    places = np.flatnonzero(scores > _FAINT * scores.max(initial=0))
    if count < len(places):
        places = places[np.argpartition(scores[places], len(places) - count)[-count:]]
    return places
