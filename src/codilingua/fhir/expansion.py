"""The parameters of ``$expand`` in; a text search to make, or none, and with its hits the ValueSet, out.

A search takes a while and runs elsewhere, so expanding goes in two steps: :func:`prepare` says what to search
for, :func:`finish` makes the ValueSet. :func:`expand` does both where the search can be waited for.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from codilingua.catalog.codes import code_key
from codilingua.fhir.compose import Members
from codilingua.fhir.contains import Entry, Shown, contains, declared
from codilingua.fhir.elements import canonical_parts
from codilingua.fhir.outcome import FhirError, not_supported, too_costly
from codilingua.fhir.parameters import Given, Operation, Param
from codilingua.fhir.results import Json, known_only, value
from codilingua.fhir.systems import System, Systems
from codilingua.fhir.valueset import Definition, asked, codes_of
from codilingua.search.engine import MAX_LIMIT
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.types import Hit, Status

MAX_COUNT = 1000
"""Codes in one page at the most."""

FILTERED_COUNT = 100
"""Codes in a page where there is a filter and no count: a ranking has no natural end."""

_FLAT = "expansions are flat"
_VERSION = Param("canonical", "partly", "an error where another version is asked for than is here", many=True)

EXPAND = Operation(
    "ValueSet",
    "expand",
    {
        "url": Param("canonical", note="a value set that a code system implies"),
        "valueSet": Param("ValueSet", note="with a `compose`"),
        "valueSetVersion": Param("string", note="the edition of the code system"),
        "context": Param("uri", "out", "name the value set by url"),
        "contextDirection": Param("code", "out", "name the value set by url"),
        "filter": Param("string", note="text in any of the six languages, or a code; ranked, best first"),
        "date": Param("dateTime", "out", "an edition does not change; say which one by valueSetVersion"),
        "offset": Param("integer"),
        "count": Param("integer", note=f"up to {MAX_COUNT}; 0 asks for the total"),
        "includeDesignations": Param("boolean"),
        "designation": Param("string", note="a language or use, such as `urn:ietf:bcp:47|es`", many=True),
        "includeDefinition": Param("boolean"),
        "activeOnly": Param("boolean", "no effect", "retired codes are not kept"),
        "excludeNested": Param("boolean", "no effect", _FLAT),
        "excludeNotForUI": Param("boolean", "no effect", "chapters and sections are in no expansion"),
        "excludePostCoordinated": Param("boolean", "no effect", "there are no such codes"),
        "displayLanguage": Param("language", note="a code without a title in it keeps its own"),
        "exclude-system": Param("canonical", many=True),
        "system-version": _VERSION,
        "check-system-version": _VERSION,
        "force-system-version": _VERSION,
        "property": Param("code", note="as in R5: what to give with each code", many=True),
    },
)

_ECHOED: Mapping[str, str] = {
    "filter": "String", "offset": "Integer", "count": "Integer", "includeDesignations": "Boolean",
    "designation": "String", "includeDefinition": "Boolean", "activeOnly": "Boolean",
    "excludeNested": "Boolean", "excludeNotForUI": "Boolean", "excludePostCoordinated": "Boolean",
    "displayLanguage": "Code", "exclude-system": "Uri", "property": "Code",
}  # fmt: skip
_PAGING = ("offset", "count")
_LONGEST_CODE = 7


@dataclass(frozen=True, slots=True)
class TextQuery:
    """What to search for. Hits that are not in the value set are dropped later on."""

    text: str
    limit: int
    filters: Filters


@dataclass(frozen=True, slots=True)
class Expanding:
    """An expansion that is under way. ``query`` is None where nothing needs to be searched for."""

    definition: Definition
    members: Members
    given: Given
    query: TextQuery | None

    @property
    def offset(self) -> int:
        """Codes to leave out at the beginning."""
        return self.given.number("offset") or 0

    @property
    def count(self) -> int:
        """Codes to give at the most."""
        otherwise = FILTERED_COUNT if "filter" in self.given else MAX_COUNT
        found = self.given.number("count")
        return otherwise if found is None else found


def expand(
    systems: Systems,
    given: Given,
    search: Callable[[TextQuery], Sequence[Hit]],
    now: datetime,
    ident: str | None = None,
) -> Json:
    """:raises FhirError: as :func:`prepare`."""
    expanding = prepare(systems, given, ident)
    return finish(expanding, search(expanding.query) if expanding.query is not None else (), now)


def prepare(systems: Systems, given: Given, ident: str | None = None) -> Expanding:
    """
    :param ident: id of the ValueSet in the path; None at type level.
    :raises FhirError: when the value set is not here or malformed, or a page would be too large.
    """
    for name in _PAGING:
        if (given.number(name) or 0) < 0:
            raise FhirError("value", f"parameter {name!r} is {given.number(name)}: give 0 or more")
    for name in ("system-version", "check-system-version", "force-system-version"):
        for canonical in given.texts(name):
            if systems.has(canonical_parts(canonical)[0]):
                systems.find(canonical)
    definition = asked(systems, given, ident)
    members = codes_of(systems, definition)
    for canonical in given.texts("exclude-system"):
        uri, version = canonical_parts(canonical)
        for system in list(members.masks):
            if system.uri == uri and system.is_version(version):
                del members.masks[system]
    expanding = Expanding(definition, members, given, None)
    text = given.text("filter")
    if text is None:
        left = members.total - expanding.offset
        _check_count(given, left, "give a filter, or pages by count and offset")
        return expanding
    _check_count(given, 0, "give a smaller count, and pages by offset")
    return Expanding(definition, members, given, _query(text, expanding))


def finish(expanding: Expanding, hits: Sequence[Hit], now: datetime) -> Json:
    """
    :param hits: what was found for the query, best first; empty where there was none.
    :param now: when the expansion is made, with its time zone.
    :return: a ValueSet with its expansion.
    """
    if expanding.given.text("filter") is None:
        total: int | None = expanding.members.total
        page = _page(expanding)
    else:
        found = list(_found(expanding, hits))
        total = _total(expanding, hits, found)
        page = found[expanding.offset : expanding.offset + expanding.count]
    style = Shown.asked(expanding.given, expanding.members.texts)
    paged = any(name in expanding.given for name in _PAGING)
    definition = expanding.definition
    shown = definition.resource if expanding.given.flag("includeDefinition") else dict(definition.about)
    shown["expansion"] = known_only(
        {
            "extension": declared(style) or None,
            "identifier": _identifier(expanding),
            "timestamp": now.isoformat(timespec="milliseconds"),
            "total": total,
            "offset": expanding.offset if paged else None,
            "parameter": list(_parameters(expanding)) or None,
            "contains": list(contains(page, style)) or None,
        }
    )
    return shown


def _check_count(given: Given, otherwise: int, remedy: str) -> None:
    asked_for = given.number("count")
    codes = otherwise if asked_for is None else asked_for
    if codes > MAX_COUNT:
        raise too_costly(f"{codes} codes, where {MAX_COUNT} are given at once: {remedy}")


def _query(text: str, expanding: Expanding) -> TextQuery | None:
    systems = [system for system in expanding.members.masks if expanding.members.masks[system].any()]
    if len(systems) > 1:
        raise not_supported("a filter over several code systems is not served here: expand one at a time")
    if not systems:
        return None
    key = code_key(text)
    # Of a code that was typed all hits are looked up, which is quick: so their number is known.
    typed = len(key) <= _LONGEST_CODE and any(ch.isdigit() for ch in key)
    limit = MAX_LIMIT if typed else expanding.offset + expanding.count
    filters = _filters(systems[0], expanding.members)
    return TextQuery(text, min(max(limit, 1), MAX_LIMIT), filters)


def _filters(system: System, members: Members) -> Filters:
    """What keeps a search to the listed codes that are in the value set or have complete codes in it."""
    book = system.book
    listed = book.bases(members.of(system))
    if np.array_equal(listed, book.tabular):
        return EVERYTHING
    leaves = book.with_status(Status.BILLABLE) | book.with_status(Status.NEEDS_SEVENTH)
    if np.array_equal(listed, leaves & book.tabular):
        return Filters(leaves=True)
    return Filters(only=frozenset(book.named(listed)))


def _found(expanding: Expanding, hits: Sequence[Hit]) -> Iterator[Entry]:
    """A hit stands for its code; where that is not in the value set, for those that complete it."""
    seen: set[int] = set()
    for system, mask in expanding.members.masks.items():
        for hit in hits:
            row = system.book.row(hit.code)
            if row is None:
                continue
            for candidate in [row] if mask[row] else system.book.completions(row):
                if mask[candidate] and candidate not in seen:
                    seen.add(candidate)
                    yield Entry(system, candidate, hit)


def _total(expanding: Expanding, hits: Sequence[Hit], found: Sequence[Entry]) -> int | None:
    """How many codes paging comes to. None where that is not known before the last page."""
    query = expanding.query
    if query is None or len(hits) < query.limit:
        return len(found)
    if len(found) != len(hits):
        return None
    ranked = sum(int(system.book.bases(mask).sum()) for system, mask in expanding.members.masks.items())
    return min(ranked, MAX_LIMIT)


def _page(expanding: Expanding) -> list[Entry]:
    """In the order of the book."""
    entries: list[Entry] = []
    skip, left = expanding.offset, expanding.count
    for system, mask in expanding.members.masks.items():
        rows = np.flatnonzero(mask)
        chosen = rows[skip : skip + left]
        entries += [Entry(system, int(row), None) for row in chosen]
        skip, left = max(0, skip - len(rows)), left - len(chosen)
    return entries


def _parameters(expanding: Expanding) -> Iterator[Json]:
    """What the expansion depends on, as FHIR wants it said."""
    for name, kind in _ECHOED.items():
        for content in expanding.given.values.get(name, ()):
            if (made := value(name, kind, content)) is not None:
                yield made
    for system in expanding.members.masks:
        yield {"name": "version", "valueUri": system.canonical}


def _identifier(expanding: Expanding) -> str:
    """The same for the pages of one expansion, and for whoever asks for the same."""
    asked_for: dict[str, Any] = {
        name: expanding.given.values[name]
        for name in _ECHOED
        if name in expanding.given and name not in _PAGING
    }
    systems = [system.canonical for system in expanding.members.masks]
    content = json.dumps([expanding.definition.resource, asked_for, systems], sort_keys=True, default=str)
    return uuid.uuid5(uuid.NAMESPACE_URL, content).urn
