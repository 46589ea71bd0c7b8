"""Whatever is sent, an answer of FHIR or an error that says what is wrong comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codilingua.errors import UsageError
from codilingua.fhir import bundle
from codilingua.fhir.codesystem import resource
from codilingua.fhir.expansion import EXPAND, TextQuery, expand
from codilingua.fhir.formats import check_format, languages, read_json
from codilingua.fhir.operations import OPERATIONS, RUNS
from codilingua.fhir.outcome import FhirError, outcome
from codilingua.fhir.parameters import Operation, read
from codilingua.fhir.selection import FILTERS
from codilingua.fhir.systems import Systems
from codilingua.search.engine import Search
from codilingua.types import Hit

Json = dict[str, Any]
URI = "http://hl7.org/fhir/sid/icd-10-cm"
NOW = datetime(2026, 11, 27, tzinfo=UTC)
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)

CODES = ["I10", "S22.42", "S22.42XA", "9", "I20-I25", "i219", "Q99", "parent", "designation", "es"]
URLS = [f"{URI}?fhir_vs", f"{URI}?fhir_vs=isa/I25", f"{URI}?fhir_vs=billable", f"{URI}?fhir_vs=isa/", "urn:x"]
SYSTEMS = [*[URI] * 6, f"{URI}|April-2026", f"{URI}|2019", "urn:x"]
TEXTS = ["costillas", "Angina", "I20", "I25.9", "April 2026", "x" * 3000, "€", "?", "urn:ietf:bcp:47|es"]
ODD = ["", " ", "2019", "true", "0", "-1", "lang.es", "*", "=", "is-a", "in", "a|b|c", "\x00", "\ud800"]
LIKELY = st.sampled_from([*CODES, *URLS, *SYSTEMS, *TEXTS, *ODD])
LEAVES = LIKELY | st.text(max_size=8) | st.booleans() | st.none() | st.integers() | st.floats(allow_nan=False)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | LIKELY, inner, max_size=3)
    ),
    max_leaves=6,
)


def element(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of these fields, now and then something else."""
    whole = st.fixed_dictionaries({}, optional=fields)
    return st.integers(0, 19).flatmap(lambda number: whole if number else ANYTHING)


CODING = element(
    system=st.sampled_from(SYSTEMS),
    version=st.sampled_from(["April 2026", "April 2026", "2019"]),
    code=st.sampled_from(CODES),
    display=st.sampled_from(TEXTS),
)
FILTER = element(
    property=st.sampled_from([*FILTERS]) | LIKELY,
    op=st.sampled_from(FILTERS["concept"]) | LIKELY,
    value=LIKELY,
)
CLAUSE = element(
    system=st.sampled_from(SYSTEMS),
    version=st.just("April 2026"),
    concept=st.lists(element(code=st.sampled_from(CODES[:3]), display=LIKELY), max_size=2),
    filter=st.lists(FILTER, max_size=2),
    valueSet=st.lists(st.sampled_from(URLS), min_size=1, max_size=2),
)
COMPOSE = element(include=st.lists(CLAUSE, max_size=3), exclude=st.lists(CLAUSE, max_size=1))
VALUE_SET = st.fixed_dictionaries(
    {"resourceType": st.just("ValueSet"), "compose": COMPOSE},
    optional={"url": st.sampled_from(URLS), "name": LIKELY, "status": LIKELY, "language": st.just("es")},
)


RIGHT: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "code": ("valueCode", st.sampled_from(CODES)),
    "language": ("valueCode", st.sampled_from(["es", "ca", "pt-BR", "de"])),
    "uri": ("valueUri", st.sampled_from(SYSTEMS)),
    "canonical": ("valueUri", st.sampled_from([*URLS, *SYSTEMS])),
    "string": ("valueString", st.sampled_from(TEXTS)),
    "boolean": ("valueBoolean", st.booleans()),
    "integer": ("valueInteger", st.integers(-1, 60)),
    "dateTime": ("valueDateTime", st.just("2026-01-01")),
    "Coding": ("valueCoding", CODING),
    "CodeableConcept": ("valueCodeableConcept", element(coding=st.lists(CODING, min_size=1, max_size=3))),
    "ValueSet": ("resource", VALUE_SET),
    "CodeSystem": ("resource", st.just({"resourceType": "CodeSystem"})),
    "ConceptMap": ("resource", st.just({"resourceType": "ConceptMap"})),
}


def right(operation: Operation) -> st.SearchStrategy[Any]:
    """Parameters that the operation takes, each of its type."""
    items = {}
    for name, param in operation.params.items():
        key, content = RIGHT[param.kind]
        items[name] = st.builds(
            lambda name, key, value: {"name": name, key: value}, st.just(name), st.just(key), content
        )
    names = [name for name, param in operation.params.items() if param.support != "out"]
    often = st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True)
    chosen = often.flatmap(lambda names: st.tuples(*(items[name] for name in names)))
    return chosen.map(lambda made: {"resourceType": "Parameters", "parameter": list(made)})


