"""Open catalogs in; the code systems that they are to FHIR, found by URI and version or by id, out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from threading import Lock

from codilingua.catalog.catalog import Catalog
from codilingua.errors import UnknownCode
from codilingua.fhir.book import Book
from codilingua.fhir.elements import Coding, canonical_parts, shown
from codilingua.fhir.outcome import FhirError, not_found
from codilingua.fhir.parameters import Given
from codilingua.text import clean, fold
from codilingua.types import Concept

_ID = re.compile(r"[^a-z0-9]+")
_LONGEST_ID = 30
"""The ids of value sets begin with a system's and have to stay below 65 characters."""


class System:
    """One edition of a code system.

    ``uri`` is its canonical URI and ``id`` the id of its CodeSystem resource. ``version`` is the edition,
    with hyphens for spaces since it stands in URLs; None where the catalog names none. A catalog that states
    no URI gets one of its own, made of its name, so that its codes are never taken for another system's.
    """

    def __init__(self, catalog: Catalog, ident: str) -> None:
        info = catalog.info
        self.catalog = catalog
        self.id = ident
        self.uri = "".join(info.system.split()) or f"urn:codilingua:{ident}"
        self.version = _in_url(info.edition) or None
        self.name = clean(info.name) or ident
        self.title = f"{self.name} {clean(info.edition)}".rstrip()
        self._book: Book | None = None
        self._lock = Lock()

    @property
    def canonical(self) -> str:
        """URI and version, as ``uri|version``."""
        return self.uri if self.version is None else f"{self.uri}|{self.version}"

    @property
    def book(self) -> Book:
        """Its rows; made when first asked for."""
        with self._lock:
            if self._book is None:
                self._book = Book(self.catalog)
            return self._book

    def concept(self, code: str) -> Concept:
        """A code, written as people write it.

        :raises FhirError: when there is no such code; the message tells what is near by.
        """
        try:
            return self.catalog.get(code)
        except UnknownCode as error:
            raise not_found(str(error)) from error

    def is_version(self, version: str | None) -> bool:
        """Whether this is the version that is asked for; True where none is."""
        return version is None or _in_url(version).casefold() == (self.version or "").casefold()


class Systems:
    """The code systems that are served. Where no version is asked for, the first of a URI answers."""

    def __init__(self, catalogs: Sequence[Catalog]) -> None:
        self._systems: list[System] = []
        for catalog in catalogs:
            self._systems.append(System(catalog, self._free_id(catalog)))

    def __iter__(self) -> Iterator[System]:
        return iter(self._systems)

    def has(self, uri: str) -> bool:
        """Whether any version of it is here."""
        return any(system.uri == uri for system in self._systems)

    def find(self, uri: str, version: str | None = None) -> System:
        """
        :param uri: with or without ``|version``.
        :raises FhirError: when there is no such code system, or not in that version.
        """
        uri, own_version = canonical_parts(uri)
        if version is not None and own_version is not None and version != own_version:
            raise FhirError("invalid", f"versions {shown(own_version)} and {shown(version)}: give one")
        wanted = version if own_version is None else own_version
        editions = [system for system in self._systems if system.uri == uri]
        if not editions:
            known = ", ".join(dict.fromkeys(system.uri for system in self._systems))
            raise not_found(f"code system {shown(uri)} is not here: there is {known}")
        for system in editions:
            if system.is_version(wanted):
                return system
        here = ", ".join(repr(system.version) for system in editions)
        raise not_found(f"version {shown(wanted)} of {uri} is not here: there is {here}")

    def by_id(self, ident: str) -> System:
        """:raises FhirError: when there is no CodeSystem of that id."""
        for system in self._systems:
            if system.id == ident:
                return system
        raise not_found(f"CodeSystem {shown(ident)} is not here: GET CodeSystem lists those that are")

    def of_coding(self, coding: Coding, named: System | None = None) -> System:
        """
        :param named: the code system that the request names beside the coding, if any.
        :raises FhirError: when the coding names none, one that is not here, or another than ``named``.
        """
        if named is not None:
            if coding.system in (None, named.uri) and named.is_version(coding.version):
                return named
            text = f"the coding is of {shown(coding.system)}, not of {named.canonical}: give one of the two"
            raise FhirError("invalid", text)
        if coding.system is None:
            raise FhirError("required", "the coding has no system: give the URI of its code system")
        return self.find(coding.system, coding.version)

    def asked(self, given: Given, ident: str | None, *names: str) -> System | None:
        """The system that a request names: by its path, or by one of these parameters.

        :param ident: the id in the path, None at type level.
        :param names: parameters that hold a URI; ``version`` says which version.
        :return: None where nothing names one.
        :raises FhirError: when the system is not here, or path and parameters contradict each other.
        """
        uri = next((uri for name in names if (uri := given.text(name)) is not None), None)
        version = given.text("version")
        if ident is None:
            return None if uri is None else self.find(uri, version)
        system = self.by_id(ident)
        if self.find(system.uri if uri is None else uri, version or system.version) is not system:
            raise FhirError(
                "invalid", f"CodeSystem/{ident} is {system.canonical}: leave the other system out"
            )
        return system

    def _free_id(self, catalog: Catalog) -> str:
        """``icd-10-cm``; with the edition behind it where that is taken."""
        taken = {system.id for system in self._systems}
        base = _slug(catalog.info.name) or "codes"
        edition = _slug(f"{catalog.info.name} {catalog.info.edition}") or base
        numbered = (f"{edition}-{number}" for number in range(2, len(taken) + 3))
        return next(ident for ident in (base, edition, *numbered) if ident not in taken)


def _in_url(edition: str) -> str:
    return "-".join(clean(edition).replace("|", " ").split())


def _slug(name: str) -> str:
    return _ID.sub("-", fold(name)).strip("-")[:_LONGEST_ID].rstrip("-")
