"""A training file and a test set in; how much of the test set was seen in training out.

By text: exact where two texts fold to the same, near by the definition of
:mod:`~codilingua.near`. By document: where both name the same one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from codilingua.errors import SourceError
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.near import NearTexts
from codilingua.tables import read_table
from codilingua.text import clean, fold
from codilingua.types import Judgement

EXAMPLES = 10
"""Pairs of lines that are named, of each kind: enough to look them up."""

_TEXTS = ("query", "text", "mention", "term")
_CODES = ("codes", "code")
_GROUPS = ("group", "doc")
_OUTER = re.compile(r"^(?:en|es|ca|it|pt|fr)[-_](?=.)|\.(?:txt|ann|xml|json)$")
"""What corpora put around the name of a document: the language before it, the kind of file behind it."""

Lines = tuple[tuple[int, int], ...]
"""Pairs of 1-based lines: in the test set, in the training file."""


@dataclass(frozen=True, slots=True)
class Training:
    """What a training file holds, one entry a row in each field.

    ``codes`` are as the file writes them. ``groups`` name the document of each row, None where there is
    none. ``lines`` are 1-based.
    """

    name: str
    texts: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    groups: tuple[str | None, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Leakage:
    """What a training file and a test set have in common.

    ``rows`` and ``queries`` count the rows and the distinct queries of the set. Those that stand in
    training are ``exact``; those that are no more than nearly there are ``near``: the two add up.
    ``documents`` are those of the set that training names, too; ``document_rows`` the rows in them.
    ``exact_lines`` and ``near_lines`` name the first of them, ``EXAMPLES`` at the most.
    """

    training: str
    set_name: str
    rows: int
    queries: int
    exact_rows: int
    exact_queries: int
    near_rows: int
    near_queries: int
    documents: int
    documents_in_set: int
    document_rows: int
    exact_lines: Lines
    near_lines: Lines

    @property
    def exact_share(self) -> float:
        """Share of the distinct queries, 0-1; 0 for an empty set."""
        return self.exact_queries / self.queries if self.queries else 0.0

    @property
    def near_share(self) -> float:
        """Share of the distinct queries, 0-1; 0 for an empty set."""
        return self.near_queries / self.queries if self.queries else 0.0


def read_training(path: Path) -> Training:
    """Read a TSV file with a header, UTF-8, one text a row, no quoting.

    Columns, by these names in any case: ``query``, ``text``, ``mention`` or ``term``; ``codes`` or
    ``code``, several joined by ``|``; and, where there are documents, ``group`` or ``doc``. Others are
    not looked at. Empty lines are passed over.

    :raises SourceError: with the line, when the file cannot be read, a column is missing or there
        twice, a row has more or fewer cells than the header, or a text or code is empty.
    """
    (header_line, header), *rows = read_table(path).rows
    names = [clean(cell).lower() for cell in header]
    text_place = _place(path, header_line, names, _TEXTS)
    code_place = _place(path, header_line, names, _CODES)
    named = any(name in _GROUPS for name in names)
    group_place = _place(path, header_line, names, _GROUPS) if named else None
    if not rows:
        raise SourceError(path, None, "a header but no rows: give a file that holds training texts")
    texts, codes, groups = [], [], []
    for line, cells in rows:
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}: check the tabs"
            raise SourceError(path, line, reason)
        texts.append(_filled(path, line, "text", clean(cells[text_place])))
        given = tuple(code for code in map(clean, cells[code_place].split("|")) if code)
        codes.append(given if given else (_filled(path, line, "code", ""),))
        groups.append(None if group_place is None else clean(cells[group_place]) or None)
    lines = tuple(line for line, _ in rows)
    return Training(path.name, tuple(texts), tuple(codes), tuple(groups), lines)


def _place(path: Path, line: int, header: Sequence[str], wanted: Sequence[str]) -> int:
    found = [place for place, name in enumerate(header) if name in wanted]
    if len(found) == 1:
        return found[0]
    there = ", ".join(map(repr, header))
    if found:
        both = " and ".join(repr(header[place]) for place in found)
        raise SourceError(path, line, f"columns {both} both say it: keep one of them")
    raise SourceError(path, line, f"no column {' or '.join(wanted)}: found {there}; rename one, tabs between")


def _filled(path: Path, line: int, what: str, cell: str) -> str:
    if not cell:
        raise SourceError(path, line, f"empty {what}: every row needs one")
    return cell


def leakage(training: Training, query_set: QuerySet) -> Leakage:
    """Compare by text and by document.

    What a training file is looked up by is kept until another one comes: ask for all sets of one file
    in a row. 40,000 training texts and 5,000 queries take about ten seconds and 300 MB.
    """
    first, near = _looked_up(training)
    distinct = tuple(first)
    queries: dict[str, list[Judgement]] = {}
    for judgement in query_set.judgements:
        queries.setdefault(fold(judgement.query), []).append(judgement)
    exact_lines: list[tuple[int, int]] = []
    near_lines: list[tuple[int, int]] = []
    exact_rows = near_rows = 0
    for text, rows in queries.items():
        if text in first:
            exact_lines.append((rows[0].line, first[text]))
            exact_rows += len(rows)
        elif (place := near.find(text)) is not None:
            near_lines.append((rows[0].line, first[distinct[place]]))
            near_rows += len(rows)
    groups = [_document(row.group) for row in query_set.judgements]
    inside = {_document(group) for group in training.groups} - {None}
    return Leakage(
        training=training.name,
        set_name=query_set.name,
        rows=len(query_set.judgements),
        queries=len(queries),
        exact_rows=exact_rows,
        exact_queries=len(exact_lines),
        near_rows=near_rows,
        near_queries=len(near_lines),
        documents=len(inside.intersection(groups)),
        documents_in_set=len(set(groups) - {None}),
        document_rows=sum(group in inside for group in groups),
        exact_lines=tuple(exact_lines[:EXAMPLES]),
        near_lines=tuple(near_lines[:EXAMPLES]),
    )


@lru_cache(maxsize=1)
def _looked_up(training: Training) -> tuple[dict[str, int], NearTexts]:
    """Folded text → the first line that has it; and the same texts, in this order, to be compared with."""
    first: dict[str, int] = {}
    for line, text in zip(training.lines, training.texts, strict=True):
        first.setdefault(fold(text), line)
    return first, NearTexts(tuple(first))


def _document(group: str | None) -> str | None:
    """A document's name as two corpora of one source would both write it; None for none."""
    return None if group is None else _OUTER.sub("", fold(group)) or None
