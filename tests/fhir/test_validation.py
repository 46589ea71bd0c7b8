"""``$validate-code`` of code systems and value sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codilingua.fhir.outcome import FhirError
from codilingua.fhir.systems import Systems
from codilingua.fhir.validation import IN_SYSTEM, IN_VALUE_SET
from codilingua.types import Kind

Json = dict[str, Any]
Ask = Callable[..., Json]
Values = Callable[[Json, str], list[Any]]
URI = "http://hl7.org/fhir/sid/icd-10-cm"


def body(*parameters: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(parameters)}


def concept(*codings: Json) -> Json:
    return body({"name": "codeableConcept", "valueCodeableConcept": {"coding": list(codings)}})


@pytest.fixture(scope="module")
def told(values: Values) -> Callable[[Json], tuple[bool, str]]:
    def read(answer: Json) -> tuple[bool, str]:
        (result,) = values(answer, "result")
        return result, "".join(values(answer, "message"))

    return read


Told = Callable[[Json], tuple[bool, str]]


@pytest.mark.parametrize("code", ["I10", "i10", "S22.42XA", "s22.42xa"])
def test_valid(ask: Ask, told: Told, code: str) -> None:
    assert told(ask(IN_SYSTEM, {"url": URI, "code": code})) == (True, "")
    assert told(ask(IN_SYSTEM, {"system": f"{URI}|April-2026", "code": code})) == (True, "")
    assert told(ask(IN_SYSTEM, {"code": code}, ident="part-of-icd-10-cm")) == (True, "")


def test_the_answer_names_the_code(systems: Systems, ask: Ask, values: Values) -> None:
    answer = ask(IN_SYSTEM, {"url": URI, "code": "i10", "displayLanguage": "ca"})
    assert [values(answer, name) for name in ("code", "system", "version")] == [
        ["I10"],
        [URI],
        ["April-2026"],
    ]
    (system,) = systems
    titles = [label for label in system.catalog.get("I10").labels if label.role == "title"]
    assert values(answer, "display") == [next(title.text for title in titles if title.lang == "ca")]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("I25.9", "I25.9 is not in Part of ICD-10-CM April 2026"),
        ("S22.42XZ", "S22.42 takes 7th characters"),
        ("I219", "'I219' is written I21.9"),
        ("I21 9", "is written I21.9"),
        ("9", "9 is a chapter of Part of ICD-10-CM April 2026, not a code"),
        ("S20-S29", "is a section of"),
        ("?", "is not a code"),
    ],
)
def test_not_valid(ask: Ask, told: Told, code: str, wanted: str) -> None:
    result, message = told(ask(IN_SYSTEM, {"url": URI, "code": code}))
    assert result is False
    assert wanted in message


def test_the_right_writing_is_told(ask: Ask, values: Values) -> None:
    assert values(ask(IN_SYSTEM, {"url": URI, "code": "I219"}), "code") == ["I21.9"]


def test_headings_where_they_may_stand(ask: Ask, told: Told) -> None:
    assert told(ask(IN_SYSTEM, {"url": URI, "code": "S20-S29", "abstract": "true"})) == (True, "")


@pytest.mark.parametrize(
    ("code", "wanted"), [("S22.42", "takes a 7th character"), ("I25", "more specific codes")]
)
def test_what_it_takes_to_be_billed_is_a_hint(ask: Ask, told: Told, code: str, wanted: str) -> None:
    result, message = told(ask(IN_SYSTEM, {"url": URI, "code": code}))
    assert result is True
    assert wanted in message


def test_every_text_of_a_code_is_a_display(systems: Systems, ask: Ask, told: Told) -> None:
    (system,) = systems
    found = system.catalog.get("I21.9")
    assert {label.lang for label in found.surfaces} == {"en", "es", "ca", "it", "pt", "fr"}
    for label in found.surfaces:
        result, message = told(ask(IN_SYSTEM, {"url": URI, "code": "I21.9", "display": label.text}))
        assert result is True
        official_title = label.role == "title" and label.origin == "official"
        assert bool(message) is not official_title
        assert official_title or label.role in message


def test_case_accents_and_spaces_of_a_display_do_not_matter(ask: Ask, told: Told) -> None:
    sent = "  ACUTE   myocardial infarctión, unspecified"
    assert told(ask(IN_SYSTEM, {"url": URI, "code": "I21.9", "display": sent})) == (True, "")


def test_a_wrong_display(ask: Ask, told: Told, values: Values) -> None:
    answer = ask(IN_SYSTEM, {"url": URI, "code": "I21.9", "display": "Angina"})
    result, message = told(answer)
    assert result is False
    assert (
        message == "display 'Angina' is no text of I21.9, which is 'Acute myocardial infarction, unspecified'"
    )
    assert values(answer, "display") == ["Acute myocardial infarction, unspecified"]


def test_codings(ask: Ask, told: Told) -> None:
    def check(coding: Json, **named: str) -> tuple[bool, str]:
        return told(ask(IN_SYSTEM, named, body({"name": "coding", "valueCoding": coding})))

    assert check({"system": URI, "code": "I10"}) == (True, "")
    assert check({"code": "I10"}, url=URI) == (True, "")
    assert check({"system": URI, "code": "I10", "display": "Angina"})[0] is False
    assert check({"system": URI, "code": "I10"}, display="Angina")[0] is False
    with pytest.raises(FhirError, match="no system"):
        check({"code": "I10"})
    with pytest.raises(FhirError, match="no code"):
        check({"system": URI})
    with pytest.raises(FhirError, match="give one of the two"):
        check({"system": "urn:x", "code": "I10"}, url=URI)
    with pytest.raises(FhirError, match="'urn:x' is not here"):
        check({"system": "urn:x", "code": "I10"})


def test_a_concept_holds_where_one_coding_does(ask: Ask, told: Told) -> None:
    good, bad = {"system": URI, "code": "I10"}, {"system": URI, "code": "I25.9"}
    foreign, bare = {"system": "urn:x", "code": "I10"}, {"code": "I10"}
    for operation, named in ((IN_SYSTEM, {}), (IN_VALUE_SET, {"url": f"{URI}?fhir_vs"})):
        assert told(ask(operation, named, concept(bare, foreign, bad, good))) == (True, "")
        result, message = told(ask(operation, named, concept(bare, foreign, bad)))
        assert result is False
        assert all(word in message for word in ("no system", "'urn:x'", "I25.9 is not in"))
    assert told(ask(IN_SYSTEM, {"url": URI}, concept(bare)))[0] is True
    assert told(ask(IN_SYSTEM, {"url": URI}, concept({"system": URI})))[0] is False


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ({"code": "I10"}, "'url' is missing"),
        ({"url": URI}, "code, coding or codeableConcept is missing"),
        ({"url": "urn:x", "code": "I10"}, "'urn:x' is not here"),
        ({"url": URI, "code": "I10", "version": "1"}, "version '1'"),
    ],
)
def test_what_cannot_be_told(ask: Ask, pairs: dict[str, str], wanted: str) -> None:
    with pytest.raises(FhirError, match=wanted):
        ask(IN_SYSTEM, pairs)


@pytest.mark.parametrize(
    ("url", "code", "is_member"),
    [
        ("?fhir_vs", "I10", True),
        ("?fhir_vs", "S22.42XA", True),
        ("?fhir_vs", "9", False),
        ("?fhir_vs=isa/S22", "S22", True),
        ("?fhir_vs=isa/S22", "S22.42XA", True),
        ("?fhir_vs=isa/S22", "I10", False),
        ("?fhir_vs=billable", "S22.42", False),
        ("?fhir_vs=billable", "S22.42XA", True),
        ("?fhir_vs=isa/9", "I10", True),
        ("?fhir_vs", "I25.9", False),
    ],
)
def test_members(ask: Ask, told: Told, url: str, code: str, is_member: bool) -> None:
    answer = ask(IN_VALUE_SET, {"url": URI + url, "system": URI, "code": code})
    assert told(answer)[0] is is_member
    coding = body({"name": "coding", "valueCoding": {"system": URI, "code": code}})
    assert ask(IN_VALUE_SET, {"url": URI + url}, coding) == answer


def test_every_code_is_in_the_set_of_all(systems: Systems, ask: Ask, told: Told) -> None:
    (system,) = systems
    for found in system.catalog:
        answer = told(ask(IN_VALUE_SET, {"code": found.code, "system": URI}, ident=system.id))
        assert answer[0] is (found.kind is Kind.CODE)


def test_codes_of_another_system_are_not_members(ask: Ask, told: Told) -> None:
    answer = told(ask(IN_VALUE_SET, {"url": f"{URI}?fhir_vs", "system": "http://loinc.org", "code": "1-8"}))
    assert answer == (False, f"no code of 'http://loinc.org' is in the value set {URI}?fhir_vs")


def test_a_value_set_that_is_sent_along(ask: Ask, told: Told) -> None:
    value_set = {
        "resourceType": "ValueSet",
        "status": "draft",
        "compose": {"include": [{"system": URI, "concept": [{"code": "I10", "display": "High pressure"}]}]},
    }

    def check(code: str, display: str) -> tuple[bool, str]:
        pairs = {"system": URI, "code": code, "display": display}
        return told(ask(IN_VALUE_SET, pairs, body({"name": "valueSet", "resource": value_set})))

    assert check("I10", "high pressure") == (True, "")
    assert check("I10", "low pressure")[0] is False
    assert check("I20.0", "Unstable angina") == (False, "I20.0 is not in the value set that was given")


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ({"url": f"{URI}?fhir_vs", "code": "I10"}, "'system' is missing"),
        ({"system": URI, "code": "I10"}, "url or valueSet is missing"),
        ({"url": f"{URI}?fhir_vs", "system": URI, "code": "I10", "systemVersion": "1"}, "version '1'"),
        ({"url": f"{URI}?fhir_vs", "system": URI, "code": "I10", "valueSetVersion": "1"}, "version '1'"),
        ({"url": "urn:x", "system": URI, "code": "I10"}, "value set 'urn:x' is not here"),
        ({"url": f"{URI}?fhir_vs=isa/Q99", "system": URI, "code": "I10"}, "Q99 is not in"),
    ],
)
def test_membership_that_cannot_be_told(ask: Ask, pairs: dict[str, str], wanted: str) -> None:
    with pytest.raises(FhirError, match=wanted):
        ask(IN_VALUE_SET, pairs)


def test_editions_are_not_mixed(several: Systems, ask: Ask, told: Told) -> None:
    october = {"valueSetVersion": "October 2026", "url": f"{URI}?fhir_vs", "code": "I21.9", "system": URI}
    assert told(ask(IN_VALUE_SET, october | {"systemVersion": "October 2026"}, among=several))[0] is False
    assert told(ask(IN_VALUE_SET, october, among=several))[0] is False
    april = october | {"valueSetVersion": "April 2026"}
    assert told(ask(IN_VALUE_SET, april, among=several))[0] is True
