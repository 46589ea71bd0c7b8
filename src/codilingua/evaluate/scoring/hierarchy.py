"""A catalog in; the relations between its codes, as plain dictionaries that answer at once, out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY, category_key, code_key
from codilingua.catalog.expansion import expand
from codilingua.errors import UnknownCode
from codilingua.types import Concept, Kind, SeventhCharacter, Status


class _Node(NamedTuple):
    title: str
    kind: Kind
    status: Status
    parent: str | None
    chapter: str | None
    sevenths: tuple[SeventhCharacter, ...]


class Hierarchy:
    """The tree of a catalog, read once; the catalog may be closed afterwards.

    Every method takes a code as people write it. A code with its 7th character, or padded for one,
    stands for the code that it completes (``S22.49XA``, ``S22.49X`` → ``S22.49``); chapters and sections
    are taken as the catalog writes them. What the catalog does not have is an answer, not an error:
    codes are retired.

    ``nodes`` are all chapters, sections and codes in the order of the book. ``lines`` is int64 [nodes,
    longest line]: for each node the numbers of the nodes from its root down to itself, then -1.
    """

    def __init__(self, catalog: Catalog) -> None:
        """:raises AssetError: when the catalog's file is damaged."""
        self._nodes: dict[str, _Node] = {}
        self._keys: dict[str, str] = {}
        self._children: dict[str, list[str]] = {}
        self._completed: dict[str, str | None] = {}
        for concept in catalog:
            self._add(concept)
        self._lines: dict[str, tuple[str, ...]] = {}
        for code in self._nodes:
            self._find_line(code)
        self._categories = {
            code: self._find_category(code) for code, node in self._nodes.items() if node.kind is Kind.CODE
        }
        self.nodes = tuple(self._nodes)
        self._places = {code: place for place, code in enumerate(self.nodes)}
        self.lines = self._matrix()

    def tabular(self, code: str) -> str | None:
        """The code of the tabular list, as the catalog writes it.

        :return: None where the catalog has no such code, and for chapters and sections.
        """
        node = self._nodes.get(code)
        if node is not None and node.kind is Kind.CODE:
            return code
        key = code_key(code)
        # A dot or a dash may be what tells two codes of another system apart: as written comes first.
        written = code.strip().upper()
        if written in self._nodes and self._nodes[written].kind is Kind.CODE:
            return written
        return self._keys.get(key) or self._base(key)

    def category(self, code: str) -> str | None:
        """The 3-character category, for retired codes as well: the first three characters, if that is a
        code of the catalog.

        :return: None where the catalog has no such category; for ranges of codes, too.
        """
        known = self.tabular(code)
        return self._categories[known] if known is not None else self._beginning(code)

    def line(self, code: str) -> tuple[str, ...]:
        """Chapter, sections, category and so on, down to the code itself; empty for what is unknown."""
        node = self._node(code)
        return () if node is None else self._lines[node]

    def chapter(self, code: str) -> str | None:
        """The chapter, of a retired code that of its category; None where there is none."""
        node = self._node(code) or self.category(code)
        return None if node is None else self._nodes[node].chapter

    def parent(self, code: str) -> str | None:
        """The node above; None for a root and for what is unknown."""
        node = self._node(code)
        return None if node is None else self._nodes[node].parent

    def status(self, code: str) -> Status:
        """:raises UnknownCode: when the catalog has no such code."""
        node = self._node(code)
        if node is None:
            raise UnknownCode(f"{code!r} is not in the catalog: it has no status")
        return self._nodes[node].status

    def title(self, code: str) -> str:
        """The official title; empty for what is unknown."""
        node = self._node(code)
        return "" if node is None else self._nodes[node].title

    def is_under(self, code: str, ancestor: str) -> bool:
        """True where the code stands below the other, at any depth; no code is below itself."""
        above = self._node(ancestor)
        return above is not None and above in self.line(code)[:-1]

    def within(self, code: str) -> tuple[str, ...]:
        """The codes of the tabular list at this node and below, each before its children; empty for
        what is unknown."""
        node = self._node(code)
        return () if node is None else tuple(self._walk(node))

    def place(self, code: str) -> int:
        """Number of the node in ``nodes`` and ``lines``; -1 for what is unknown."""
        node = self._node(code)
        return -1 if node is None else self._places[node]

    def _add(self, concept: Concept) -> None:
        self._nodes[concept.code] = _Node(
            concept.title, concept.kind, concept.status, concept.parent, concept.chapter, concept.sevenths
        )
        if concept.kind is Kind.CODE:
            self._keys.setdefault(code_key(concept.code), concept.code)
        if concept.parent is not None:
            self._children.setdefault(concept.parent, []).append(concept.code)

    def _node(self, code: str) -> str | None:
        return code if code in self._nodes else self.tabular(code)

    def _base(self, key: str) -> str | None:
        """The code that is completed by this one; remembered, as the search for it takes a while."""
        if key not in self._completed:
            found = expand(key, self._concept)
            self._completed[key] = self._unpadded(key) if found is None else found.parent
        return self._completed[key]

    def _unpadded(self, key: str) -> str | None:
        """The code that was padded for a 7th character which then was not written: ``W19.XXX`` → ``W19``."""
        code = self._keys.get(key.rstrip("X"))
        return code if code is not None and self._nodes[code].sevenths else None

    def _concept(self, key: str) -> Concept | None:
        code = self._keys.get(key)
        if code is None:
            return None
        title, kind, status, parent, chapter, sevenths = self._nodes[code]
        return Concept(code, title, kind, status, parent, chapter, sevenths=sevenths)

    def _find_line(self, code: str) -> None:
        """Climb to the nearest node whose line is known, and give every node on the way its own."""
        way = []
        above: str | None = code
        while above is not None and above not in self._lines:
            way.append(above)
            above = self._nodes[above].parent
        line = () if above is None else self._lines[above]
        for node in reversed(way):
            line = self._lines[node] = (*line, node)

    def _find_category(self, code: str) -> str | None:
        for node in self._lines[code]:
            # A chapter may have three characters too: XIX.
            if self._nodes[node].kind is Kind.CODE and len(code_key(node)) == CATEGORY:
                return node
        return self._beginning(code)

    def _beginning(self, code: str) -> str | None:
        return self._keys.get(category_key(code) or "")

    def _walk(self, top: str) -> Iterator[str]:
        waiting = [top]
        while waiting:
            node = waiting.pop()
            if self._nodes[node].kind is Kind.CODE:
                yield node
            waiting.extend(reversed(self._children.get(node, ())))

    def _matrix(self) -> NDArray[np.int64]:
        lines = [self._lines[node] for node in self.nodes]
        lengths = np.fromiter(map(len, lines), np.int64, len(lines))
        matrix = np.full((len(lines), int(lengths.max(initial=0))), -1, np.int64)
        filled = np.arange(matrix.shape[1]) < lengths[:, None]
        matrix[filled] = np.fromiter(
            map(self._places.__getitem__, chain.from_iterable(lines)), np.int64, int(lengths.sum())
        )
        return matrix
