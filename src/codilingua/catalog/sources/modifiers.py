"""Classes and the ClaML modifiers that subdivide them in; the codes that they stand for out.

ClaML writes shared subdivisions once: ``E10`` … ``E14`` are ``ModifiedBy`` the modifier ``S04E10_4``, whose
classes ``.0``, ``.1`` … make ``E10.0``, ``E10.1`` … A second modifier subdivides what the first has made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codilingua.catalog.sources.drafts import Draft, Omissions, Text, same_language
from codilingua.catalog.sources.rubrics import Rubrics
from codilingua.errors import SourceError
from codilingua.types import Kind

Preceding = frozenset[tuple[str, str]]
"""(modifier, class) pairs."""


@dataclass(frozen=True, slots=True)
class ModifierClass:
    """One value of a modifier. It is not used after the preceding values in ``excluded_after``."""

    modifier: str
    code: str
    line: int
    rubrics: Rubrics
    excluded_after: Preceding = frozenset()


@dataclass(frozen=True, slots=True)
class ModifiedBy:
    """That a class takes a modifier; ``only`` lists the values it takes, None for all of them."""

    modifier: str
    line: int
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What a file says about modifiers: values by modifier, uses and exclusions by class."""

    values: Mapping[str, Sequence[ModifierClass]]
    uses: Mapping[str, Sequence[ModifiedBy]]
    excluded: Mapping[str, frozenset[str]]


def expand(
    path: Path, drafts: Sequence[Draft], modifiers: Modifiers, omissions: Omissions
) -> tuple[Draft, ...]:
    """The codes that modifiers make, each below the code it subdivides; the given drafts are not among them.

    Modifiers pass down to the subclasses and subdivide those without subclasses. A value that starts with
    a dot goes on a code without one, any other on a code with one; where it fits nowhere the code stays
    as it is and ``omissions`` gets an entry.

    :raises SourceError: when a class is modified by what the file does not define.
    """
    for uses in modifiers.uses.values():
        for use in uses:
            if use.modifier not in modifiers.values:
                raise SourceError(path, use.line, f"modifier {use.modifier} is not defined in the file")
    by_code = {draft.code: draft for draft in drafts}
    parents = {draft.parent for draft in drafts}
    made: list[Draft] = []
    for draft in drafts:
        if draft.code not in parents and draft.kind is Kind.CODE:
            uses = _effective(draft, by_code, modifiers)
            if uses:
                made.extend(_subdivisions(draft, uses, modifiers, set(by_code), omissions))
    return tuple(made)


def _effective(draft: Draft, by_code: Mapping[str, Draft], modifiers: Modifiers) -> list[ModifiedBy]:
    """A class's own modifiers and those of the classes above it, without the excluded ones."""
    uses: dict[str, ModifiedBy] = {}
    excluded: set[str] = set()
    seen: set[str] = set()
    node: Draft | None = draft
    while node is not None and node.code not in seen:
        seen.add(node.code)
        excluded |= modifiers.excluded.get(node.code, frozenset())
        for use in modifiers.uses.get(node.code, ()):
            if use.modifier not in excluded:
                uses.setdefault(use.modifier, use)
        node = by_code.get(node.parent) if node.parent else None
    # The values with a dot make the 4th place, which the 5th place then subdivides.
    return sorted(uses.values(), key=lambda use: not _makes_fourth(modifiers.values[use.modifier]))


def _makes_fourth(values: Sequence[ModifierClass]) -> bool:
    return any(value.code.startswith(".") for value in values)


def _subdivisions(
    leaf: Draft, uses: Sequence[ModifiedBy], modifiers: Modifiers, taken: set[str], omissions: Omissions
) -> list[Draft]:
    made: list[Draft] = []
    frontier: list[tuple[Draft, Preceding]] = [(leaf, frozenset())]
    for use in uses:
        following: list[tuple[Draft, Preceding]] = []
        for draft, preceding in frontier:
            values = [
                value
                for value in modifiers.values[use.modifier]
                if (use.only is None or value.code in use.only) and not value.excluded_after & preceding
            ]
            fitting = [
                value for value in values if _fits(value, draft.code) and draft.code + value.code not in taken
            ]
            if values and not fitting:
                omissions.add("modifiers whose values do not fit the code", f"{draft.code} by {use.modifier}")
            new = [
                (_subdivided(draft, value), preceding | {(value.modifier, value.code)}) for value in fitting
            ]
            made.extend(below for below, _ in new)
            following.extend(new or [(draft, preceding)])
        frontier = following
    return made


def _fits(value: ModifierClass, code: str) -> bool:
    return value.code.startswith(".") != ("." in code)


def _subdivided(draft: Draft, value: ModifierClass) -> Draft:
    own = value.rubrics.texts
    titles = [
        Text(f"{title.text}: {addition.text}", title.lang, "title")
        for title in draft.texts
        if title.role == "title"
        for addition in own
        if addition.role == "title" and same_language(addition.lang, title.lang)
    ]
    return Draft(
        code=draft.code + value.code,
        line=value.line,
        texts=(*titles, *(text for text in own if text.role == "inclusion")),
        parent=draft.code,
        kind=Kind.CODE,
        notes=value.rubrics.notes,
    )
