"""The frozen values in which test sets reach the evaluation, whatever file they were read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from codilingua.text import fold
from codilingua.types import Judgement

Writer = Literal["people", "machine"]
"""Who wrote the queries. What a machine wrote is reported apart: it is easier than what people write."""

SEVERAL = "several"
"""Value of a column in which the rows of one query differ."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be scored: its 1-based line in the source, and what is wrong with it."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class QuerySet:
    """One test set of one language.

    ``name`` names it in reports (``codiesp``, ``disease-ontology-en``). ``source`` is the citation,
    ``licence`` and ``url`` say on what terms and where from; empty where nobody told. ``files`` maps
    the name of each file read to its SHA-256. ``bad_rows`` are kept beside what was read.
    """

    name: str
    lang: str
    judgements: tuple[Judgement, ...]
    bad_rows: tuple[BadRow, ...] = ()
    writer: Writer = "people"
    source: str = ""
    licence: str = ""
    url: str = ""
    files: tuple[tuple[str, str], ...] = ()


def unique(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Every distinct query once, in the order in which it first stands there.

    Queries that fold to the same text are one, with the codes of all of them and with the words, the
    line and the document of the first. A slice column in which they differ has the value ``several``.
    Rows of two levels, or languages, stay apart: their codes cannot be compared.
    """
    rows: dict[tuple[str, str, str], list[Judgement]] = {}
    for judgement in judgements:
        rows.setdefault((judgement.lang, judgement.level, fold(judgement.query)), []).append(judgement)
    return tuple(_united(same) for same in rows.values())


def _united(same: Sequence[Judgement]) -> Judgement:
    codes = dict.fromkeys(code for row in same for code in row.codes)
    values: dict[str, str] = {}
    for row in same:
        for column, value in row.slices.items():
            values[column] = value if values.setdefault(column, value) == value else SEVERAL
    return replace(same[0], codes=tuple(codes), slices=values)
