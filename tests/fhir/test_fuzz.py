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
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.parameters import Operation, read
from codilingua.fhir.selection import FILTERS
from codilingua.fhir.systems import Systems
from codilingua.search.engine import Search
from codilingua.types import Hit

Json = dict[str, Any]
URI = "http://hl7.org/fhir/sid/icd-10-cm"
NOW = datetime(2026, 11, 27, tzinfo=UTC)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)

LIKELY = st.sampled_from(
    ["I10", "S22.42", "S22.42XA", "9", "I20-I25", "i219", "Q99", URI, f"{URI}|April-2026", f"{URI}?fhir_vs",
     f"{URI}?fhir_vs=isa/I25", f"{URI}?fhir_vs=billable", f"{URI}?fhir_vs=isa/", "April 2026", "2019", "es", "true",
     "false", "0", "5", "-1", "costillas", "Angina", "", " ", "x" * 300, "\ud800", "\x00", "é", "a|b|c", "*",
     "parent", "lang.es", "designation", "=", "is-a", "in", "concept", "billable"]
)  # fmt: skip
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
    return st.fixed_dictionaries({}, optional=fields) | ANYTHING


CODING = element(system=LIKELY, version=LIKELY, code=LIKELY, display=LIKELY)
FILTER = element(
    property=st.sampled_from([*FILTERS]) | LIKELY,
    op=st.sampled_from(FILTERS["concept"]) | LIKELY,
    value=LIKELY,
)
CLAUSE = element(
    system=st.just(URI) | LIKELY,
    version=LIKELY,
    concept=st.lists(element(code=LIKELY, display=LIKELY), max_size=2),
    filter=st.lists(FILTER, max_size=2),
    valueSet=st.lists(LIKELY, max_size=2),
)
COMPOSE = element(include=st.lists(CLAUSE, max_size=3), exclude=st.lists(CLAUSE, max_size=1))
VALUE_SET = st.fixed_dictionaries(
    {"resourceType": st.just("ValueSet") | ANYTHING},
    optional={"compose": COMPOSE, "url": LIKELY, "name": LIKELY, "status": LIKELY, "language": LIKELY},
)


def parameter(operation: Operation) -> st.SearchStrategy[Any]:
    """One parameter, most often of a name that the operation takes and of the right kind of value."""
    name = st.sampled_from([*operation.params])
    return st.one_of(
        st.builds(
            lambda n, k, v: {"name": n, f"value{k}": v},
            name,
            st.sampled_from(["Code", "String", "Uri"]),
            LEAVES,
        ),
        st.builds(lambda n, v: {"name": n, "valueCoding": v}, name, CODING),
        st.builds(
            lambda n, v: {"name": n, "valueCodeableConcept": {"coding": v}},
            name,
            st.lists(CODING, max_size=2),
        ),
        st.builds(lambda n, v: {"name": n, "valueBoolean": v}, name, LEAVES),
        st.builds(lambda n, v: {"name": n, "valueInteger": v}, name, LEAVES),
        st.builds(lambda n, v: {"name": n, "resource": v}, name, VALUE_SET),
        ANYTHING,
    )


def body(operation: Operation) -> st.SearchStrategy[Any]:
    parameters = st.builds(
        lambda items: {"resourceType": "Parameters", "parameter": items},
        st.lists(parameter(operation), max_size=4),
    )
    return parameters | VALUE_SET | ANYTHING


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
            made = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}
            assert "\n" not in str(error)
        json.dumps(made, ensure_ascii=False, allow_nan=False).encode()
        if "compose" not in made:
            # The definition of a client's value set is given back as it came.
            valid(made)

    return run


IDENT = st.none() | st.just("part-of-icd-10-cm") | LIKELY


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda made: f"{made.resource}-{made.name}")
def test_bodies(attempt: Callable[..., None], operation: Operation) -> None:
    @QUICK
    @given(IDENT, body(operation))
    def check(ident: str | None, sent: object) -> None:
        attempt(operation, ident, [], json.dumps(sent).encode())

    check()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda made: f"{made.resource}-{made.name}")
def test_urls(attempt: Callable[..., None], operation: Operation) -> None:
    name = st.sampled_from([*operation.params])

    @QUICK
    @given(IDENT, st.lists(st.tuples(name, LIKELY | st.text(max_size=10)), max_size=5))
    def check(ident: str | None, pairs: list[tuple[str, str]]) -> None:
        attempt(operation, ident, pairs, b"")

    check()


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
        except FhirError as error:
            assert error.status == 406
        try:
            valid(bundle.search("CodeSystem", [resource(system)], pairs, "http://server/fhir"))
        except FhirError as error:
            valid(error.resource)

    check()
