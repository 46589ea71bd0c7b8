"""A code in; what a prompt says of it, drawn from the catalog, out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from codilingua.catalog.catalog import Catalog
from codilingua.types import Concept, Kind

_TERMS = 4
_EXCLUDED = 3
_BESIDE = 5
_WORD = re.compile(r"[^\W_][\w'-]*")
_LONGEST = 60
"""Letters of a note or of what tells a sibling apart; longer ones are cut at a word."""


def describe(catalog: Catalog, concept: Concept, write: str) -> str:
    """Code, title, inclusion terms, notes, siblings with what tells them apart, and what to write."""
    lines = [f"- {concept.code} {concept.title}"]
    also = [label.text for label in concept.labels if label.role == "inclusion"][:_TERMS]
    excluded = _notes(concept, *catalog.ancestors(concept)[:1])
    beside = [
        f"{other.code} ({apart(concept.title, other.title)})"
        for other in nearest(concept, catalog.siblings(concept))
        if other.kind is Kind.CODE
    ]
    for name, texts in (("also", also), ("not", excluded), ("beside", beside)):
        if texts:
            lines.append(f"  {name}: {'; '.join(texts)}")
    lines.append(f"  write: {write}")
    return "\n".join(lines)


def brief(catalog: Catalog, concept: Concept) -> str:
    """Code, title, inclusion terms and excludes1 notes, on one line."""
    also = [label.text for label in concept.labels if label.role == "inclusion"][:_TERMS]
    excluded = _notes(concept, *catalog.ancestors(concept)[:1])
    more = [f"{name}: {'; '.join(texts)}" for name, texts in (("also", also), ("not", excluded)) if texts]
    return " | ".join([f"- {concept.code} {concept.title}", *more])


def _notes(*concepts: Concept) -> list[str]:
    found = (note for concept in concepts for note in concept.notes.excludes1)
    return [_cut(note) for note in found][:_EXCLUDED]


def nearest(concept: Concept, siblings: Iterable[Concept]) -> list[Concept]:
    """The siblings whose titles share most words with the concept's, in that order, a handful."""
    own = _words(concept.title)

    def unlike(other: Concept) -> int:
        return len(own ^ _words(other.title))

    return sorted(siblings, key=unlike)[:_BESIDE]


def apart(title: str, other: str) -> str:
    """What the other title has that this one has not; the whole of it where they share little."""
    own = _words(title)
    words = _WORD.findall(other)
    new = [word for word in words if word.lower() not in own]
    if not new or 2 * len(new) > len(words):
        return _cut(other)
    return _cut(" ".join(new))


def _words(title: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(title)}


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rsplit(" ", 1)[0] + " …"
