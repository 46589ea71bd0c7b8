"""Code systems over the small assets, a catalog of another system, and a check of what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("fhir.resources", reason="fhir.resources is not installed")
pytest.importorskip("fhirclient", reason="fhirclient is not installed")

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.fhir.expansion import EXPAND, TextQuery, expand
from codilingua.fhir.operations import RUNS
from codilingua.fhir.parameters import Operation, read
from codilingua.fhir.systems import Systems
from codilingua.search.engine import Search
from codilingua.types import Concept, Hit, Kind, Label, Status
from tests.fhir import checking

Json = dict[str, Any]
NOW = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def valid() -> Callable[[Json], Json]:
    """See :func:`tests.fhir.checking.valid`."""
    return checking.valid


@pytest.fixture(scope="session")
def systems(tiny: Search) -> Systems:
    """The small catalog alone, as a server has it."""
    return Systems([tiny.catalog])


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalog without URI and edition, in Spanish."""
    path = tmp_path_factory.mktemp("other") / "other.db"
    info = CatalogInfo("Códigos propios", "", "", "es", "own.csv", "")
    title = Label("Fiebre de Malta", "es", "synonym", "official")
    book = [
        Concept("F1", "Fiebre", Kind.CODE, Status.NEEDS_CHILD, None, None, "es"),
        Concept("F1-a", "Brucelosis", Kind.CODE, Status.BILLABLE, "F1", None, "es", labels=(title,)),
    ]
    write_catalog(path, info, book)
    with Catalog.open(path) as catalog:
        yield catalog


@pytest.fixture(scope="session")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """Another edition of the small catalog's system, with one code."""
    path = tmp_path_factory.mktemp("later") / "later.db"
    info = CatalogInfo(
        "ICD-10-CM", "http://hl7.org/fhir/sid/icd-10-cm", "October 2026", "en", "later.xml", ""
    )
    write_catalog(path, info, [Concept("I10", "Hypertension", Kind.CODE, Status.BILLABLE, None, None)])
    with Catalog.open(path) as catalog:
        yield catalog


@pytest.fixture(scope="session")
def several(tiny: Search, other: Catalog, later: Catalog) -> Systems:
    """Two editions of one system, and another system."""
    return Systems([tiny.catalog, later, other])


Ask = Callable[..., Json]


@pytest.fixture(scope="session")
def ask(systems: Systems, tiny: Search, valid: Callable[[Json], Json]) -> Ask:
    """Run an operation with parameters as they stand in a URL, or with a body that was posted."""

    def search(query: TextQuery) -> list[Hit]:
        return tiny(query.text, query.limit, query.filters)

    def run(
        operation: Operation,
        pairs: dict[str, Any] | None = None,
        body: object = None,
        ident: str | None = None,
        among: Systems = systems,
    ) -> Json:
        query = [(name, value) for name, values in (pairs or {}).items() for value in _many(values)]
        given = read(operation.params, query, body)
        if operation is EXPAND:
            return valid(expand(among, given, search, NOW, ident))
        return valid(RUNS[operation](among, given, ident))

    return run


@pytest.fixture(scope="session")
def values() -> Callable[[Json, str], list[Any]]:
    """The values of the parameters of a name; of a parameter with parts, a dictionary of theirs."""

    def found(resource: Json, name: str) -> list[Any]:
        return [_value(item) for item in resource.get("parameter", ()) if item["name"] == name]

    return found


def _value(item: Json) -> Any:
    if "part" in item:
        return {part["name"]: _value(part) for part in item["part"]}
    return next(value for key, value in item.items() if key.startswith("value"))


def _many(values: Any) -> Iterable[str]:
    return values if isinstance(values, list) else [values]
