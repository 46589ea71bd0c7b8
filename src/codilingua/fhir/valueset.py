"""Code systems and the name of a value set in; the ValueSet resource that it stands for out.

Value sets are not stored. They are implied by the code systems: all codes, the billable ones, a code and what
is below it. A client may bring its own, as a resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from codilingua.fhir.codesystem import machine_name
from codilingua.fhir.compose import Members, members
from codilingua.fhir.elements import canonical_parts, shown, text_in
from codilingua.fhir.outcome import FhirError, not_found
from codilingua.fhir.parameters import Given
from codilingua.fhir.results import Json, known_only
from codilingua.fhir.systems import System, Systems

_ALL = "?fhir_vs"
_BILLABLE = f"{_ALL}=billable"
_BELOW = f"{_ALL}=isa/"
_ID_BILLABLE = "-billable"
_ID_BELOW = "-isa-"
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_KINDS = {
    "url": "uri", "version": "string", "name": "string", "title": "string", "language": "language",
}  # fmt: skip
_STATUSES = ("draft", "active", "retired", "unknown")


@dataclass(frozen=True, slots=True)
class Definition:
    """A value set: what is said about it, and what it is composed of, not checked yet.

    ``system`` is the code system that implies it, None where a client brought it.
    """

    about: Mapping[str, Any]
    compose: Mapping[str, Any] = field(repr=False)
    system: System | None = None

    @property
    def resource(self) -> Json:
        """The ValueSet resource."""
        return {**self.about, "compose": self.compose}

    @property
    def title(self) -> str:
        """How messages name it."""
        return str(self.about.get("url") or self.about.get("title") or "that was given")


def every(system: System) -> Definition:
    """All codes of a code system."""
    return _definition(system, _ALL, "", f"All codes of {system.title}", [])


def billable(system: System) -> Definition:
    """The codes that are complete as they stand."""
    wanted = [{"property": "billable", "op": "=", "value": "true"}]
    return _definition(system, _BILLABLE, _ID_BILLABLE, f"Billable codes of {system.title}", wanted)


def below(system: System, code: str) -> Definition:
    """A code and what is below it.

    :raises FhirError: when there is no such code.
    """
    concept = system.concept(code)
    wanted = [{"property": "concept", "op": "is-a", "value": concept.code}]
    title = f"{concept.code} {concept.title}, and the codes below it, in {system.title}"
    return _definition(system, _BELOW + concept.code, _ID_BELOW + concept.code, title, wanted)


def listed(systems: Systems, url: str | None = None) -> Iterator[Definition]:
    """The value sets that a search looks through: with a URL also the one that it implies."""
    for system in systems:
        yield every(system)
        yield billable(system)
    if url is not None and _BELOW in url:
        try:
            yield by_url(systems, url)
        except FhirError:
            # Not found, to a search, is one that finds nothing.
            return


def by_url(systems: Systems, url: str, version: str | None = None) -> Definition:
    """
    :param url: canonical URL, with or without ``|version``.
    :raises FhirError: when it implies no value set of a code system that is here.
    """
    plain, own_version = canonical_parts(url)
    uri, mark, _ = plain.partition(_ALL)
    if mark and systems.has(uri):
        system = systems.find(uri, own_version if version is None else version)
        rest = plain[len(uri) :]
        if rest == _ALL:
            return every(system)
        if rest == _BILLABLE:
            return billable(system)
        if rest.startswith(_BELOW) and rest != _BELOW:
            return below(system, rest.removeprefix(_BELOW))
    forms = " or ".join(f"{system.uri}{_ALL}" for system in systems)
    raise not_found(
        f"value set {shown(url)} is not here: there is {forms}, and those with =isa/CODE, =billable"
    )


def by_id(systems: Systems, ident: str) -> Definition:
    """:raises FhirError: when there is no ValueSet of that id."""
    # One system's id may be the beginning of another's.
    for system in sorted(systems, key=lambda system: -len(system.id)):
        if not ident.startswith(system.id):
            continue
        rest = ident.removeprefix(system.id)
        if not rest:
            return every(system)
        if rest == _ID_BILLABLE:
            return billable(system)
        if rest.startswith(_ID_BELOW):
            return below(system, rest.removeprefix(_ID_BELOW))
    raise not_found(f"ValueSet {shown(ident)} is not here: GET ValueSet lists those that are")


def asked(systems: Systems, given: Given, ident: str | None) -> Definition:
    """The value set that a request names or brings.

    :param ident: the id in the path; None at type level.
    :raises FhirError: when it names none, or one that is not here.
    """
    version = given.text("valueSetVersion")
    if ident is not None:
        found = by_id(systems, ident)
        other = given.text("url")
        if "valueSet" in given or (other is not None and canonical_parts(other)[0] != found.about["url"]):
            raise FhirError("invalid", f"the path names ValueSet/{ident}: leave the other value set out")
    elif given.one_of("url", "valueSet") == "valueSet":
        return _brought(given.resource("valueSet") or {})
    else:
        found = by_url(systems, given.needed("url"), version)
    if found.system is not None and not found.system.is_version(version):
        here = f"this is {found.system.version}"
        raise not_found(f"version {shown(version)} of {found.title} is not here: {here}")
    return found


def codes_of(systems: Systems, definition: Definition) -> Members:
    """:raises FhirError: as :func:`codilingua.fhir.compose.members`."""
    return members(systems, definition.compose, lambda url: by_url(systems, url).compose)


def _definition(system: System, form: str, suffix: str, title: str, wanted: list[Json]) -> Definition:
    ident = system.id + suffix
    include = known_only({"system": system.uri, "version": system.version, "filter": wanted or None})
    about = {
        "resourceType": "ValueSet",
        "id": ident if _ID.fullmatch(ident) else None,
        "url": system.uri + form,
        "version": system.version,
        "name": machine_name(system.name + suffix),
        "title": title,
        "status": "active",
        "experimental": False,
        "immutable": True,
        "copyright": system.catalog.info.licence or None,
    }
    return Definition(known_only(about), {"include": [include]}, system)


def _brought(resource: Mapping[str, Any]) -> Definition:
    """A value set that a client sent along. What is repeated of it in answers is checked here."""
    if "compose" not in resource:
        raise FhirError("required", "the ValueSet has no compose: say which codes it holds")
    about = {name: text_in(resource, name, kind, "ValueSet") for name, kind in _KINDS.items()}
    status = text_in(resource, "status", "code", "ValueSet")
    return Definition(
        {
            "resourceType": "ValueSet",
            **known_only(about),
            "status": status if status in _STATUSES else "unknown",
        },
        resource["compose"],
    )
