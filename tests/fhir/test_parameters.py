"""What an operation is given, by URL and by body."""

from __future__ import annotations

from typing import Any

import pytest

from codilingua.fhir.codesystem import LOOKUP, SUBSUMES
from codilingua.fhir.elements import CodeableConcept, Coding
from codilingua.fhir.expansion import EXPAND
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.parameters import Given, Operation, read
from codilingua.fhir.validation import IN_SYSTEM


def body(*parameters: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(parameters)}


def refused(operation: Operation, query: list[tuple[str, str]], posted: object = None) -> FhirError:
    with pytest.raises(FhirError) as caught:
        read(operation.params, query, posted)
    assert "\n" not in str(caught.value)
    return caught.value


def test_url_and_body_say_the_same() -> None:
    by_url = read(LOOKUP.params, [("code", "I10"), ("system", "urn:x"), ("property", "a"), ("property", "b")])
    posted = body(
        {"name": "code", "valueCode": "I10"},
        {"name": "system", "valueUri": "urn:x"},
        {"name": "property", "valueCode": "a"},
        {"name": "property", "valueCode": "b"},
    )
    assert by_url == read(LOOKUP.params, [], posted)
    assert (by_url.text("code"), by_url.texts("property")) == ("I10", ("a", "b"))
    assert by_url.text("version") is None


def test_part_in_the_url_and_part_in_the_body() -> None:
    given = read(EXPAND.params, [("count", "5")], body({"name": "filter", "valueString": "x"}))
    assert (given.number("count"), given.text("filter")) == (5, "x")


def test_every_kind_of_value() -> None:
    coding = {"system": "urn:x", "version": "1", "code": "A", "display": "a", "userSelected": True}
    posted = body(
        {"name": "coding", "valueCoding": coding},
        {"name": "codeableConcept", "valueCodeableConcept": {"coding": [coding, {"code": "B"}], "text": "t"}},
        {"name": "abstract", "valueBoolean": True},
        {"name": "displayLanguage", "valueCode": "pt-BR"},
    )
    given = read(IN_SYSTEM.params, [], posted)
    first = Coding("urn:x", "1", "A", "a")
    assert given.coding("coding") == first
    assert given.concept("codeableConcept") == CodeableConcept((first, Coding(None, None, "B", None)))
    assert given.flag("abstract") is True
    assert given.flag("display") is False


@pytest.mark.parametrize(
    "kind", ["valueString", "valueCode", "valueUri", "valueCanonical", "valueUrl", "valueId"]
)
def test_texts_may_come_as_any_kind_of_text(kind: str) -> None:
    assert read(LOOKUP.params, [], body({"name": "system", kind: "urn:x"})).text("system") == "urn:x"


def test_what_is_not_declared_is_ignored() -> None:
    given = read(LOOKUP.params, [("_format", "json"), ("x", "1")], body({"name": "y", "valueRatio": {}}))
    assert given == Given({})


def test_an_empty_field_of_a_form_is_none() -> None:
    assert "filter" not in read(EXPAND.params, [("filter", "")])


def test_one_resource_may_be_the_body() -> None:
    resource = {"resourceType": "ValueSet", "compose": {}}
    given = read(EXPAND.params, [("count", "1")], resource)
    assert given.resource("valueSet") == resource
    assert given.number("count") == 1


@pytest.mark.parametrize(
    ("operation", "name", "value", "wanted"),
    [
        (EXPAND, "count", "many", "whole number"),
        (EXPAND, "count", "1.5", "whole number"),
        (EXPAND, "count", "1234567890", "up to nine digits"),
        (EXPAND, "activeOnly", "yes", "true or false"),
        (EXPAND, "displayLanguage", "Spanish!", "such as es"),
        (EXPAND, "filter", "   ", "not blank"),
        (EXPAND, "filter", "a\x00b", "not blank"),
        (LOOKUP, "code", " I10", "without spaces"),
        (LOOKUP, "system", "http://a b", "without spaces"),
        (LOOKUP, "coding", "urn:x|I10", "POST"),
        (EXPAND, "valueSet", "{}", "POST"),
    ],
)
def test_wrong_in_the_url(operation: Operation, name: str, value: str, wanted: str) -> None:
    error = refused(operation, [(name, value)])
    assert (error.status, error.code) == (400, "value")
    assert name in str(error)
    assert wanted in str(error)


