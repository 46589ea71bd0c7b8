"""The parameters of ``$translate`` in; its answer out, which is that there is no map.

No catalog holds a map to another code system so far. Whoever asks is told so in the form of the operation,
and what was asked is checked as by a server that has one.
"""

from __future__ import annotations

from typing import NoReturn

from codilingua.fhir.elements import shown
from codilingua.fhir.outcome import FhirError, not_found
from codilingua.fhir.parameters import Given, Operation, Param
from codilingua.fhir.results import Json, parameters, value
from codilingua.fhir.systems import Systems

_NO_MAP = "there is no map"

TRANSLATE = Operation(
    "ConceptMap",
    "translate",
    {
        "url": Param("canonical", "no effect", _NO_MAP),
        "conceptMap": Param("ConceptMap", "out", "maps cannot be sent along"),
        "conceptMapVersion": Param("string", "no effect", _NO_MAP),
        "code": Param("code"),
        "system": Param("canonical", note="needed with `code`"),
        "version": Param("string"),
        "source": Param("uri", "no effect", _NO_MAP),
        "coding": Param("Coding"),
        "codeableConcept": Param("CodeableConcept"),
        "target": Param("uri", "no effect", _NO_MAP),
        "targetsystem": Param("uri", "no effect", _NO_MAP),
        "reverse": Param("boolean", "no effect", _NO_MAP),
    },
)


def translate(systems: Systems, given: Given, ident: str | None = None) -> Json:
    """
    :raises FhirError: when no code is given, or a map is named by its id.
    """
    if ident is not None:
        by_id(ident)
    kind = given.one_of("code", "coding", "codeableConcept")
    if kind == "code" and "system" not in given:
        raise FhirError("required", "parameter 'system' is missing: give the URI of the code's system")
    names = ", ".join(system.title for system in systems)
    message = f"there is no concept map from or to {names} here"
    return parameters([value("result", "Boolean", False), value("message", "String", message)])


def by_id(ident: str) -> NoReturn:
    """:raises FhirError: always."""
    raise not_found(f"ConceptMap {shown(ident)} is not here: there are no concept maps")
