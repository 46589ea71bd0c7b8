"""A TSV file of judgements in; test sets out, one a language, with the rows that cannot be scored; and back.

The form: UTF-8, one row a line, cells divided by tabs, no quoting. The first line names the columns:
``query``, ``codes`` (acceptable codes joined by ``|``), ``lang`` (ISO 639-1); optional ``level``
(``exact`` where left out, or ``category``) and ``group`` (the document); any other column is a slice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY, category_key, code_key
from codilingua.errors import SourceError, UsageError
from codilingua.evaluate.testsets.sets import BadRow, QuerySet
from codilingua.tables import read_table
from codilingua.text import clean
from codilingua.types import LANGUAGES, Judgement, Kind, Level

REQUIRED = ("query", "codes", "lang")
OPTIONAL = ("level", "group")

_BAR = "|"
_LEVELS: tuple[Level, ...] = get_args(Level)
_DIVIDERS = "\t\r\n"
_SHOWN = 12


class KnownCodes:
    """The codes of a catalog, for the question whether a row can be scored against it.

    ``categories`` are its 3-character codes, in the order of the book.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._keys = {node.key: None for node in catalog.outline() if node.kind is Kind.CODE}
        self.categories = tuple(key for key in self._keys if len(key) == CATEGORY)

    def knows(self, code: str) -> bool:
        """True where the catalog has the code, or at least its category: a retired code counts."""
        return code_key(code) in self._keys or category_key(code) in self._keys

    def fault(self, codes: Sequence[str]) -> str | None:
        """Why none of the codes can be scored, or None."""
        if any(self.knows(code) for code in codes):
            return None
        return f"no code of {_shown(*codes)} has its category in the catalog"

    def sift(self, judgements: Iterable[Judgement]) -> tuple[tuple[Judgement, ...], tuple[BadRow, ...]]:
        """What can be scored, and what cannot, with the reason."""
        kept, bad = [], []
        for judgement in judgements:
            reason = self.fault(judgement.codes)
            if reason is None:
                kept.append(judgement)
            else:
                bad.append(BadRow(judgement.line, reason))
        return tuple(kept), tuple(bad)


def read_judgements(path: Path, catalog: Catalog) -> tuple[QuerySet, ...]:
    """Read a test set of the form above.

    A set is named after the file, with its language where there are several. Rows that cannot be scored
    are kept as ``bad_rows`` of the set of their language, or of the first one where they have none.

    :raises SourceError: when the file cannot be read, its header is wrong, or no row can be scored.
    """
    table = read_table(path)
    (header_line, header), *rows = table.rows
    columns = _columns(path, header_line, header)
    known = KnownCodes(catalog)
    sets: dict[str, tuple[list[Judgement], list[BadRow]]] = {}
    unplaced: list[tuple[str, BadRow]] = []
    for line, cells in rows:
        try:
            judgement = _judgement(line, cells, columns, known)
        except ValueError as error:
            unplaced.append((_language(cells, columns), BadRow(line, str(error))))
        else:
            sets.setdefault(judgement.lang, ([], []))[0].append(judgement)
    if not sets:
        if not unplaced:
            raise SourceError(path, None, "a header but no rows")
        first = unplaced[0][1]
        raise SourceError(path, first.line, f"no row can be scored: {first.reason}")
    for lang, bad in unplaced:
        sets.get(lang, next(iter(sets.values())))[1].append(bad)
    return tuple(
        QuerySet(
            name=path.stem if len(sets) == 1 else f"{path.stem}-{lang}",
            lang=lang,
            judgements=tuple(kept),
            bad_rows=tuple(bad_rows),
            files=((path.name, table.sha256),),
        )
        for lang, (kept, bad_rows) in sets.items()
    )