@pytest.mark.parametrize(
    ("operation", "item", "wanted"),
    [
        (LOOKUP, {"name": "code", "valueBoolean": True}, "has 'valueBoolean': give valueCode"),
        (LOOKUP, {"name": "code", "valueCode": 5}, "is 5: give a code"),
        (LOOKUP, {"name": "code", "valueCode": None}, "is missing: give a code"),
        (LOOKUP, {"name": "code", "valueCode": {"a": 1}}, "is an object: give a code"),
        (LOOKUP, {"name": "code"}, "has no value: give valueCode"),
        (LOOKUP, {"name": "code", "part": []}, "has 'part': give valueCode"),
        (LOOKUP, {"name": "code", "valueCode": "A", "valueString": "A"}, "give valueCode"),
        (LOOKUP, {"name": "system", "valueUri": "half \ud800"}, "give a URI"),
        (LOOKUP, {"name": "coding", "valueCoding": []}, "is an array: give a JSON object"),
        (LOOKUP, {"name": "coding", "valueCoding": {"code": 1}}, "'coding'.code is 1"),
        (LOOKUP, {"valueCode": "A"}, "parameter[0].name is missing"),
        (LOOKUP, {"name": 1}, "parameter[0].name is 1"),
        (LOOKUP, "code", "parameter[0] is 'code': give a JSON object"),
        (IN_SYSTEM, {"name": "abstract", "valueBoolean": "true"}, "give true or false"),
        (IN_SYSTEM, {"name": "codeableConcept", "valueCodeableConcept": {}}, "has no coding"),
        (IN_SYSTEM, {"name": "codeableConcept", "valueCodeableConcept": {"coding": {}}}, "give a JSON array"),
        (EXPAND, {"name": "count", "valueInteger": True}, "give a whole number"),
        (EXPAND, {"name": "count", "valueInteger": 10**400}, "give a whole number"),
        (EXPAND, {"name": "count", "valueInteger": 1.0}, "give a whole number"),
        (EXPAND, {"name": "valueSet", "resource": {"resourceType": "Patient"}}, "give ValueSet"),
        (EXPAND, {"name": "valueSet", "valueString": "x"}, "give resource"),
    ],
)
def test_wrong_in_the_body(operation: Operation, item: object, wanted: str) -> None:
    error = refused(operation, [], body(item))
    assert error.status == 400
    assert wanted in str(error)
    assert error.resource["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "posted",
    [5, "text", [], {}, {"resourceType": "Patient"}, {"resourceType": []}, {"resourceType": "CodeSystem"}],
)
def test_a_body_that_is_no_parameters(posted: object) -> None:
    assert refused(LOOKUP, [], posted).status == 400


@pytest.mark.parametrize("parameter", [{}, "x", 1])
def test_parameters_that_hold_no_list(parameter: object) -> None:
    posted = {"resourceType": "Parameters", "parameter": parameter}
    assert "give a JSON array" in str(refused(LOOKUP, [], posted))


def test_parameters_without_any() -> None:
    assert read(LOOKUP.params, [], {"resourceType": "Parameters"}) == Given({})


def test_a_parameter_that_stands_twice() -> None:
    assert "given 2 times" in str(refused(LOOKUP, [("code", "A"), ("code", "B")]))
    assert "given 2 times" in str(refused(LOOKUP, [("code", "A")], body({"name": "code", "valueCode": "A"})))


def test_what_an_answer_could_not_respect_is_refused() -> None:
    error = refused(EXPAND, [("context", "urn:x")])
    assert error.code == "not-supported"
    assert "name the value set by url" in str(error)
    assert refused(LOOKUP, [("date", "2020-01-01")]).code == "not-supported"


@pytest.mark.parametrize(
    ("given", "wanted"), [([], "is missing"), (["codeA", "codingA"], "exclude each other")]
)
def test_one_of_several(given: list[str], wanted: str) -> None:
    found = Given(dict.fromkeys(given, ("x",)))
    with pytest.raises(FhirError, match=wanted):
        found.one_of("codeA", "codingA")
    assert read(SUBSUMES.params, [("codeA", "I10")]).one_of("codeA", "codingA") == "codeA"
