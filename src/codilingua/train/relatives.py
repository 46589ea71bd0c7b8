"""A catalog in; for each of its codes the codes that may not, and those that should, stand against it, out.

A *relative* may be right for the same phrase, so it is no negative: the code itself, the codes above and
below it, and those that its notes tell to code along with it or besides it (code first, use additional,
code also, excludes 2), unless an excludes 1 note keeps the two apart.

A *rival* is what a coder confuses it with: its siblings (other side, acute against chronic, unspecified
against specific), its cousins in the category, and those that an excludes 1 note sends elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY, code_key
from codilingua.types import Concept, Kind

Places = NDArray[np.int64]

_CODE = re.compile(
    r"\b([A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)(?:\s?-\s?([A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?))?"
)
_WIDE = 60
"""A note that names more codes than this means a chapter's worth: it tells no two codes apart."""


class Relatives:
    """The codes of a catalog, numbered in the order of the book, and how they are related."""

    def __init__(self, catalog: Catalog) -> None:
        concepts = [concept for concept in catalog if concept.kind is Kind.CODE]
        self.codes = tuple(concept.code for concept in concepts)
        self.place: Mapping[str, int] = {code: place for place, code in enumerate(self.codes)}
        self._keys = [code_key(code) for code in self.codes]
        self._parents = [self.place.get(concept.parent or "", -1) for concept in concepts]
        self._children: dict[int, list[int]] = {}
        for place, parent in enumerate(self._parents):
            self._children.setdefault(parent, []).append(place)
        self._categories: dict[str, list[int]] = {}
        for place, key in enumerate(self._keys):
            self._categories.setdefault(key[:CATEGORY], []).append(place)
        self._along = [self._named(_notes_along(concept)) for concept in concepts]
        self._apart = [self._named(concept.notes.excludes1) for concept in concepts]

    def parent(self, place: int) -> int | None:
        """The code above; None for a category."""
        above = self._parents[place]
        return above if above >= 0 else None

    def line(self, place: int) -> list[int]:
        """The code and the codes above it, the nearest first."""
        line = [place]
        while (above := self._parents[line[-1]]) >= 0:
            line.append(above)
        return line

    def below(self, place: int) -> Iterator[int]:
        """The codes under it, at any depth."""
        for child in self._children.get(place, ()):
            yield child
            yield from self.below(child)

    def relatives(self, place: int) -> Places:
        """Codes that are no negatives for this one, itself among them, int64, rising."""
        line = self.line(place)
        along = self._with_all_below(named for above in line for named in self._along[above])
        apart = self._with_all_below(named for above in line for named in self._apart[above])
        return np.array(sorted({*line, *self.below(place), *(along - apart)}), np.int64)

    def rivals(self, place: int) -> Places:
        """Codes that a coder confuses with this one, int64: siblings, then the category, then excludes 1."""
        siblings = self._children.get(self._parents[place], []) if self._parents[place] >= 0 else []
        category = self._categories[self._keys[place][:CATEGORY]]
        apart = self._with_all_below(named for above in self.line(place) for named in self._apart[above])
        not_these = set(self.relatives(place).tolist())
        ordered = dict.fromkeys([*siblings, *category, *sorted(apart)])
        return np.array([other for other in ordered if other not in not_these], np.int64)

    def mask(self, rows: Sequence[int], columns: Places, cache: dict[int, Places]) -> NDArray[np.bool_]:
        """Where a column's code is a relative of the row's.

        :param cache: relatives that were looked up before; filled as they are.
        :return: bool [rows, columns].
        """
        related = np.zeros((len(rows), len(columns)), np.bool_)
        for row, place in enumerate(rows):
            if place not in cache:
                cache[place] = self.relatives(place)
            known = cache[place]
            found = np.minimum(np.searchsorted(known, columns), len(known) - 1)
            related[row] = known[found] == columns
        return related

    def _named(self, notes: Iterable[str]) -> tuple[int, ...]:
        """The codes that notes name, a range as its ends' categories and all between them."""
        found: dict[int, None] = {}
        for note in notes:
            named: list[int] = []
            for first, last in _CODE.findall(note):
                if last:
                    low, high = code_key(first), code_key(last)
                    named += [
                        p for p, key in enumerate(self._keys) if low <= key[: len(low)] <= high[: len(low)]
                    ]
                elif first in self.place:
                    named.append(self.place[first])
            if len(named) <= _WIDE:
                found.update(dict.fromkeys(named))
        return tuple(found)

    def _with_all_below(self, places: Iterable[int]) -> set[int]:
        return {code for place in places for code in (place, *self.below(place))}


def _notes_along(concept: Concept) -> Iterator[str]:
    notes = concept.notes
    for field in (notes.code_first, notes.use_additional, notes.code_also, notes.excludes2):
        yield from field
