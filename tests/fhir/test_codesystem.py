"""CodeSystem resources, ``$lookup`` and ``$subsumes``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codilingua.fhir.codesystem import LOOKUP, SUBSUMES, machine_name, resource
from codilingua.fhir.concepts import PROPERTIES
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.systems import Systems
from codilingua.fhir.vocabulary import ORIGIN

Json = dict[str, Any]
Ask = Callable[..., Json]
Values = Callable[[Json, str], list[Any]]
URI = "http://hl7.org/fhir/sid/icd-10-cm"


def body(*parameters: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(parameters)}


def properties(values: Values, answer: Json, code: str) -> list[Any]:
    return [found["value"] for found in values(answer, "property") if found["code"] == code]


def test_the_resource(systems: Systems, several: Systems, valid: Callable[[Json], Json]) -> None:
    (system,) = systems
    made = valid(resource(system))
    assert (made["url"], made["version"], made["content"]) == (URI, "April-2026", "not-present")
    assert made["count"] == len(system.book)
    assert "concept" not in made
    for other in several:
        valid(resource(other))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("ICD-10-CM", "ICD_10_CM"), ("códigos", "C_digos"), ("10 códigos", "CS_10_c_digos"), ("", "CS_")],
)
def test_names_for_machines(name: str, wanted: str) -> None:
    assert machine_name(name) == wanted


def test_lookup(ask: Ask, values: Values) -> None:
    answer = ask(LOOKUP, {"system": URI, "code": "i219"})
    assert values(answer, "name") == ["Part of ICD-10-CM"]
    assert values(answer, "version") == ["April-2026"]
    assert values(answer, "display") == ["Acute myocardial infarction, unspecified"]
    assert values(answer, "code") == ["I21.9"]
    designations = values(answer, "designation")
    assert {found["language"] for found in designations} >= {"en", "es", "ca"}
    assert {found["use"]["code"] for found in designations} == {"title", "inclusion", "900000000000013009"}
    assert properties(values, answer, "parent") == ["I21"]
    assert properties(values, answer, "billable") == [True]
    assert properties(values, answer, "inactive") == [False]
    assert properties(values, answer, "billing-status") == ["billable"]
    assert properties(values, answer, "chapter") == ["9"]


def test_a_text_that_a_machine_made_says_so(ask: Ask) -> None:
    answer = ask(LOOKUP, {"system": URI, "code": "I21.9", "displayLanguage": "ca"})
    machine = [{"url": ORIGIN, "valueCode": "machine"}]
    (display,) = (item for item in answer["parameter"] if item["name"] == "display")
    assert display["extension"] == machine
    for item in answer["parameter"]:
        if item["name"] == "designation":
            parts = {part["name"]: part for part in item["part"]}
            official = parts["language"]["valueCode"] == "en" and parts["use"]["valueCoding"]["code"] in (
                "title",
                "inclusion",
            )
            assert item.get("extension") == (None if official else machine)


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [("ca", "ca"), ("es", "es"), ("es-MX", "es"), ("ES", "es"), ("en-GB", "en"), ("de", "en")],
)
def test_display_language(systems: Systems, ask: Ask, values: Values, lang: str, wanted: str) -> None:
    (system,) = systems
    titles = {
        label.lang: label.text for label in system.catalog.get("I21.9").surfaces if label.role == "title"
    }
    answer = ask(LOOKUP, {"system": URI, "code": "I21.9", "displayLanguage": lang})
    assert values(answer, "display") == [titles[wanted]]


def test_seventh_characters(ask: Ask, values: Values) -> None:
    answer = ask(LOOKUP, {"system": URI, "code": "S22.42"})
    assert properties(values, answer, "billing-status") == ["needs-7th-character"]
    assert properties(values, answer, "child") == [
        "S22.42XA", "S22.42XB", "S22.42XD", "S22.42XG", "S22.42XK", "S22.42XS",
    ]  # fmt: skip
    (first, *_) = (found for found in values(answer, "property") if found["code"] == "seventh-character")
    assert first["value"] == "A"
    assert first["description"] == "initial encounter for closed fracture"
    assert first["subproperty"] == {"code": "completed", "value": "S22.42XA"}


def test_a_complete_code(ask: Ask, values: Values) -> None:
    answer = ask(LOOKUP, {"system": URI, "code": "s2242xa"})
    assert values(answer, "code") == ["S22.42XA"]
    assert values(answer, "display")[0].endswith("left side, initial encounter for closed fracture")
    assert properties(values, answer, "parent") == ["S22.42"]
    assert properties(values, answer, "kind") == ["expansion"]


def test_a_chapter(ask: Ask, values: Values) -> None:
    answer = ask(LOOKUP, {"system": URI, "code": "9"})
    assert properties(values, answer, "parent") == []
    assert "I10-I1A" in properties(values, answer, "child")
    assert properties(values, answer, "notSelectable") == [True]


def test_notes_of_codes_above_hold_and_say_whence(systems: Systems, ask: Ask, values: Values) -> None:
    (system,) = systems
    noted = [concept for concept in system.catalog if concept.notes.excludes1 and concept.children]
    child = next(code for code in noted[-1].children if not system.catalog.get(code).notes.excludes1)
    found = [
        item for item in values(ask(LOOKUP, {"system": URI, "code": child}), "property")
        if item["code"] == "excludes1" and item["subproperty"]["value"] == noted[-1].code
    ]  # fmt: skip
    assert [item["value"] for item in found] == list(noted[-1].notes.excludes1)
    own = values(ask(LOOKUP, {"system": URI, "code": noted[-1].code}), "property")
    assert [item["value"] for item in own if item["code"] == "excludes1" and "subproperty" not in item]


@pytest.mark.parametrize(
    ("wanted", "designations", "codes"),
    [
        (["parent"], False, {"parent"}),
        (["parent", "billable", "nonsense"], False, {"parent", "billable"}),
        (["designation"], True, set()),
        (["lang.ca"], True, set()),
        (["lang.de"], False, set()),
        (["display"], False, set()),
    ],
)
def test_chosen_properties(
    ask: Ask, values: Values, wanted: list[str], designations: bool, codes: set[str]
) -> None:
    answer = ask(LOOKUP, {"system": URI, "code": "I21.9", "property": wanted})
    assert bool(values(answer, "designation")) is designations
    assert {found["code"] for found in values(answer, "property")} == codes
    if wanted == ["lang.ca"]:
        assert {found["language"] for found in values(answer, "designation")} == {"ca"}


def test_all_properties_are_declared(systems: Systems, ask: Ask, values: Values) -> None:
    (system,) = systems
    declared = {kind.code for kind in PROPERTIES}
    seen = set()
    for concept in system.catalog:
        answer = ask(LOOKUP, {"system": URI, "code": concept.code, "property": "*"})
        seen |= {found["code"] for found in values(answer, "property")}
    assert seen <= declared
    assert seen >= {"parent", "child", "includes", "excludes1", "excludes2", "seventh-character"}


def test_by_coding_and_by_instance(ask: Ask, values: Values) -> None:
    coding = {"system": URI, "version": "April 2026", "code": "I10"}
    posted = ask(LOOKUP, body=body({"name": "coding", "valueCoding": coding}))
    assert posted == ask(LOOKUP, {"code": "I10"}, ident="part-of-icd-10-cm")
    alone = body({"name": "coding", "valueCoding": {"code": "I10"}})
    assert posted == ask(LOOKUP, body=alone, ident="part-of-icd-10-cm")
    assert values(posted, "code") == ["I10"]


@pytest.mark.parametrize(
    ("pairs", "status", "wanted"),
    [
        ({"code": "I10"}, 400, "'system' is missing"),
        ({"system": URI}, 400, "code or coding is missing"),
        ({"system": URI, "code": "I25.9"}, 404, "I25.9 is not in"),
        ({"system": URI, "code": "I10", "version": "2019"}, 404, "version '2019'"),
        ({"system": "urn:x", "code": "I10"}, 404, "'urn:x' is not here"),
    ],
)
def test_lookups_that_fail(ask: Ask, pairs: dict[str, str], status: int, wanted: str) -> None:
    with pytest.raises(FhirError) as caught:
        ask(LOOKUP, pairs)
    assert caught.value.status == status
    assert wanted in str(caught.value)


def test_another_system(ask: Ask, several: Systems, values: Values) -> None:
    answer = ask(LOOKUP, {"system": "urn:codilingua:codigos-propios", "code": "F1-a"}, among=several)
    assert values(answer, "display") == ["Brucelosis"]
    assert values(answer, "version") == []
    edition = ask(LOOKUP, {"system": URI, "version": "October 2026", "code": "I10"}, among=several)
    assert values(edition, "display") == ["Hypertension"]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("S22", "S22.42", "subsumes"),
        ("S22.42XA", "S22", "subsumed-by"),
        ("S22.42", "S22.42XA", "subsumes"),
        ("19", "S22.42XA", "subsumes"),
        ("T14-T14", "T14", "subsumes"),
        ("I10", "i10", "equivalent"),
        ("S22.42XA", "S22.42XB", "not-subsumed"),
        ("S22.41", "S22.42XA", "not-subsumed"),
    ],
)
def test_subsumes(ask: Ask, values: Values, first: str, second: str, wanted: str) -> None:
    by_code = ask(SUBSUMES, {"system": URI, "codeA": first, "codeB": second})
    assert values(by_code, "outcome") == [wanted]
    codings = body(
        {"name": "codingA", "valueCoding": {"system": URI, "code": first}},
        {"name": "codingB", "valueCoding": {"system": URI, "code": second}},
    )
    assert ask(SUBSUMES, body=codings) == by_code
    assert ask(SUBSUMES, {"codeA": first, "codeB": second}, ident="part-of-icd-10-cm") == by_code


@pytest.mark.parametrize(
    ("pairs", "posted", "status", "wanted"),
    [
        ({"codeA": "I10", "codeB": "I20"}, None, 400, "'system' is missing"),
        ({"system": URI, "codeA": "I10"}, None, 400, "codeB or codingB is missing"),
        ({"system": URI, "codeA": "I10", "codeB": "Q99"}, None, 404, "Q99 is not in"),
        (
            {"system": URI, "codeA": "I10"},
            body({"name": "codingB", "valueCoding": {"system": URI, "code": "I20"}}),
            400,
            "do not match",
        ),
        (
            {},
            body(
                {"name": "codingA", "valueCoding": {"system": URI, "code": "I10"}},
                {
                    "name": "codingB",
                    "valueCoding": {"system": "urn:codilingua:codigos-propios", "code": "F1"},
                },
            ),
            400,
            "are two code systems",
        ),
        (
            {},
            body(
                {"name": "codingA", "valueCoding": {"system": URI, "code": "I10"}},
                {"name": "codingB", "valueCoding": {"system": URI}},
            ),
            400,
            "no code",
        ),
    ],
)
def test_subsumption_that_cannot_be_told(
    ask: Ask, several: Systems, pairs: dict[str, str], posted: Json | None, status: int, wanted: str
) -> None:
    with pytest.raises(FhirError) as caught:
        ask(SUBSUMES, pairs, posted, among=several)
    assert caught.value.status == status
    assert wanted in str(caught.value)