def wrong(operation: Operation) -> st.SearchStrategy[Any]:
    """Parameters with names that the operation takes, and anything for a value."""
    name = st.sampled_from([*operation.params])
    key = st.sampled_from([key for key, _ in RIGHT.values()])
    item = st.builds(lambda name, key, value: {"name": name, key: value}, name, key, ANYTHING) | ANYTHING
    made = st.lists(item, max_size=4).map(lambda items: {"resourceType": "Parameters", "parameter": items})
    return made | VALUE_SET | ANYTHING


@pytest.fixture(scope="module")
def attempt(systems: Systems, tiny: Search, valid: Callable[[Json], Json]) -> Callable[..., None]:
    """Run an operation; what comes of it is of FHIR, be it an answer or an OperationOutcome."""

    def search(query: TextQuery) -> list[Hit]:
        return tiny(query.text, query.limit, query.filters)

    def run(operation: Operation, ident: str | None, query: list[tuple[str, str]], posted: bytes) -> None:
        try:
            parameters = read(operation.params, query, read_json(None, posted))
            if operation is EXPAND:
                made = expand(systems, parameters, search, NOW, ident)
            else:
                made = RUNS[operation](systems, parameters, ident)
        except FhirError as error:
            made = error.resource
        except UsageError as error:
            # Of the search, about the text of a filter.
            made = outcome("error", "invalid", str(error))
        json.dumps(made, ensure_ascii=False, allow_nan=False).encode()
        if "compose" not in made:
            # The definition of a client's value set is given back as it came.
            valid(made)

    return run


IDENT = st.sampled_from([None, None, "part-of-icd-10-cm", "part-of-icd-10-cm-isa-I25", "x", "\ud800"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda made: f"{made.resource}-{made.name}")
def test_bodies(attempt: Callable[..., None], operation: Operation) -> None:
    @QUICK
    @given(IDENT, right(operation) | wrong(operation))
    def check(ident: str | None, sent: object) -> None:
        attempt(operation, ident, [], json.dumps(sent).encode())

    check()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda made: f"{made.resource}-{made.name}")
def test_urls(attempt: Callable[..., None], operation: Operation) -> None:
    good = right(operation).map(
        lambda made: [(item["name"], _written(item)) for item in made["parameter"] if "resource" not in item]
    )
    name = st.sampled_from([*operation.params])
    bad = st.lists(st.tuples(name, LIKELY | st.text(max_size=10)), max_size=4)

    @QUICK
    @given(IDENT, good | bad)
    def check(ident: str | None, pairs: list[tuple[str, str]]) -> None:
        attempt(operation, ident, pairs, b"")

    check()


def _written(item: Json) -> str:
    value = next(value for key, value in item.items() if key != "name")
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_compositions(attempt: Callable[..., None]) -> None:
    @QUICK
    @given(COMPOSE, st.none() | st.text(min_size=1, max_size=10) | LIKELY)
    def check(compose: object, text: str | None) -> None:
        sent = json.dumps({"resourceType": "ValueSet", "compose": compose}).encode()
        attempt(EXPAND, None, [("filter", text), ("count", "5")] if text else [("count", "5")], sent)

    check()


def test_bytes(attempt: Callable[..., None]) -> None:
    whole = json.dumps({"resourceType": "Parameters", "parameter": [{"name": "filter", "valueString": "é"}]})
    broken = st.builds(
        lambda cut, put: whole.encode()[:cut] + put, st.integers(0, len(whole)), st.binary(max_size=9)
    )

    @QUICK
    @given(st.binary(max_size=40) | broken)
    def check(sent: bytes) -> None:
        attempt(EXPAND, None, [], sent)

    check()


def test_searches_and_headers(systems: Systems, valid: Callable[[Json], Json]) -> None:
    (system,) = systems
    names = st.sampled_from(
        [*bundle.SEARCHES["CodeSystem"], *bundle.CONTROLS, "name:exact", "url:below", "x"]
    )

    @QUICK
    @given(
        st.lists(st.tuples(names, LIKELY.filter(lambda text: text != "\ud800")), max_size=4),
        st.text(max_size=30),
    )
    def check(pairs: list[tuple[str, str]], header: str) -> None:
        languages(header)
        try:
            check_format(None, header)
            valid(bundle.search("CodeSystem", [resource(system)], pairs, "http://server/fhir"))
        except FhirError as error:
            valid(error.resource)

    check()
