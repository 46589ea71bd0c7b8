"""A code as people type it in; its concept, its relatives or one clear reason why there is none out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from codilingua.catalog.codes import code_key
from codilingua.catalog.expansion import expand, explain
from codilingua.catalog.reader import ALL, CatalogReader, Outline
from codilingua.catalog.store import KIND_NUMBERS, CatalogInfo
from codilingua.errors import UnknownCode
from codilingua.types import Concept, Kind

_BY_KEY = "SELECT id FROM concept WHERE key = ?"
_BY_PLACE = "SELECT value FROM json_each(?)"
_ROOTS = "SELECT id FROM concept WHERE parent IS NULL"
_CHAPTERS = "SELECT id FROM concept WHERE kind = ?"
_CHILDREN = "SELECT id FROM concept WHERE parent = (SELECT id FROM concept WHERE key = ? AND code = ?)"
_DESCENDANTS = f"""
WITH RECURSIVE under (id) AS (
    {_CHILDREN} UNION SELECT c.id FROM concept c JOIN under ON c.parent = under.id
) SELECT id FROM under
"""


class Catalog:
    """An open catalog. Read-only; one may be shared by many threads.

    Every method that takes a code takes a :class:`Concept` as well, and raises
    :class:`~codilingua.errors.UnknownCode` where the catalog has no such code, and
    :class:`~codilingua.errors.AssetError` where the file turns out to be damaged.
    """

    def __init__(self, reader: CatalogReader) -> None:
        """See :meth:`open`."""
        self._reader = reader

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a compiled catalog.

        :raises AssetError: when the file is missing, not a catalog, or of another schema version.
        """
        return cls(CatalogReader(path))

    @property
    def info(self) -> CatalogInfo:
        """Which code system and edition this is, and on what terms."""
        return self._reader.info

    def close(self) -> None:
        """Give the file back. Using the catalog afterwards raises ValueError."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Number of codes, without chapters, sections and 7th-character expansions."""
        return self._reader.codes

    def __iter__(self) -> Iterator[Concept]:
        """Stream chapters, sections and codes in the order of the book, without expansions."""
        return self._reader.concepts(ALL)

    def __contains__(self, code: object) -> bool:
        """True for whatever :meth:`get` would find."""
        return isinstance(code, str) and self.find(code) is not None

    def at(self, places: Iterable[int]) -> dict[int, Concept]:
        """The concepts at these places of the book (from 1), by place; places beyond it are left out."""
        wanted = sorted(set(places))
        found = self._reader.places(_BY_PLACE, json.dumps(wanted))
        return dict(zip(found, self._reader.concepts(_BY_PLACE, json.dumps(wanted)), strict=True))

    def titles(self, codes: Iterable[str]) -> dict[str, str]:
        """Code → title, of those among these that are codes; chapters and sections are left out."""
        return self._reader.titles(sorted({code_key(code) for code in codes}))

    def outline(self) -> Iterator[Outline]:
        """Stream what filters need of every node, in the order of the book; faster than whole concepts."""
        return self._reader.outline()

    def find(self, code: str) -> Concept | None:
        """As :meth:`get`, but None where there is no such code."""
        key = code_key(code)
        matches = list(self._reader.concepts(_BY_KEY, key))
        if matches:
            # Systems other than ICD-10-CM may have codes that differ in punctuation alone.
            typed = code.strip().upper()
            return next((concept for concept in matches if concept.code.upper() == typed), matches[0])
        return expand(key, self._tabular)

    def get(self, code: str) -> Concept:
        """Look up a chapter (``19``), a section (``A00-A09``), a code or a code with its 7th character.

        Case, dots and spaces do not matter: ``s22.49 xa``, ``S2249XA``. A code completed with a valid
        7th character is a concept of kind ``EXPANSION``. ``B20`` is the category, ``B20-B20`` the
        section that holds it alone.

        :raises UnknownCode: with what exists near by.
        """
        concept = self.find(code)
        if concept is None:
            raise UnknownCode(explain(code, self.info, self._tabular))
        return concept

    def parent(self, code: str | Concept) -> Concept | None:
        """The node above; for an expansion the code that it completes; None for a chapter."""
        above = self._concept(code).parent
        return None if above is None else self.get(above)

    def ancestors(self, code: str | Concept) -> tuple[Concept, ...]:
        """The nodes above, the nearest first and the chapter last."""
        line: list[Concept] = []
        above = self.parent(code)
        while above is not None:
            line.append(above)
            above = self.parent(above)
        return tuple(line)

    def children(self, code: str | Concept) -> tuple[Concept, ...]:
        """The nodes right below, in the order of the book. Expansions are not among them."""
        concept = self._concept(code)
        return tuple(self._reader.concepts(_CHILDREN, code_key(concept.code), concept.code))

    def siblings(self, code: str | Concept) -> tuple[Concept, ...]:
        """The other nodes under the same parent, in the order of the book.

        For a chapter the other chapters; for an expansion the other completions of its code.
        """
        concept = self._concept(code)
        parent = self.parent(concept)
        if parent is None:
            beside = self.roots()
        elif concept.kind is Kind.EXPANSION:
            beside = tuple(self.get(completion) for completion in parent.completions)
        else:
            beside = self.children(parent)
        return tuple(other for other in beside if other.code != concept.code)

    def descendants(self, code: str | Concept) -> Iterator[Concept]:
        """Stream every node below, at any depth, in the order of the book, without expansions."""
        concept = self._concept(code)
        return self._reader.concepts(_DESCENDANTS, code_key(concept.code), concept.code)

    def roots(self) -> tuple[Concept, ...]:
        """The nodes without one above, in the order of the book: in ICD-10-CM the chapters."""
        return tuple(self._reader.concepts(_ROOTS))

    def chapters(self) -> tuple[Concept, ...]:
        """The chapters, in the order of the book."""
        return tuple(self._reader.concepts(_CHAPTERS, KIND_NUMBERS[Kind.CHAPTER]))

    def _concept(self, code: str | Concept) -> Concept:
        return code if isinstance(code, Concept) else self.get(code)

    def _tabular(self, key: str) -> Concept | None:
        """The code with exactly this key. Chapters and sections do not count."""
        matches = self._reader.concepts(_BY_KEY, key)
        return next((concept for concept in matches if concept.kind is Kind.CODE), None)
