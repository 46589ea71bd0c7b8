"""Embedded texts in; for each the best surface of each of the best codes out.

Text is searched twice, by sentence vectors and by trigrams. The best surfaces of both searches are
given one score, as the text's :class:`~codilingua.search.profiles.Profile` weighs vectors, trigrams and
the prior of use, and a code scores what its best surface scores. Equal scores stand in the order of the
book. Where the vectors' share is 1 or 0, one of the two searches ranks alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codilingua.search.index import Index
from codilingua.search.profiles import Profile
from codilingua.search.vectors import Rows, VectorIndex

CANDIDATES = 400
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
    profiles: Sequence[Profile],
    limit: int,
    threads: int,
) -> list[list[Ranked]]:
    """
    :param texts: in the form of :func:`~codilingua.search.query.check_query`.
    :param embedded: float32 [texts, dimensions], rows of length one; of any width where no profile
        looks at them.
    :param profiles: one a text. Where ``dense`` is 1, the trigrams count for nothing and bring nothing;
        where it is 0, the vectors do, and a code without a trigram of the text is no answer.
    :param threads: processor cores for the vector search; 0 for all.
    :return: for each text the best surface of each of the ``limit`` best codes, best first; fewer
        where the scope has fewer codes.
    """
    ranked: list[list[Ranked]] = [[] for _ in texts]
    unfilled = list(range(len(texts)))
    count = CANDIDATES
    while unfilled:
        nearest = np.empty((len(unfilled), 0), np.int64)
        if any(profiles[number].dense > 0 for number in unfilled):
            nearest = scope.vectors.nearest(embedded[unfilled], count, threads)
        for number, near in zip(unfilled, nearest, strict=True):
            asked = _Asked(texts[number], embedded[number], profiles[number])
            # A neighbour's profile may look at the vectors where this text's does not.
            brought = near if asked.profile.dense > 0 else near[:0]
            found = _score(index, scope, asked, brought, count)
            ranked[number] = best_surfaces(index, *found)[:limit]
        if count >= len(scope.vectors.matrix):
            break
        unfilled = [number for number in unfilled if len(ranked[number]) < limit]
        count *= _WIDER
    return ranked


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    vector: NDArray[np.float32]
    profile: Profile


def _score(
    index: Index, scope: Scope, asked: _Asked, nearest: Rows, count: int
) -> tuple[Rows, NDArray[np.float64]]:
    """
    :param nearest: places in the scope that the vectors bring; the trigrams bring ``count`` at the most.
    :return: rows of the index, and their scores, 0-1.
    """
    profile = asked.profile
    if profile.dense == 1 and not profile.prior:
        rows = nearest if scope.rows is None else scope.rows[nearest]
        # All cosines below the floor would be equal; here nothing is added that would tell them apart.
        alone = np.clip((1 + index.vectors.cosines(asked.vector, rows)) / 2, 0, 1)
        return rows, _rounded(alone, _ALONE_DECIMALS)
    rows, cosines, lexical = features(
        index, scope, asked.text, asked.vector, nearest, count, profile.dense > 0
    )
    return rows, _rounded(score_rows(index, rows, cosines, lexical, profile), _DECIMALS)


def score_rows(
    index: Index,
    rows: Rows,
    cosines: NDArray[np.float32],
    lexical: NDArray[np.float32],
    profile: Profile,
) -> NDArray[np.float64]:
    """Scores of rows by their :func:`features`, 0-1, as the profile weighs them, float64 [rows]."""
    scores = (1 - profile.dense) * lexical.astype(np.float64)
    if profile.dense > 0:
        dense = np.clip((cosines - profile.floor) / (1 - profile.floor), 0, 1)
        scores = scores + profile.dense * dense
    if profile.prior > 0:
        scores = (1 - profile.prior) * scores + profile.prior * index.prior[index.places[rows]]
    return scores


def features(
    index: Index,
    scope: Scope,
    text: str,
    vector: NDArray[np.float32],
    nearest: Rows,
    count: int,
    dense: bool = True,
) -> tuple[Rows, NDArray[np.float32], NDArray[np.float32]]:
    """What a score is made of.

    :return: rows of the index that either search brings, rising; the cosine of their vectors with the
        text's (zeros where ``dense`` is False) and of their trigrams with its trigrams, float32 each.
    """
    lexical = index.lexical.scores(text)
    lexical_here = lexical if scope.rows is None else lexical[scope.rows]
    candidates = np.union1d(nearest, _largest(lexical_here, count, _FAINT if dense else 0.0))
    rows = candidates if scope.rows is None else scope.rows[candidates]
    cosines = index.vectors.cosines(vector, rows) if dense else np.zeros(len(rows), np.float32)
    return rows, cosines, lexical[rows]


def blend(ranked: list[Ranked], reread: NDArray[np.float32], profile: Profile) -> list[Ranked]:
    """The codes in the order of both stages.

    :param ranked: of the first stage, the best first.
    :param reread: float32 [the first some of them], the reranker's scores. A code that it did not read counts
        as the worst that it did, and so stays below.
    :return: all of them with the scores of both, the best first.
    """
    squashed = profile.squash(reread)
    second = np.full(len(ranked), squashed.min())
    second[: len(squashed)] = squashed
    first = np.array([best.score for best in ranked])
    scores = _rounded((1 - profile.rerank) * first + profile.rerank * second, _ALONE_DECIMALS)
    # Stable: where both stages together see no difference, the first has decided.
    return [Ranked(ranked[place].row, float(scores[place])) for place in np.argsort(-scores, kind="stable")]


def _rounded(scores: NDArray[np.floating[Any]], decimals: int) -> NDArray[np.float64]:
    """So that the last bits of a float decide no order; where they would, the book does."""
    return scores.astype(np.float64).round(decimals)


def best_surfaces(index: Index, rows: Rows, scores: NDArray[np.float64]) -> list[Ranked]:
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
