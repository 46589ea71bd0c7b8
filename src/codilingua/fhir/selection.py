"""A filter of a value set, checked, in; the rows of the code system that pass it, out.

Source: https://hl7.org/fhir/R4/valueset-filter-operator.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

from codilingua.fhir.book import Mask
from codilingua.fhir.elements import shown, wrong
from codilingua.fhir.outcome import not_supported, too_costly
from codilingua.fhir.systems import System
from codilingua.fhir.vocabulary import BILLING
from codilingua.types import Kind, Status

MAX_VALUES = 500
"""Codes in the value of one filter."""

T = TypeVar("T")

_STATUSES = {code: status for status, code in BILLING.items()}
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """``property``, ``op`` and ``value`` as a ValueSet has them. ``where`` names it in messages."""

    name: str
    operator: str
    value: str
    where: str


def select(system: System, asked: Filter) -> Mask:
    """:raises FhirError: when the property, operator or value is none that codes are selected by."""
    name = "concept" if asked.name == "code" else asked.name
    if name not in FILTERS:
        known = ", ".join(FILTERS)
        raise not_supported(f"{asked.where}.property is {shown(asked.name)}: codes are selected by {known}")
    if asked.operator not in FILTERS[name]:
        known = ", ".join(FILTERS[name])
        raise not_supported(f"{asked.where}.op is {shown(asked.operator)}: {name} takes {known}")
    return _SELECTORS[name](system, asked)


def _by_concept(system: System, asked: Filter) -> Mask:
    """By which code it is, or where that stands in the hierarchy."""
    book = system.book
    if asked.operator in ("in", "not-in"):
        listed = book.at(_rows(system, asked))
        return listed if asked.operator == "in" else ~listed
    row = _row(system, asked.value)
    itself, below = book.at([row]), book.below(row)
    masks = {
        "=": itself,
        "is-a": below,
        "is-not-a": ~below,
        "descendent-of": below & ~itself,
        "generalizes": book.above(row),
    }
    return masks[asked.operator]


def _by_parent(system: System, asked: Filter) -> Mask:
    return _union(system, [system.book.children(row) for row in _rows(system, asked)])


def _by_chapter(system: System, asked: Filter) -> Mask:
    chapter = system.concept(asked.value)
    if chapter.kind is not Kind.CHAPTER:
        raise wrong(f"{asked.where}.value", asked.value, "a chapter, such as 9")
    return system.book.below(_row(system, chapter.code))


def _by_billable(system: System, asked: Filter) -> Mask:
    billable = system.book.with_status(Status.BILLABLE)
    return billable if _choice(_FLAGS, asked.value, asked) else ~billable


def _by_billing_status(system: System, asked: Filter) -> Mask:
    statuses = [_choice(_STATUSES, text, asked) for text in _values(asked)]
    return _union(system, [system.book.with_status(status) for status in statuses])


def _by_inactive(system: System, asked: Filter) -> Mask:
    nothing = system.book.nothing
    return nothing if _choice(_FLAGS, asked.value, asked) else ~nothing


FILTERS: Mapping[str, Sequence[str]] = {
    "concept": ("is-a", "descendent-of", "is-not-a", "generalizes", "=", "in", "not-in"),
    "parent": ("=", "in"),
    "chapter": ("=",),
    "billable": ("=",),
    "billing-status": ("=", "in"),
    "inactive": ("=",),
}
"""What codes may be selected by: property → operators."""

_SELECTORS: Mapping[str, Callable[[System, Filter], Mask]] = {
    "concept": _by_concept,
    "parent": _by_parent,
    "chapter": _by_chapter,
    "billable": _by_billable,
    "billing-status": _by_billing_status,
    "inactive": _by_inactive,
}


def _union(system: System, masks: Sequence[Mask]) -> Mask:
    return reduce(lambda some, more: some | more, masks, system.book.nothing)


def _rows(system: System, asked: Filter) -> list[int]:
    return [_row(system, code) for code in _values(asked)]


def _row(system: System, code: str) -> int:
    row = system.book.row(code)
    # Written another way than in the book it takes longer to find.
    row = system.book.row(system.concept(code).code) if row is None else row
    assert row is not None, code
    return row


def _values(asked: Filter) -> list[str]:
    """Of ``in`` and ``not-in`` several, with commas between them."""
    if asked.operator not in ("in", "not-in"):
        return [asked.value]
    values = [value.strip() for value in asked.value.split(",") if value.strip()]
    if len(values) > MAX_VALUES:
        raise too_costly(f"{asked.where}.value has {len(values)} codes: {MAX_VALUES} are taken")
    return values


def _choice(known: Mapping[str, T], text: str, asked: Filter) -> T:
    if text not in known:
        raise wrong(f"{asked.where}.value", text, f"one of {', '.join(known)}")
    return known[text]
