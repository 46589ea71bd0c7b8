"""An open catalog in; every code of it as a row of columns, complete codes included, out.

What value sets are made of is answered here by arithmetic on whole columns: what is below a code, which codes
are billable. A row is a node of the catalog, in the order of the book, or one of the complete codes of a code
that takes a 7th character, right behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key
from codilingua.catalog.expansion import expand
from codilingua.catalog.store import KIND_NUMBERS, STATUS_NUMBERS
from codilingua.types import Concept, Kind, Status

Mask = NDArray[np.bool_]
"""bool [rows]: which rows are meant."""

_TABULAR = KIND_NUMBERS[Kind.CODE]
_EXPANSION = KIND_NUMBERS[Kind.EXPANSION]
_NOWHERE = -1


class Book:
    """The rows of a catalog. Takes half a second to make and a few megabytes to keep."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        codes: list[str] = []
        columns: list[tuple[int, int, int, int]] = []
        row_of: dict[str, int] = {}
        above: list[str | None] = []
        for place, concept in enumerate(catalog, start=1):
            row = row_of[concept.code] = len(codes)
            for code, kind, status, parent in _rows(concept):
                codes.append(code)
                above.append(parent)
                columns.append((place, row, KIND_NUMBERS[kind], STATUS_NUMBERS[status]))
        self._codes = np.array(codes, dtype=np.str_)
        self._order = np.argsort(self._codes, kind="stable").astype(np.int32)
        places, bases, kinds, statuses = np.array(columns, np.int32).reshape(-1, 4).T
        self._places, self._bases = places.copy(), bases.copy()
        self._kinds, self._statuses = kinds.astype(np.int8), statuses.astype(np.int8)
        self._parents = np.array([row_of.get(code or "", _NOWHERE) for code in above], np.int32)

    def __len__(self) -> int:
        """Rows: every concept of the code system, chapters and sections among them."""
        return len(self._codes)

    @property
    def codes(self) -> Mask:
        """What can be recorded: codes, complete or not. Chapters and sections are none."""
        mask: Mask = self.tabular | (self._kinds == _EXPANSION)
        return mask

    @property
    def tabular(self) -> Mask:
        """The codes that the book lists, which are those that a text search finds."""
        mask: Mask = self._kinds == _TABULAR
        return mask

    @property
    def nothing(self) -> Mask:
        """No row."""
        return np.zeros(len(self), np.bool_)

    def with_status(self, status: Status) -> Mask:
        """The codes of one status."""
        mask: Mask = self.codes & (self._statuses == STATUS_NUMBERS[status])
        return mask

    def row(self, code: str) -> int | None:
        """The row of a code, written as the catalog writes it."""
        # Of another length of text than theirs, all codes would be copied to compare them.
        wanted = np.array(code, self._codes.dtype)
        place = int(np.searchsorted(self._codes, wanted, sorter=self._order))
        row = int(self._order[place]) if place < len(self) else _NOWHERE
        return row if row != _NOWHERE and str(self._codes[row]) == code else None

    def code(self, row: int) -> str:
        """The code of a row."""
        return str(self._codes[row])

    def named(self, mask: Mask) -> list[str]:
        """The codes of these rows, in the order of the book."""
        found: list[str] = self._codes[mask].tolist()
        return found

    def at(self, rows: Sequence[int] | NDArray[np.int32]) -> Mask:
        """Just these rows."""
        mask = self.nothing
        mask[np.asarray(rows, np.int32)] = True
        return mask

    def below(self, row: int) -> Mask:
        """The row itself and all that stands below it, at any depth."""
        mask = np.append(self.at([row]), False)
        # A row without a parent has -1, which is the last, always False.
        parents = np.append(self._parents, _NOWHERE)
        while True:
            wider = mask | mask[parents]
            if np.array_equal(wider, mask):
                found: Mask = wider[:-1]
                return found
            mask = wider

    def above(self, row: int) -> Mask:
        """The row itself and all that stands above it."""
        line = []
        while row != _NOWHERE:
            line.append(row)
            row = int(self._parents[row])
        return self.at(line)

    def children(self, row: int) -> Mask:
        """What stands right below."""
        mask: Mask = self._parents == row
        return mask

    def base(self, row: int) -> int:
        """The row of the listed code that a complete code completes; of any other, the row itself."""
        return int(self._bases[row])

    def bases(self, mask: Mask) -> Mask:
        """The listed codes that these rows are, or complete."""
        return self.at(self._bases[mask]) & self.tabular

    def completions(self, row: int) -> Sequence[int]:
        """The rows of the complete codes of a code that takes a 7th character."""
        end = row + 1
        while end < len(self) and self._bases[end] == row:
            end += 1
        return range(row + 1, end)

    def concepts(self, rows: Sequence[int]) -> Iterator[Concept]:
        """The concepts of rows, in the order of the rows."""
        known = self._catalog.at(int(self._places[row]) for row in rows)
        for row in rows:
            base = known[int(self._places[row])]
            yield base if self.base(row) == row else _completed(base, self.code(row))


def _rows(concept: Concept) -> Iterator[tuple[str, Kind, Status, str | None]]:
    yield concept.code, concept.kind, concept.status, concept.parent
    for completion in concept.completions:
        yield completion, Kind.EXPANSION, Status.BILLABLE, concept.code


def _completed(base: Concept, code: str) -> Concept:
    key = code_key(base.code)
    made = expand(code_key(code), lambda asked: base if asked == key else None)
    # Its row was made from the same completions.
    assert made is not None, code
    return made
