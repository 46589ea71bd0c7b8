"""The codes of a page and how to show them in; the ``contains`` of an expansion out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from codilingua.fhir.concepts import PROPERTIES, display, own_properties, speaks
from codilingua.fhir.parameters import Given
from codilingua.fhir.results import Json, known_only
from codilingua.fhir.systems import System
from codilingua.fhir.vocabulary import (
    CONTAINS_PROPERTY,
    EXPANSION_PROPERTY,
    LANGUAGE_URN,
    OWN,
    USES,
    origin,
)
from codilingua.types import Concept, Hit, Label

HIT_PROPERTIES: Mapping[str, str] = {
    "score": "How well the text fits the filter, 0-1; compares within one expansion.",
    "confidence": "The probability that the code is right, 0-1; compares across expansions.",
    "matched-text": "The text of the code that fits the filter best.",
    "matched-language": "Its language.",
    "matched-origin": "official, who-derived or machine.",
}
"""Properties of what was found for a filter."""

OWN_PROPERTIES = ("parent", "billable", "billing-status", "kind", "chapter", "inactive", "notSelectable")
"""Properties of a code that expansions give; ``$lookup`` gives the rest."""

_URIS = {kind.code: kind.uri for kind in PROPERTIES}
_TYPES = {kind.code: kind.type for kind in PROPERTIES}
_DIGITS = 4


class Entry(NamedTuple):
    """One code of a page: a row of the code system's book, and the hit that it came from, if any."""

    system: System
    row: int
    hit: Hit | None


@dataclass(frozen=True, slots=True)
class Shown:
    """How codes are shown.

    ``designations`` are languages and codes of uses, None for no designations; empty for all. ``texts`` are
    those that the value set itself gives to codes.
    """

    languages: tuple[str, ...]
    designations: tuple[str, ...] | None
    properties: tuple[str, ...]
    texts: Mapping[tuple[System, int], str]

    @classmethod
    def asked(cls, given: Given, texts: Mapping[tuple[System, int], str]) -> Shown:
        """As the parameters of the request say."""
        wanted = given.texts("designation")
        offered = (*OWN_PROPERTIES, *(HIT_PROPERTIES if "filter" in given else ()))
        return cls(
            languages=given.texts("displayLanguage"),
            designations=wanted if wanted or given.flag("includeDesignations") else None,
            properties=tuple(name for name in offered if name in given.texts("property")),
            texts=texts,
        )


def declared(style: Shown) -> list[Json]:
    """Which properties the codes come with."""
    return [
        {
            "url": EXPANSION_PROPERTY,
            "extension": [
                {"url": "code", "valueCode": name},
                {"url": "uri", "valueUri": _URIS.get(name) or f"{OWN}/concept-properties#{name}"},
            ],
        }
        for name in style.properties
    ]


def contains(page: Sequence[Entry], style: Shown) -> Iterator[Json]:
    """One element a code, in the order of the page."""
    for system in dict.fromkeys(entry.system for entry in page):
        own = [entry for entry in page if entry.system is system]
        concepts = system.book.concepts([entry.row for entry in own])
        for entry, concept in zip(own, concepts, strict=True):
            yield _element(entry, concept, style)


def _element(entry: Entry, concept: Concept, style: Shown) -> Json:
    shown = display(concept, style.languages)
    own_text = style.texts.get((entry.system, entry.row))
    if own_text is not None and not style.languages:
        shown = Label(own_text, concept.lang, "title", "official")
    return known_only(
        {
            "extension": _properties(entry, concept, style) or None,
            "system": entry.system.uri,
            "version": entry.system.version,
            "code": concept.code,
            "display": shown.text,
            # What belongs to a primitive stands beside it.
            "_display": origin(shown.origin) or None,
            "designation": _designations(concept, style.designations) or None,
        }
    )


def _designations(concept: Concept, wanted: Sequence[str] | None) -> list[Json]:
    if wanted is None:
        return []
    return [
        {"language": label.lang, "use": USES[label.role], "value": label.text} | origin(label.origin)
        for label in concept.surfaces
        if not wanted or any(_is_wanted(label, token) for token in wanted)
    ]


def _is_wanted(label: Label, token: str) -> bool:
    """:param token: a language or a use, as ``code`` or as ``system|code``."""
    system, bar, code = token.rpartition("|")
    use = USES[label.role]
    if system in ("", LANGUAGE_URN) and speaks(label.lang, code):
        return True
    return code == use["code"] and (not bar or system == use["system"])


def _properties(entry: Entry, concept: Concept, style: Shown) -> list[Json]:
    if not style.properties:
        return []
    made: dict[str, tuple[str, object]] = {
        found.code: (_TYPES[found.code].capitalize(), found.value) for found in own_properties(concept)
    }
    if (hit := entry.hit) is not None:
        made["score"] = "Decimal", round(hit.score, _DIGITS)
        if hit.confidence is not None:
            made["confidence"] = "Decimal", round(hit.confidence, _DIGITS)
        made["matched-text"] = "String", hit.surface
        made["matched-language"] = "Code", hit.surface_lang
        made["matched-origin"] = "Code", hit.origin
    return [
        {
            "url": CONTAINS_PROPERTY,
            "extension": [{"url": "code", "valueCode": name}, {"url": "value", f"value{kind}": content}],
        }
        for name in style.properties
        if name in made
        for kind, content in [made[name]]
    ]
