"""A catalog in; the table of complete codes that a front-end of the NLM's service expects, out.

As in theirs, every row can go on a claim: a code that needs a 7th character stands there as its
completions, and headings do not stand there at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key
from codilingua.service.nlm.constraint import parse
from codilingua.service.nlm.words import Words, WordsReader, words_of
from codilingua.text import fold
from codilingua.types import Concept, Kind, Status

_LISTED = (Status.BILLABLE, Status.NEEDS_SEVENTH)

BLOCK = 100
"""Codes of which the first completion comes before any second one: a short list then shows many codes, not
sixteen ways to complete one."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A code of the book without a more specific one: complete, or but for its 7th character.

    ``meanings`` are what its 7th characters say, in the order of ``completions``.
    """

    code: str
    key: str
    title: str
    chapter: str | None
    completions: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()


class Row(NamedTuple):
    """One complete code. ``meaning`` is what its 7th character says, empty where it has none."""

    code: str
    leaf: Leaf
    meaning: str

    def named(self, title: str) -> str:
        """The name of the row, for a title of its leaf."""
        return f"{title}, {self.meaning}" if self.meaning else title


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Every leaf, by its code and in the order of the book, and the words of all labels."""

    leaves: dict[str, Leaf]
    words: Words

    def starting(self, typed: str) -> list[Row]:
        """The rows whose code begins with what was typed, of a code or of the beginning of one."""
        key = code_key(typed)
        near = (
            leaf
            for leaf in self.leaves.values()
            if leaf.key.startswith(key) or (leaf.completions and key.startswith(leaf.key))
        )
        return [row for row in spread(near) if code_key(row.code).startswith(key)]


def table(catalog: Catalog) -> Table:
    """Reads the whole catalog, which takes about a second."""
    leaves: dict[str, Leaf] = {}
    reader = WordsReader()
    for concept in catalog:
        for label in concept.surfaces:
            reader.add(label.text, label.lang)
        if concept.kind is Kind.CODE and concept.status in _LISTED:
            leaves[concept.code] = leaf(concept)
    return Table(leaves, reader.words())


def leaf(concept: Concept) -> Leaf:
    """A row or rows of the table."""
    return Leaf(
        code=concept.code,
        key=code_key(concept.code),
        title=concept.title,
        chapter=concept.chapter,
        completions=concept.completions,
        meanings=tuple(seventh.meaning for seventh in concept.sevenths),
    )


@lru_cache(maxsize=32)
def allowed(made: Table, constraint: str) -> frozenset[str]:
    """Codes of the rows that pass the query string of a request.

    :raises UsageError: when it cannot be read.
    """
    passes = parse(constraint)
    kept = []
    for leaf in made.leaves.values():
        title = _folded(leaf.title)
        kept += [row.code for row in rows(leaf) if passes(row.code.lower(), _folded(row.named(title)))]
    return frozenset(kept)


def rows(leaf: Leaf, asked: frozenset[str] = frozenset()) -> list[Row]:
    """Itself, or its completions in the order of the book.

    :param asked: words that were typed; the completions that say most of them come first.
    """
    if not leaf.completions:
        return [Row(leaf.code, leaf, "")]
    made = [Row(code, leaf, said) for code, said in zip(leaf.completions, leaf.meanings, strict=True)]
    return sorted(made, key=lambda row: -len(asked & _said(row.meaning))) if asked else made


def spread(leaves: Iterable[Leaf], asked: frozenset[str] = frozenset()) -> Iterator[Row]:
    """The rows of these leaves: of each block first one row a leaf, then the others."""
    left = iter(leaves)
    while block := list(islice(left, BLOCK)):
        made = [rows(leaf, asked) for leaf in block]
        yield from (some[0] for some in made)
        yield from (row for some in made for row in some[1:])


def size(leaves: Sequence[Leaf]) -> int:
    """Number of rows of these leaves."""
    return sum(len(leaf.completions) or 1 for leaf in leaves)


def _folded(text: str) -> str:
    # Most names are plain English, and there are tens of thousands.
    return text.lower() if text.isascii() else fold(text)


@lru_cache(maxsize=1024)
def _said(meaning: str) -> frozenset[str]:
    return words_of(meaning)
