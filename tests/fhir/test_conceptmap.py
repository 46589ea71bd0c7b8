"""``ConceptMap/$translate``, where there is no map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codilingua.fhir.conceptmap import TRANSLATE
from codilingua.fhir.outcome import FhirError

Json = dict[str, Any]
Ask = Callable[..., Json]
URI = "http://hl7.org/fhir/sid/icd-10-cm"


def test_there_is_no_map(ask: Ask, values: Callable[[Json, str], list[Any]]) -> None:
    answer = ask(TRANSLATE, {"system": URI, "code": "I10", "targetsystem": "http://snomed.info/sct"})
    assert values(answer, "result") == [False]
    assert values(answer, "message") == [
        "there is no concept map from or to Part of ICD-10-CM April 2026 here"
    ]
    coding = {"name": "coding", "valueCoding": {"system": URI, "code": "I10"}}
    assert ask(TRANSLATE, body={"resourceType": "Parameters", "parameter": [coding]}) == answer


@pytest.mark.parametrize(
    ("pairs", "ident", "wanted"),
    [
        ({}, None, "code, coding or codeableConcept is missing"),
        ({"code": "I10"}, None, "'system' is missing"),
        ({"code": "I10", "system": URI}, "x", "ConceptMap 'x' is not here"),
    ],
)
def test_refused(ask: Ask, pairs: dict[str, str], ident: str | None, wanted: str) -> None:
    with pytest.raises(FhirError, match=wanted):
        ask(TRANSLATE, pairs, ident=ident)
