"""Value sets that the code systems imply, and those that are sent along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codilingua.fhir.expansion import EXPAND
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.parameters import read
from codilingua.fhir.systems import Systems
from codilingua.fhir.valueset import asked, by_id, by_url, codes_of, listed

Json = dict[str, Any]
URI = "http://hl7.org/fhir/sid/icd-10-cm"


@pytest.mark.parametrize(
    ("form", "ident", "name"),
    [
        ("?fhir_vs", "part-of-icd-10-cm", "Part_of_ICD_10_CM"),
        ("?fhir_vs=billable", "part-of-icd-10-cm-billable", "Part_of_ICD_10_CM_billable"),
        ("?fhir_vs=isa/I25.1", "part-of-icd-10-cm-isa-I25.1", "Part_of_ICD_10_CM_isa_I25_1"),
        ("?fhir_vs=isa/I20-I25", "part-of-icd-10-cm-isa-I20-I25", "Part_of_ICD_10_CM_isa_I20_I25"),
    ],
)
def test_by_url_and_by_id(
    systems: Systems, valid: Callable[[Json], Json], form: str, ident: str, name: str
) -> None:
    found = by_url(systems, URI + form)
    made = valid(found.resource)
    assert (made["id"], made["url"], made["name"]) == (ident, URI + form, name)
    assert by_id(systems, ident) == found
    assert by_url(systems, f"{URI}{form}|April-2026") == found
    assert codes_of(systems, found).total > 0


def test_codes_may_be_written_as_people_write_them(systems: Systems) -> None:
    assert by_url(systems, f"{URI}?fhir_vs=isa/i251").about["url"] == f"{URI}?fhir_vs=isa/I25.1"
    assert by_id(systems, "part-of-icd-10-cm-isa-i251").about["id"] == "part-of-icd-10-cm-isa-I25.1"


@pytest.mark.parametrize(
    "url", ["urn:x", URI, f"{URI}?fhir_vs=", f"{URI}?fhir_vs=isa/", f"{URI}?fhir_vs=ecl/x", "urn:x?fhir_vs"]
)
def test_urls_that_imply_nothing(systems: Systems, url: str) -> None:
    with pytest.raises(FhirError) as caught:
        by_url(systems, url)
    assert caught.value.status == 404
    assert f"there is {URI}?fhir_vs" in str(caught.value)


@pytest.mark.parametrize(
    "ident", ["x", "part-of-icd-10-cm-x", "part-of-icd-10-cm-isa-Q99", "part-of-icd-10-cm-isa-"]
)
def test_ids_of_nothing(systems: Systems, ident: str) -> None:
    with pytest.raises(FhirError) as caught:
        by_id(systems, ident)
    assert caught.value.status == 404


def test_each_edition_implies_its_own(several: Systems, valid: Callable[[Json], Json]) -> None:
    every = [valid(found.resource) for found in listed(several)]
    assert len(every) == 6
    assert len({made["id"] for made in every}) == 6
    assert by_id(several, "icd-10-cm").about["version"] == "October-2026"
    assert by_url(several, f"{URI}?fhir_vs").about["version"] == "April-2026"
    assert by_url(several, f"{URI}?fhir_vs", "October 2026") == by_id(several, "icd-10-cm")
    own = by_url(several, "urn:codilingua:codigos-propios?fhir_vs=isa/F1")
    assert own.about["id"] == "codigos-propios-isa-F1"
    assert "version" not in own.about


def test_a_search_by_url_finds_the_one_that_it_implies(systems: Systems) -> None:
    assert len(list(listed(systems))) == 2
    assert len(list(listed(systems, f"{URI}?fhir_vs=isa/I10"))) == 3
    assert len(list(listed(systems, f"{URI}?fhir_vs=isa/Q99"))) == 2


def given(pairs: dict[str, str], resource: Json | None = None) -> Any:
    return read(EXPAND.params, list(pairs.items()), resource)


def test_what_is_repeated_of_a_value_set_that_was_sent(systems: Systems) -> None:
    sent = {
        "resourceType": "ValueSet", "id": "mine", "url": "http://example.org/vs", "version": "1", "name": "M",
        "title": "Mine", "language": "es", "status": "odd", "compose": {}, "text": {"div": "<b>x</b>"},
    }  # fmt: skip
    about = asked(systems, given({}, sent), None).about
    kept = ("url", "version", "name", "title", "language", "resourceType")
    assert about == {name: sent[name] for name in kept} | {"status": "unknown"}


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ({}, "no compose"),
        ({"compose": {}, "url": 5}, "ValueSet.url is 5"),
        ({"compose": {}, "name": " "}, "name"),
    ],
)
def test_what_is_wrong_with_a_value_set_that_was_sent(systems: Systems, sent: Json, wanted: str) -> None:
    with pytest.raises(FhirError, match=wanted):
        asked(systems, given({}, {"resourceType": "ValueSet", **sent}), None)


def test_path_and_parameters_that_contradict_each_other(systems: Systems) -> None:
    ident = "part-of-icd-10-cm"
    assert asked(systems, given({"url": f"{URI}?fhir_vs"}), ident) == by_id(systems, ident)
    with pytest.raises(FhirError, match="the path names"):
        asked(systems, given({"url": f"{URI}?fhir_vs=billable"}), ident)
    with pytest.raises(FhirError, match="the path names"):
        asked(systems, given({}, {"resourceType": "ValueSet"}), ident)
    with pytest.raises(FhirError, match="exclude each other"):
        asked(systems, given({"url": f"{URI}?fhir_vs"}, {"resourceType": "ValueSet"}), None)
    with pytest.raises(FhirError, match="this is April-2026"):
        asked(systems, given({"valueSetVersion": "2019"}), ident)
