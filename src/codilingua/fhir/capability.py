"""Code systems and where they are served in; the CapabilityStatement and TerminologyCapabilities out."""

from __future__ import annotations

from codilingua import __version__
from codilingua.fhir.bundle import SEARCHES
from codilingua.fhir.concepts import PROPERTIES
from codilingua.fhir.elements import wrong
from codilingua.fhir.expansion import EXPAND
from codilingua.fhir.operations import OPERATIONS
from codilingua.fhir.results import Json, known_only
from codilingua.fhir.selection import FILTERS
from codilingua.fhir.systems import System, Systems
from codilingua.fhir.vocabulary import FHIR_VERSION
from codilingua.types import LANGUAGES

_CHANGED = "2026-11-27"
"""When what the server can do changed last."""

_MODES = ("full", "normative", "terminology")
_SOFTWARE = {"name": "Codilingua", "version": __version__}
_TEXT_FILTER = (
    f"Semantic: text in {', '.join(LANGUAGES.values())} is ranked against titles, inclusion terms and "
    "synonyms in all of these languages; the best come first. What is written as a code is looked up as a "
    "code, with those below it."
)


def metadata(systems: Systems, base: str, mode: str | None) -> Json:
    """
    :param base: URL of the server, without a slash at the end.
    :param mode: ``full``, ``normative`` or ``terminology``; None for full.
    :raises FhirError: when the mode is none of these.
    """
    if mode is not None and mode not in _MODES:
        raise wrong("parameter 'mode'", mode, f"one of {', '.join(_MODES)}")
    return terminology(systems, base) if mode == "terminology" else capability(systems, base)


def capability(systems: Systems, base: str) -> Json:
    """The CapabilityStatement."""
    names = ", ".join(system.title for system in systems)
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{base}/metadata",
        "version": __version__,
        "name": "Codilingua",
        "title": "Codilingua terminology service",
        "status": "active",
        "date": _CHANGED,
        "kind": "instance",
        "software": _SOFTWARE,
        "implementation": {"description": f"Clinical-code search over {names}", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Read-only. Operations by GET and by POST of a Parameters resource.",
                "resource": [_resource(name) for name in SEARCHES],
            }
        ],
    }


def terminology(systems: Systems, base: str) -> Json:
    """The TerminologyCapabilities."""
    return {
        "resourceType": "TerminologyCapabilities",
        "url": f"{base}/metadata?mode=terminology",
        "version": __version__,
        "name": "Codilingua",
        "title": "Codilingua terminology service",
        "status": "active",
        "date": _CHANGED,
        "kind": "instance",
        "software": _SOFTWARE,
        "implementation": {"description": "Clinical-code search", "url": base},
        "lockedDate": False,
        "codeSystem": [_code_system(systems, uri) for uri in dict.fromkeys(system.uri for system in systems)],
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "incomplete": False,
            "parameter": [
                known_only({"name": name, "documentation": param.note or None})
                for name, param in EXPAND.params.items()
                if param.support != "out"
            ],
            "textFilter": _TEXT_FILTER,
        },
        "codeSearch": "all",
        "validateCode": {"translations": True},
        "translation": {"needsMap": True},
        "closure": {"translation": False},
    }


def _resource(name: str) -> Json:
    return {
        "type": name,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "searchParam": [{"name": param, "type": kind} for param, (kind, _) in SEARCHES[name].items()],
        "operation": [
            {"name": operation.name, "definition": operation.definition}
            for operation in OPERATIONS
            if operation.resource == name
        ],
    }


def _code_system(systems: Systems, uri: str) -> Json:
    editions = [system for system in systems if system.uri == uri]
    versions = [_version(system, number == 0) for number, system in enumerate(editions)]
    return {"uri": uri, "version": versions, "subsumption": True}


def _version(system: System, is_default: bool) -> Json:
    return known_only(
        {
            "code": system.version,
            "isDefault": is_default,
            "compositional": False,
            "language": list(LANGUAGES),
            "filter": [{"code": name, "op": list(operators)} for name, operators in FILTERS.items()],
            "property": [kind.code for kind in PROPERTIES],
        }
    )
