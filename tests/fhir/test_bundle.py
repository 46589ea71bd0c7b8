"""Searches among resources, their pages, and parts of resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from codilingua.fhir.bundle import SEARCHES, search, subset
from codilingua.fhir.codesystem import resource
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.systems import Systems
from codilingua.fhir.valueset import listed

Json = dict[str, Any]
Valid = Callable[[Json], Json]
BASE = "http://server/coding/fhir"
EVERY = ["part-of-icd-10-cm", "icd-10-cm", "codigos-propios"]
URI = "http://hl7.org/fhir/sid/icd-10-cm"


@pytest.fixture(scope="module")
def found(several: Systems, valid: Valid) -> Callable[..., Json]:
    resources = {
        "CodeSystem": [resource(system) for system in several],
        "ValueSet": [definition.resource for definition in listed(several)],
        "ConceptMap": [],
    }

    def run(name: str, *pairs: tuple[str, str], strict: bool = False) -> Json:
        return valid(search(name, resources[name], pairs, BASE, strict))

    return run


Found = Callable[..., Json]


def ids(bundle: Json) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


def link(bundle: Json, relation: str) -> str | None:
    return next((item["url"] for item in bundle["link"] if item["relation"] == relation), None)


def test_everything(found: Found) -> None:
    bundle = found("CodeSystem")
    assert bundle["total"] == 3
    assert ids(bundle) == EVERY
    assert bundle["entry"][1]["fullUrl"] == f"{BASE}/CodeSystem/icd-10-cm"
    assert link(bundle, "self") == f"{BASE}/CodeSystem"
    assert found("ValueSet")["total"] == 6
    assert found("ConceptMap")["total"] == 0


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("_id", "icd-10-cm", ["icd-10-cm"]),
        ("_id", "icd-10-cm,codigos-propios", ["icd-10-cm", "codigos-propios"]),
        ("url", URI, ["part-of-icd-10-cm", "icd-10-cm"]),
        ("system", URI, ["part-of-icd-10-cm", "icd-10-cm"]),
        ("url", "http://hl7.org/fhir/sid", []),
        ("version", "october-2026", ["icd-10-cm"]),
        ("name", "icd", ["icd-10-cm"]),
        ("name:exact", "icd_10_cm", []),
        ("name:exact", "ICD_10_CM", ["icd-10-cm"]),
        ("title:contains", "icd", ["part-of-icd-10-cm", "icd-10-cm"]),
        ("status", "http://hl7.org/fhir/publication-status|active", EVERY),
        ("status", "retired", []),
        ("nonsense", "x", EVERY),
    ],
)
def test_parameters(found: Found, name: str, value: str, wanted: list[str]) -> None:
    assert ids(found("CodeSystem", (name, value))) == wanted


def test_several_parameters_all_hold(found: Found) -> None:
    assert ids(found("CodeSystem", ("url", URI), ("version", "October-2026"))) == ["icd-10-cm"]
    assert ids(found("CodeSystem", ("_id", "icd-10-cm"), ("_id", "codigos-propios"))) == []


def test_links_tell_what_was_understood(found: Found) -> None:
    bundle = found("CodeSystem", ("url", URI), ("nonsense", "x"), ("name", ""))
    url = link(bundle, "self")
    assert url is not None
    assert parse_qsl(urlsplit(url).query) == [("url", URI)]


def test_pages(found: Found) -> None:
    whole = ids(found("ValueSet"))
    bundle = found("ValueSet", ("_count", "4"))
    seen = ids(bundle)
    assert link(bundle, "previous") is None
    following = link(bundle, "next")
    assert following is not None
    bundle = found("ValueSet", *parse_qsl(urlsplit(following).query))
    assert [*seen, *ids(bundle)] == whole
    assert link(bundle, "next") is None
    back = link(bundle, "previous")
    assert back is not None
    assert ids(found("ValueSet", *parse_qsl(urlsplit(back).query))) == seen
    assert ids(found("ValueSet", ("_offset", "99"))) == []


@pytest.mark.parametrize("pair", [("_count", "0"), ("_summary", "count")])
def test_the_number_alone(found: Found, pair: tuple[str, str]) -> None:
    bundle = found("ValueSet", pair)
    assert bundle["total"] == 6
    assert "entry" not in bundle


@pytest.mark.parametrize(
    ("pair", "strict", "wanted"),
    [
        (("_count", "x"), False, "give a whole number"),
        (("_count", "-1"), False, "give a whole number"),
        (("_count", "²"), False, "give a whole number"),
        (("_summary", "all"), False, "one of true, false"),
        (("url:below", URI), False, "leave its modifier out"),
        (("name:soundex", "x"), False, "leave its modifier out"),
        (("nonsense", "x"), True, "search by _id, url"),
    ],
)
def test_refused(found: Found, pair: tuple[str, str], strict: bool, wanted: str) -> None:
    with pytest.raises(FhirError, match=wanted):
        found("CodeSystem", pair, strict=strict)


def test_strict_takes_what_is_known(found: Found) -> None:
    pairs = [(name, "icd-10-cm") for name in SEARCHES["CodeSystem"]]
    found("CodeSystem", *pairs, ("_count", "1"), ("_format", "json"), strict=True)


@pytest.mark.parametrize(
    ("pairs", "inside", "outside"),
    [
        ([("_summary", "true")], {"url", "content", "property"}, {"copyright", "description"}),
        ([("_summary", "text")], {"status", "content"}, {"url", "property"}),
        ([("_elements", "CodeSystem.title, version")], {"title", "version", "content"}, {"url"}),
        ([("_summary", "data")], {"copyright", "description"}, {"meta"}),
        ([("_summary", "false")], {"copyright", "description"}, {"meta"}),
        ([], {"copyright"}, {"meta"}),
    ],
)
def test_parts_of_a_resource(
    systems: Systems, valid: Valid, pairs: list[tuple[str, str]], inside: set[str], outside: set[str]
) -> None:
    (system,) = systems
    made = valid(subset(resource(system), pairs))
    assert inside <= set(made)
    assert outside.isdisjoint(made)
    assert ("meta" in made) is (made != resource(system))
