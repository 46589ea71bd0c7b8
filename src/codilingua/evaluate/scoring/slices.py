"""Judgements in; the groups of queries to report apart out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.leakage import Training
from codilingua.text import fold
from codilingua.types import Judgement

Slices = dict[tuple[str, str], list[int]]
"""(what is told apart, value) → rising places of the judgements that have it."""

OWN = ("all", "chapter", "words", "surface", "mention", "code")
"""What :func:`slices` tells apart by itself, beside the columns of the test set."""

MOST_VALUES = 50
"""A column with more values (a number or a comment in each row) makes no slices."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a system was trained on: folded texts, codes of the tabular list, and their categories.

    A code that the catalog does not have stands as the file writes it.
    """

    texts: frozenset[str]
    codes: frozenset[str]
    categories: frozenset[str]


def seen_in(trainings: Iterable[Training], hierarchy: Hierarchy) -> Seen:
    """What one or several training files show."""
    texts: set[str] = set()
    codes: set[str] = set()
    for training in trainings:
        texts.update(map(fold, training.texts))
        codes.update(code for of_row in training.codes for code in of_row)
    return Seen(
        frozenset(texts),
        frozenset(_tabular(code, hierarchy) for code in codes),
        frozenset(_category(code, hierarchy) for code in codes),
    )


def slices(
    judgements: Sequence[Judgement],
    hierarchy: Hierarchy,
    seen: Seen | None = None,
    surfaces: Collection[str] = frozenset(),
) -> Slices:
    """Group judgements, each kind of group in a fixed order, its values too; empty groups are left out.

    * ``all``: every judgement, value ``all``.
    * ``chapter``: of each acceptable code; codes of two chapters put a query into both, and a code
      without a chapter into none.
    * ``words``: ``1``, ``2``, ``3-4`` or ``5+`` words between spaces.
    * ``surface``: ``verbatim`` where the folded query is a text of the index, else ``other``.
    * ``mention`` (where something was seen): ``seen`` where the folded query is a training text.
    * ``code`` (the same): ``unseen`` where no acceptable code was in training, ``seen`` where at least
      one was, as one is enough to answer. Judgements of level ``category`` compare categories.
    * every column of the test set by its name, save those of :func:`wide_columns`; a column that is
      called as one of the above is named ``column chapter`` and so on.

    :param seen: None where there is no training file to compare with.
    :param surfaces: folded texts of the index; a set.
    """
    found: Slices = {}
    _group(found, "all", judgements, lambda _: ["all"])
    _group(found, "chapter", judgements, lambda row: _chapters(row, hierarchy))
    _group(found, "words", judgements, lambda row: [_length(row.query)])
    _group(found, "surface", judgements, lambda row: ["verbatim" if fold(row.query) in surfaces else "other"])
    if seen is not None:
        _group(found, "mention", judgements, lambda row: [_told(fold(row.query) in seen.texts)])
        _group(found, "code", judgements, lambda row: [_told(_code_seen(row, seen, hierarchy))])
    wide = wide_columns(judgements)
    for column in sorted({column for row in judgements for column in row.slices} - set(wide)):
        name = f"column {column}" if column in OWN else column
        _group(found, name, judgements, partial(_cell, column))
    return found


def wide_columns(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    """The columns that make no slices, by name: those with more than ``MOST_VALUES`` values."""
    cells = {(column, value) for row in judgements for column, value in row.slices.items() if value}
    counts = Counter(column for column, _ in cells)
    return tuple(sorted(column for column, count in counts.items() if count > MOST_VALUES))


def _group(
    found: Slices, by: str, judgements: Sequence[Judgement], values: Callable[[Judgement], Iterable[str]]
) -> None:
    groups: dict[str, list[int]] = {}
    for place, judgement in enumerate(judgements):
        for value in dict.fromkeys(values(judgement)):
            groups.setdefault(value, []).append(place)
    for value in sorted(groups, key=_in_order):
        found[by, value] = groups[value]


def _in_order(value: str) -> tuple[int, str]:
    """Numbers by size, before words by letter."""
    number = value.isascii() and value.isdigit()
    return (len(value) if number else 1000, value)


def _cell(column: str, row: Judgement) -> list[str]:
    value = row.slices.get(column, "")
    return [value] if value else []


def _chapters(row: Judgement, hierarchy: Hierarchy) -> list[str]:
    return [chapter for chapter in map(hierarchy.chapter, row.codes) if chapter is not None]


def _length(query: str) -> str:
    words = len(query.split())
    if words <= 2:
        return str(words)
    return "3-4" if words <= 4 else "5+"


def _told(seen: bool) -> str:
    return "seen" if seen else "unseen"


def _code_seen(row: Judgement, seen: Seen, hierarchy: Hierarchy) -> bool:
    if row.level == "category":
        return any(_category(code, hierarchy) in seen.categories for code in row.codes)
    return any(_tabular(code, hierarchy) in seen.codes for code in row.codes)


def _tabular(code: str, hierarchy: Hierarchy) -> str:
    return hierarchy.tabular(code) or code


def _category(code: str, hierarchy: Hierarchy) -> str:
    return hierarchy.category(code) or _tabular(code, hierarchy)
