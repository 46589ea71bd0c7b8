"""What a value set is composed of, as JSON from anywhere, in; the codes of each system that it holds, out.

Source: https://hl7.org/fhir/R4/valueset.html#compositions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from codilingua.fhir.book import Mask
from codilingua.fhir.elements import needed_in, object_of, objects_in, shown, text_in, text_of
from codilingua.fhir.outcome import FhirError, not_supported, too_costly
from codilingua.fhir.selection import Filter, select
from codilingua.fhir.systems import System, Systems

Json = Mapping[str, Any]

Imports = Callable[[str], Json]
"""The canonical URL of a value set → its ``compose``."""

MAX_CLAUSES = 50
"""Includes, excludes, filters and value sets in one value set; each costs a walk over the book."""

MAX_CONCEPTS = 20_000
"""Codes that one value set may list."""

_NAMED = 5


@dataclass(slots=True)
class Members:
    """The codes of a value set: for each code system which of its rows, and the texts it gives to some."""

    masks: dict[System, Mask] = field(default_factory=dict)
    texts: dict[tuple[System, int], str] = field(default_factory=dict)

    def of(self, system: System) -> Mask:
        """The rows of one code system."""
        found = self.masks.get(system)
        return system.book.nothing if found is None else found

    def add(self, other: Members) -> None:
        """What is in either."""
        for system, mask in other.masks.items():
            self.masks[system] = self.of(system) | mask
        self.texts |= other.texts

    def keep(self, other: Members) -> None:
        """What is in both."""
        for system, mask in self.masks.items():
            self.masks[system] = mask & other.of(system)

    def take_out(self, other: Members) -> None:
        """What is not in the other."""
        for system, mask in self.masks.items():
            self.masks[system] = mask & ~other.of(system)

    @property
    def total(self) -> int:
        """How many codes there are."""
        return sum(int(mask.sum()) for mask in self.masks.values())


def members(systems: Systems, compose: object, imports: Imports, where: str = "compose") -> Members:
    """
    :param compose: the element, not checked yet.
    :param imports: gives the value sets that it includes; raises FhirError for one that is not here.
    :raises FhirError: when it is malformed, names what is not here, or what cannot be told here.
    """
    made = object_of(compose, where)
    if "lockedDate" in made:
        raise not_supported(f"{where}.lockedDate is not served here: name a version of the code system")
    _check_size(made, where)
    found = Members()
    for include, place in objects_in(made, "include", where):
        found.add(_selected(systems, include, imports, place))
    for exclude, place in objects_in(made, "exclude", where):
        found.take_out(_selected(systems, exclude, imports, place))
    return found


def _check_size(compose: Json, where: str) -> None:
    clauses = concepts = 0
    for name in ("include", "exclude"):
        for clause, place in objects_in(compose, name, where):
            imported = clause.get("valueSet")
            clauses += 1 + sum(1 for _ in objects_in(clause, "filter", place))
            clauses += len(imported) if isinstance(imported, list) else 0
            concepts += sum(1 for _ in objects_in(clause, "concept", place))
    if clauses > MAX_CLAUSES:
        raise too_costly(f"{where} has {clauses} includes, excludes and filters: {MAX_CLAUSES} are taken")
    if concepts > MAX_CONCEPTS:
        raise too_costly(f"{where} lists {concepts} codes: {MAX_CONCEPTS} are taken")


def _selected(systems: Systems, clause: Json, imports: Imports, where: str) -> Members:
    """One include or exclude: everything that it says has to hold."""
    uri = text_in(clause, "system", "canonical", where)
    if uri is None and ("valueSet" not in clause or "concept" in clause or "filter" in clause):
        raise FhirError("required", f"{where} has no system: give the URI of the code system")
    parts = list(_imported(systems, clause, imports, where))
    if uri is not None:
        system = systems.find(uri, text_in(clause, "version", "string", where))
        parts.insert(0, _of_system(system, clause, where))
    selected, *others = parts
    for other in others:
        selected.keep(other)
    return selected


def _imported(systems: Systems, clause: Json, imports: Imports, where: str) -> Iterator[Members]:
    urls = clause.get("valueSet", ())
    if "valueSet" in clause and not (isinstance(urls, list) and urls):
        raise FhirError("structure", f"{where}.valueSet is {shown(urls)}: give a JSON array of URLs")
    for number, url in enumerate(urls):
        place = f"{where}.valueSet[{number}]"
        yield members(systems, imports(text_of("canonical", url, place)), imports, place)


def _of_system(system: System, clause: Json, where: str) -> Members:
    if "concept" in clause and "filter" in clause:
        raise FhirError("invariant", f"{where} has concept and filter: give one of them")
    if "concept" in clause:
        return _listed(system, clause, where)
    mask = system.book.codes
    for item, place in objects_in(clause, "filter", where):
        name, operator = (needed_in(item, part, "code", place) for part in ("property", "op"))
        mask &= select(system, Filter(name, operator, needed_in(item, "value", "string", place), place))
    return Members({system: mask})


def _listed(system: System, clause: Json, where: str) -> Members:
    rows: list[int] = []
    unknown: list[str] = []
    texts: dict[tuple[System, int], str] = {}
    codes = system.book.codes
    for item, place in objects_in(clause, "concept", where):
        code = needed_in(item, "code", "code", place)
        row = system.book.row(code)
        if row is None or not codes[row]:
            unknown.append(code)
            continue
        rows.append(row)
        if (display := text_in(item, "display", "string", place)) is not None:
            texts[system, row] = display
    if unknown:
        # A list that is shorter than it was meant to be would not be noticed.
        named = ", ".join(shown(code) for code in unknown[:_NAMED])
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        reason = f"not in {system.title}: take out, or write as the book does"
        raise FhirError("code-invalid", f"{where}.concept {named}{more}: {reason}", 422)
    return Members({system: system.book.at(rows)}, texts)