def write_judgements(path: Path, judgements: Sequence[Judgement]) -> None:
    """Write the form that :func:`read_judgements` reads. What is read back is the same but for ``line``.

    :raises UsageError: when a text holds a tab or a line break, a code holds ``|``, a slice is named like
        a column of the form, or the file cannot be written.
    """
    slices = list(dict.fromkeys(name for judgement in judgements for name in judgement.slices))
    taken = [name for name in slices if name.strip().lower() in (*REQUIRED, *OPTIONAL, "")]
    if taken:
        raise UsageError(f"a slice named {taken[0]!r} cannot be written: the form has a column of that name")
    lines = [_line((*REQUIRED, *OPTIONAL, *slices))]
    for judgement in judgements:
        if any(_BAR in code for code in judgement.codes):
            raise UsageError(f"codes {judgement.codes} cannot be written: the form joins codes with {_BAR!r}")
        codes = _BAR.join(judgement.codes)
        extra = (judgement.slices.get(name, "") for name in slices)
        fixed = (judgement.query, codes, judgement.lang, judgement.level, judgement.group or "")
        lines.append(_line((*fixed, *extra)))
    try:
        path.write_text("".join(lines), "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}): choose another path") from error


def _line(cells: Sequence[str]) -> str:
    wrong = next((cell for cell in cells if any(mark in cell for mark in _DIVIDERS)), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} cannot be written: tabs and line breaks divide cells and rows")
    return "\t".join(cells) + "\n"


def _columns(path: Path, line: int, header: Sequence[str]) -> dict[str, int]:
    """Name of each column → its place. The names of the form in lower case, slices as they stand."""
    fixed = (*REQUIRED, *OPTIONAL)
    names = [name.lower() if (name := clean(cell)).lower() in fixed else name for cell in header]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        found = ", ".join(repr(name) for name in names[:8])
        raise SourceError(
            path, line, f"no column {missing[0]!r} in the header: found {found}, divided by tabs"
        )
    if "" in names:
        raise SourceError(path, line, f"column {names.index('') + 1} has no name: name it or take it out")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SourceError(path, line, f"column {twice[0]!r} comes twice: rename one")
    return {name: place for place, name in enumerate(names)}


def _judgement(line: int, cells: Sequence[str], columns: Mapping[str, int], known: KnownCodes) -> Judgement:
    """:raises ValueError: with the reason why the row cannot be scored."""
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells where the header has {len(columns)}: check the tabs")
    cell = {name: cells[place].strip() for name, place in columns.items()}
    query = cell.pop("query")
    if not clean(query):
        raise ValueError("the query is empty")
    lang = cell.pop("lang").lower()
    if lang not in LANGUAGES:
        raise ValueError(f"language {_shown(lang)} is none of {', '.join(LANGUAGES)}")
    level = _level(cell.pop("level", ""))
    codes = tuple(_codes(cell.pop("codes")))
    if not codes:
        raise ValueError("the row has no code")
    fault = known.fault(codes)
    if fault is not None:
        raise ValueError(fault)
    group = cell.pop("group", "") or None
    slices = {name: value for name, value in cell.items() if value}
    return Judgement(query, codes, lang, level, group, slices, line)


def _level(cell: str) -> Level:
    if not cell:
        return "exact"
    for level in _LEVELS:
        if cell.lower() == level:
            return level
    raise ValueError(f"level {_shown(cell)} is none of {', '.join(_LEVELS)}")


def _shown(*values: str) -> str:
    """The values, unless they may be a patient's text in the wrong column: reasons stand in reports."""
    if all(len(value) <= _SHOWN and " " not in value for value in values):
        return repr(_BAR.join(values))
    return f"({len(_BAR.join(values))} characters, not shown)"


def _codes(cell: str) -> Iterator[str]:
    """Each code once, in the order of the cell."""
    yield from dict.fromkeys(code for part in cell.split(_BAR) if (code := part.strip()))


def _language(cells: Sequence[str], columns: Mapping[str, int]) -> str:
    """What the row says, whether or not there is such a language; empty where it says nothing."""
    place = columns["lang"]
    return cells[place].strip().lower() if place < len(cells) else ""
