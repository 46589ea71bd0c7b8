"""Judgements and ranked codes in; how much each answered code is worth, at four levels, out.

The levels stand side by side:

* ``exact``: 1 where the answered code is an acceptable one.
* ``descendant``: also where it is below one that needs a more specific code to be complete.
* ``category``: 1 where both have the same 3-character category.
* ``hierarchical``: twice the nodes that both share, over the nodes of both, where the nodes of a code are
  itself and all above it, its chapter included: the hierarchical F of Kiritchenko, Matwin and Famili,
  *Functional annotation of genes using hierarchical text categorization* (BioLINK 2005), of one code
  against one. A code of the same chapter gets something; one beside the right code gets only a part of
  what ``category`` gives it.

Acceptable codes are alternatives, so each query is one unit of relevance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import UsageError
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.types import Judgement, Level, Status

LEVELS = ("exact", "descendant", "category", "hierarchical")
"""The levels of credit, the strictest first."""

DEPTH = 20
"""Codes of a ranking that are looked at."""

Numbers = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Credited:
    """What rankings are worth at one level.

    ``likeness`` float64 [queries, depth], in 0-1, is the credit of each answered code, and 0 beyond the
    end of a ranking. ``gains`` float64 [queries, depth] is what a code adds to the best before it: the
    sum of a row is at most its units. ``units`` int64 [queries], 1 or more, counts what there is to be
    found. ``answered`` bool [queries] is False where the ranking is empty.
    """

    gains: Values
    likeness: Values
    units: Numbers
    answered: NDArray[np.bool_]


def levels_of(judgement_level: Level) -> tuple[str, ...]:
    """The levels at which judgements can be scored. Where the gold is a category, an exact code would
    be a guess: those are scored at ``category`` and ``hierarchical`` alone."""
    return LEVELS if judgement_level == "exact" else LEVELS[2:]


def credit(
    level: str,
    judgements: Sequence[Judgement],
    codes: Sequence[Sequence[str]],
    hierarchy: Hierarchy,
    depth: int = DEPTH,
) -> Credited:
    """Score rankings at one level.

    A code that the catalog does not have counts for nothing at ``exact`` and ``descendant``; at the other
    two it counts as its category. Acceptable codes of a judgement of level ``category``, and all that
    is answered to it, are cut to their categories first. A code of the catalog that has no category
    stands for itself.

    :param codes: for each judgement the distinct codes that were answered, best first.
    :param depth: 1 or more; what a ranking holds beyond it is not looked at.
    :raises UsageError: when there is no such level, a judgement cannot be scored at it, or there is not
        one ranking for each judgement.
    """
    _check(level, judgements, codes)
    answers = [ranking[:depth] for ranking in codes]
    likeness = np.zeros((len(judgements), depth))
    for cut in (False, True):
        rows = [row for row, judgement in enumerate(judgements) if (judgement.level == "category") is cut]
        if rows:
            golds = [judgements[row].codes for row in rows]
            place = _placing(level, cut, hierarchy)
            numbers = _numbers([answers[row] for row in rows], depth, place)
            accepted = _numbers(golds, max(map(len, golds)), place)
            likeness[rows] = _best(level, numbers, accepted, hierarchy)
    best = np.maximum.accumulate(likeness, axis=1)
    return Credited(
        gains=np.diff(best, axis=1, prepend=0.0),
        likeness=likeness,
        units=np.ones(len(judgements), np.int64),
        answered=np.array([len(ranking) > 0 for ranking in answers], np.bool_),
    )


def _check(level: str, judgements: Sequence[Judgement], codes: Sequence[Sequence[str]]) -> None:
    if level not in LEVELS:
        raise UsageError(f"there is no level of credit {level!r}: choose one of {', '.join(LEVELS)}")
    if len(judgements) != len(codes):
        raise UsageError(f"{len(codes)} rankings for {len(judgements)} queries: give one for each query")
    for judgement in judgements:
        if level not in levels_of(judgement.level):
            reason = f"is of level {judgement.level}: it has no credit at level {level}"
            raise UsageError(f"the row of line {judgement.line} {reason}; leave such rows out")


def _placing(level: str, cut: bool, hierarchy: Hierarchy) -> Callable[[str], int]:
    """What a code stands for at a level: the number of a node, -1 for nothing."""

    def category_first(code: str) -> int:
        return hierarchy.place(hierarchy.category(code) or hierarchy.tabular(code) or "")

    def code_first(code: str) -> int:
        return hierarchy.place(hierarchy.tabular(code) or hierarchy.category(code) or "")

    if level == "category" or cut:
        return category_first
    if level == "hierarchical":
        return code_first
    return lambda code: hierarchy.place(hierarchy.tabular(code) or "")


def _numbers(lists: Sequence[Sequence[str]], width: int, place: Callable[[str], int]) -> Numbers:
    """:return: int64 [lists, width], -1 where a list is over and where a code stands for nothing."""
    flat = list(chain.from_iterable(lists))
    # Each distinct code once: ten thousand rankings hold few others than those of the catalog.
    known = {code: place(code) for code in set(flat)}
    numbers = np.full((len(lists), width), -1, np.int64)
    lengths = np.fromiter(map(len, lists), np.int64, len(lists))
    numbers[np.arange(width) < lengths[:, None]] = [known[code] for code in flat]
    return numbers


def _best(level: str, answers: Numbers, golds: Numbers, hierarchy: Hierarchy) -> Values:
    """The best credit over the acceptable codes.

    :param answers: [queries, depth].
    :param golds: [queries, most acceptable codes].
    :return: [queries, depth].
    """
    best = np.zeros(answers.shape)
    # One acceptable code of every query after the other; few queries have many.
    for column in golds.T:
        rows = np.flatnonzero(column >= 0)
        if len(rows):
            best[rows] = np.maximum(best[rows], _credit_one(level, answers[rows], column[rows], hierarchy))
    return best


def _credit_one(level: str, answers: Numbers, golds: Numbers, hierarchy: Hierarchy) -> Values:
    """
    :param answers: [queries, depth], -1 for nothing.
    :param golds: [queries], none of them -1.
    """
    same = answers == golds[:, None]
    if level in ("exact", "category"):
        return np.where(same, 1.0, 0.0)
    known = answers[:, :, None] >= 0
    lines = hierarchy.lines[answers]
    if level == "descendant":
        statuses = [hierarchy.status(hierarchy.nodes[gold]) for gold in golds.tolist()]
        unfinished = np.array([status is Status.NEEDS_CHILD for status in statuses])
        below = (known & (lines == golds[:, None, None])).any(axis=2)
        return np.where(same | (below & unfinished[:, None]), 1.0, 0.0)
    gold_lines = hierarchy.lines[golds][:, None, :]
    shared = (known & (lines == gold_lines) & (lines >= 0)).sum(axis=2)
    sizes = (lines >= 0).sum(axis=2) + (gold_lines >= 0).sum(axis=2)
    shares: Values = 2.0 * shared / sizes
    return shares
