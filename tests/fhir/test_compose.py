"""What value sets are composed of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from codilingua.fhir.compose import MAX_CLAUSES, MAX_CONCEPTS, members
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.selection import FILTERS, MAX_VALUES
from codilingua.fhir.systems import Systems
from codilingua.fhir.valueset import by_url

Json = dict[str, Any]
URI = "http://hl7.org/fhir/sid/icd-10-cm"
OTHER = "urn:codilingua:codigos-propios"


def codes(systems: Systems, compose: object) -> list[str]:
    found = members(systems, compose, lambda url: by_url(systems, url).compose)
    listed = [
        system.book.code(int(row)) for system, mask in found.masks.items() for row in np.flatnonzero(mask)
    ]
    assert found.total == len(listed)
    return listed


def including(*filters: tuple[str, str, str]) -> Json:
    wanted = [{"property": name, "op": operator, "value": value} for name, operator, value in filters]
    return {"include": [{"system": URI, "filter": wanted}]}


@pytest.fixture(scope="module")
def everything(systems: Systems) -> list[str]:
    return codes(systems, {"include": [{"system": URI}]})


def test_a_system_alone_is_all_its_codes(systems: Systems, everything: list[str]) -> None:
    (system,) = systems
    assert len(everything) == int(system.book.codes.sum())
    assert "S22.42XA" in everything
    assert "9" not in everything
    assert codes(systems, {"include": [{"system": URI, "version": "April 2026", "filter": []}]}) == everything


def test_listed_codes_come_in_the_order_of_the_book(systems: Systems) -> None:
    listed = [{"code": code} for code in ("S22.42XA", "I20.0", "I10", "I10")]
    assert codes(systems, {"include": [{"system": URI, "concept": listed}]}) == ["I10", "I20.0", "S22.42XA"]


Keep = Callable[[str], bool]


@pytest.mark.parametrize(
    ("wanted", "keep"),
    [
        (("concept", "is-a", "I25"), lambda code: code.startswith("I25")),
        (("code", "is-a", "i25"), lambda code: code.startswith("I25")),
        (("concept", "is-a", "9"), lambda code: code.startswith("I")),
        (("concept", "is-a", "S22.42XA"), lambda code: code == "S22.42XA"),
        (("concept", "descendent-of", "I25.1"), lambda code: code.startswith("I25.1") and code != "I25.1"),
        (("concept", "is-not-a", "9"), lambda code: not code.startswith("I")),
        (("concept", "generalizes", "I25.11"), lambda code: code in ("I25", "I25.1", "I25.11")),
        (("concept", "=", "I10"), lambda code: code == "I10"),
        (("concept", "=", "9"), lambda _: False),
        (("concept", "in", "I10, I20.0,S22.42XA"), lambda code: code in ("I10", "I20.0", "S22.42XA")),
        (("concept", "not-in", "I10"), lambda code: code != "I10"),
        (("parent", "=", "I20"), lambda code: code in ("I20.0", "I20.1", "I20.8", "I20.9")),
        (("parent", "in", "I10,S22"), lambda code: code == "S22.4"),
        (("chapter", "=", "9"), lambda code: code.startswith("I")),
        (("inactive", "=", "false"), lambda _: True),
        (("inactive", "=", "true"), lambda _: False),
    ],
)
def test_filters(systems: Systems, everything: list[str], wanted: tuple[str, str, str], keep: Keep) -> None:
    assert codes(systems, including(wanted)) == [code for code in everything if keep(code)]


def test_filters_by_what_a_code_needs(systems: Systems, everything: list[str]) -> None:
    (system,) = systems
    billable = [code for code in everything if system.catalog.get(code).billable]
    assert codes(systems, including(("billable", "=", "true"))) == billable
    assert codes(systems, including(("billing-status", "=", "billable"))) == billable
    rest = [code for code in everything if code not in billable]
    assert codes(systems, including(("billable", "=", "false"))) == rest
    statuses = "needs-7th-character,needs-more-specific-code"
    assert codes(systems, including(("billing-status", "in", statuses))) == rest


def test_filters_of_one_include_all_hold(systems: Systems) -> None:
    found = codes(systems, including(("concept", "is-a", "I25"), ("billable", "=", "true")))
    assert found == ["I25.110", "I25.111", "I25.112", "I25.118", "I25.119", "I25.2"]


def test_includes_add_and_excludes_take_out(systems: Systems) -> None:
    compose = including(("concept", "is-a", "I25.1")) | {
        "exclude": [{"system": URI, "filter": [{"property": "billable", "op": "=", "value": "true"}]}]
    }
    assert codes(systems, compose) == ["I25.1", "I25.11"]
    compose["include"].append({"system": URI, "concept": [{"code": "S22.4"}]})
    assert codes(systems, compose) == ["I25.1", "I25.11", "S22.4"]
    assert codes(systems, {"include": [], "exclude": []}) == []
    assert codes(systems, {}) == []


def test_value_sets_in_value_sets(systems: Systems) -> None:
    below, billable = f"{URI}?fhir_vs=isa/I25.1", f"{URI}?fhir_vs=billable"
    assert codes(systems, {"include": [{"valueSet": [below]}]}) == codes(
        systems, including(("concept", "is-a", "I25.1"))
    )
    wanted = ["I25.110", "I25.111", "I25.112", "I25.118", "I25.119"]
    assert codes(systems, {"include": [{"valueSet": [below, billable]}]}) == wanted
    with_system = {"system": URI, "filter": [{"property": "billable", "op": "=", "value": "true"}]}
    assert codes(systems, {"include": [{**with_system, "valueSet": [f"{below}|April-2026"]}]}) == wanted


def test_several_systems(several: Systems) -> None:
    compose = {"include": [{"system": f"{URI}|October-2026"}, {"system": OTHER}]}
    assert codes(several, compose) == ["I10", "F1", "F1-a"]
    compose["exclude"] = [{"system": OTHER, "concept": [{"code": "F1"}]}]
    assert codes(several, compose) == ["I10", "F1-a"]


@pytest.mark.parametrize(
    ("compose", "code", "wanted"),
    [
        (5, "structure", "compose is 5: give a JSON object"),
        ({"include": {}}, "structure", "compose.include is an object: give a JSON array"),
        ({"include": [5]}, "structure", "compose.include[0] is 5"),
        ({"include": [{}]}, "required", "compose.include[0] has no system"),
        ({"include": [{"valueSet": ["urn:x"], "filter": []}]}, "required", "has no system"),
        ({"include": [{"system": 5}]}, "value", "compose.include[0].system is 5"),
        ({"include": [{"system": "urn:x"}]}, "not-found", "'urn:x' is not here"),
        ({"include": [{"system": URI, "version": "1"}]}, "not-found", "version '1'"),
        ({"include": [{"system": URI, "concept": [], "filter": []}]}, "invariant", "concept and filter"),
        ({"include": [{"system": URI, "concept": [{}]}]}, "required", "concept[0] has no code"),
        (
            {"include": [{"system": URI, "concept": [{"code": f"Q{n}"} for n in range(10, 17)]}]},
            "code-invalid",
            "'Q10', 'Q11', 'Q12', 'Q13', 'Q14' and 2 more: not in Part of ICD-10-CM April 2026",
        ),
        ({"include": [{"system": URI, "concept": [{"code": "9"}]}]}, "code-invalid", "'9'"),
        ({"include": [{"system": URI, "concept": [{"code": "I219"}]}]}, "code-invalid", "'I219'"),
        ({"include": [{"valueSet": "urn:x"}]}, "structure", "valueSet is 'urn:x': give a JSON array"),
        ({"include": [{"valueSet": []}]}, "structure", "give a JSON array of URLs"),
        ({"include": [{"valueSet": ["urn:x"]}]}, "not-found", "value set 'urn:x' is not here"),
        ({"include": [{"valueSet": [5]}]}, "value", "valueSet[0] is 5"),
        ({"lockedDate": "2020"}, "not-supported", "lockedDate"),
        (including(("nonsense", "=", "x")), "not-supported", "selected by concept, parent"),
        (including(("concept", "regex", "(a+)+$")), "not-supported", "concept takes is-a"),
        (including(("billable", "=", "yes")), "value", "one of true, false"),
        (including(("billing-status", "=", "x")), "value", "one of billable, needs-7th-character"),
        (including(("chapter", "=", "I10")), "value", "give a chapter"),
        (including(("concept", "is-a", "Q99")), "not-found", "Q99 is not in"),
        (
            {"include": [{"system": URI, "filter": [{"op": "=", "value": "x"}]}]},
            "required",
            "has no property",
        ),
        (
            including(*[("concept", "is-a", "I10")] * MAX_CLAUSES),
            "too-costly",
            "includes, excludes and filters",
        ),
        (
            {"include": [{"valueSet": ["urn:x"] * MAX_CLAUSES}]},
            "too-costly",
            "includes, excludes and filters",
        ),
        (
            {"include": [{"system": URI, "concept": [{"code": "I10"}] * (MAX_CONCEPTS + 1)}]},
            "too-costly",
            "lists 20001 codes",
        ),
        (including(("concept", "in", ",".join(["I10"] * (MAX_VALUES + 1)))), "too-costly", "501 codes"),
    ],
)
def test_refused(systems: Systems, compose: object, code: str, wanted: str) -> None:
    with pytest.raises(FhirError) as caught:
        codes(systems, compose)
    assert caught.value.code == code
    assert wanted in str(caught.value)


def test_every_operator_that_is_declared_works(systems: Systems) -> None:
    values = {"billable": "true", "inactive": "false", "billing-status": "billable", "chapter": "9"}
    for name, operators in FILTERS.items():
        for operator in operators:
            codes(systems, including((name, operator, values.get(name, "I25"))))
