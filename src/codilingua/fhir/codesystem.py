"""Code systems and the parameters of ``$lookup`` and ``$subsumes`` in; their resources and answers out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codilingua.fhir.concepts import PROPERTIES, Property, display, properties, speaks
from codilingua.fhir.elements import Coding
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.parameters import Given, Operation, Param
from codilingua.fhir.results import Json, known_only, parameters, parts, text, value
from codilingua.fhir.selection import FILTERS
from codilingua.fhir.systems import System, Systems
from codilingua.fhir.vocabulary import USES, origin
from codilingua.types import Concept, Label

ONE_EDITION = "an edition does not change; say which one with a version"

LOOKUP = Operation(
    "CodeSystem",
    "lookup",
    {
        "code": Param("code", note="as people write it: case, dots and spaces do not matter"),
        "system": Param("uri", note="needed with `code`, but not at an instance"),
        "version": Param("string"),
        "coding": Param("Coding"),
        "date": Param("dateTime", "out", ONE_EDITION),
        "displayLanguage": Param("language", note="a language without a title falls back to the own one"),
        "property": Param(
            "code", note="`designation`, `lang.X`, `*` too; unknown ones are ignored", many=True
        ),
    },
)

SUBSUMES = Operation(
    "CodeSystem",
    "subsumes",
    {
        "codeA": Param("code"),
        "codeB": Param("code"),
        "system": Param("uri", note="needed with `codeA` and `codeB`, but not at an instance"),
        "version": Param("string"),
        "codingA": Param("Coding"),
        "codingB": Param("Coding"),
    },
)

_LANGUAGE_PROPERTY = "lang."


def resource(system: System) -> Json:
    """The CodeSystem resource, without its concepts: they are many, and the operations give them."""
    info = system.catalog.info
    made: Json = {
        "resourceType": "CodeSystem",
        "id": system.id,
        "language": info.lang,
        "url": system.uri,
        "version": system.version,
        "name": machine_name(system.name),
        "title": system.title,
        "status": "active",
        "experimental": False,
        "description": f"Read from {info.source}." if info.source else None,
        "copyright": info.licence or None,
        "caseSensitive": False,
        "valueSet": f"{system.uri}?fhir_vs",
        "hierarchyMeaning": "is-a",
        "compositional": False,
        "content": "not-present",
        "count": len(system.book),
        "filter": [
            {"code": name, "operator": list(operators), "value": "a code, a status, or true and false"}
            for name, operators in FILTERS.items()
        ],
        "property": [
            known_only(
                {"code": kind.code, "uri": kind.uri, "description": kind.description, "type": kind.type}
            )
            for kind in PROPERTIES
        ],
    }
    return known_only(made)


def machine_name(name: str) -> str:
    """``ICD-10-CM`` → ``ICD_10_CM``: letters, digits and underscores, a capital first."""
    kept = "".join(ch if ch.isascii() and ch.isalnum() else "_" for ch in name).strip("_")
    return kept[:1].upper() + kept[1:] if kept[:1].isalpha() else f"CS_{kept}"


def lookup(systems: Systems, given: Given, ident: str | None = None) -> Json:
    """Everything about one code.

    :param ident: id of the CodeSystem in the path; None at type level.
    :raises FhirError: when the code is not there, or it is not clear which is meant.
    """
    system, code = _asked_code(systems, given, ident)
    concept = system.concept(code)
    wanted = given.texts("property")
    languages = given.texts("displayLanguage")
    return parameters(
        [
            value("name", "String", system.name),
            value("version", "String", system.version),
            text("display", display(concept, languages)),
            value("code", "Code", concept.code),
            value("system", "Uri", system.uri),
            *(designation(label) for label in _designations(concept, wanted)),
            *(_property(found) for found in _properties(system, concept, wanted, languages)),
        ]
    )


def subsumes(systems: Systems, given: Given, ident: str | None = None) -> Json:
    """Whether one code stands above the other.

    :raises FhirError: when a code is not there, or the two are not of one code system.
    """
    named = given.one_of("codeA", "codingA"), given.one_of("codeB", "codingB")
    if named == ("codeA", "codeB"):
        system = _needed(systems.asked(given, ident, "system"))
        pair = [system.concept(given.needed(name)) for name in named]
    elif named == ("codingA", "codingB"):
        codings = [found for name in named if (found := given.coding(name)) is not None]
        named_system = systems.asked(given, ident, "system")
        system, other = (systems.of_coding(coding, named_system) for coding in codings)
        if system is not other:
            text = f"{system.canonical} and {other.canonical} are two code systems: give codings of one"
            raise FhirError("invalid", text)
        pair = [system.concept(_code_of(coding)) for coding in codings]
    else:
        raise FhirError("invalid", f"{' and '.join(named)} do not match: give two codes or two codings")
    return parameters([value("outcome", "Code", _relation(system, *pair))])


def designation(label: Label) -> Json:
    """A text of a concept as a parameter of ``$lookup``."""
    items = [
        value("language", "Code", label.lang),
        {"name": "use", "valueCoding": USES[label.role]},
        value("value", "String", label.text),
    ]
    return parts("designation", items) | origin(label.origin)


def _asked_code(systems: Systems, given: Given, ident: str | None) -> tuple[System, str]:
    if given.one_of("code", "coding") == "code":
        return _needed(systems.asked(given, ident, "system")), given.needed("code")
    coding = given.coding("coding")
    assert coding is not None
    return systems.of_coding(coding, systems.asked(given, ident, "system")), _code_of(coding)


def _code_of(coding: Coding) -> str:
    if coding.code is None:
        raise FhirError("required", "the coding has no code: give it")
    return coding.code


def _needed(system: System | None) -> System:
    if system is None:
        raise FhirError("required", "parameter 'system' is missing: give the URI of the code system")
    return system


def _designations(concept: Concept, wanted: Sequence[str]) -> Iterator[Label]:
    everything = not wanted or "*" in wanted or "designation" in wanted
    tags = [name.removeprefix(_LANGUAGE_PROPERTY) for name in wanted if name.startswith(_LANGUAGE_PROPERTY)]
    for label in concept.surfaces:
        if everything or any(speaks(label.lang, tag) for tag in tags):
            yield label


def _properties(
    system: System, concept: Concept, wanted: Sequence[str], languages: Sequence[str]
) -> Iterator[Property]:
    everything = not wanted or "*" in wanted
    for found in properties(system.catalog, concept, languages):
        if everything or found.code in wanted:
            yield found


def _property(found: Property) -> Json:
    kinds = {kind.code: kind.type for kind in PROPERTIES}
    made = parts(
        "property",
        [
            value("code", "Code", found.code),
            value("value", kinds[found.code].capitalize(), found.value),
            value("description", "String", found.description),
        ],
    )
    for name, code in (("inherited-from", found.inherited_from), ("completed", found.completed)):
        if code is not None:
            sub = [value("code", "Code", name), value("value", "Code", code)]
            made["part"].append(parts("subproperty", sub))
    return made


def _relation(system: System, first: Concept, second: Concept) -> str:
    if first.code == second.code:
        return "equivalent"
    if any(node.code == first.code for node in system.catalog.ancestors(second)):
        return "subsumes"
    if any(node.code == second.code for node in system.catalog.ancestors(first)):
        return "subsumed-by"
    return "not-subsumed"
