"""Code systems by URI, version and id."""

from __future__ import annotations

import pytest

from codilingua.fhir.elements import Coding
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.parameters import Given
from codilingua.fhir.systems import Systems

URI = "http://hl7.org/fhir/sid/icd-10-cm"


def test_each_has_a_uri_a_version_and_an_id(several: Systems) -> None:
    found = [(system.uri, system.version, system.id) for system in several]
    assert found == [
        (URI, "April-2026", "part-of-icd-10-cm"),
        (URI, "October-2026", "icd-10-cm"),
        ("urn:codilingua:codigos-propios", None, "codigos-propios"),
    ]
    assert [system.canonical for system in several] == [
        f"{URI}|April-2026", f"{URI}|October-2026", "urn:codilingua:codigos-propios"
    ]  # fmt: skip
    assert next(iter(several)).title == "Part of ICD-10-CM April 2026"


def test_ids_differ_where_names_do_not(systems: Systems) -> None:
    (system,) = systems
    ids = [found.id for found in Systems([system.catalog] * 4)]
    assert len(set(ids)) == 4
    assert ids[0] == "part-of-icd-10-cm"
    assert all(len(ident) <= 32 for ident in ids)


@pytest.mark.parametrize(
    ("uri", "version", "wanted"),
    [
        (URI, None, "April-2026"),
        (URI, "april 2026", "April-2026"),
        (URI, "October-2026", "October-2026"),
        (f"{URI}|October-2026", None, "October-2026"),
        (f"{URI}|October-2026", "October-2026", "October-2026"),
        ("urn:codilingua:codigos-propios", None, None),
    ],
)
def test_found(several: Systems, uri: str, version: str | None, wanted: str | None) -> None:
    assert several.find(uri, version).version == wanted


@pytest.mark.parametrize(
    ("uri", "version", "status", "wanted"),
    [
        ("http://loinc.org", None, 404, f"'http://loinc.org' is not here: there is {URI}, urn:codilingua"),
        (
            URI,
            "2019",
            404,
            "version '2019' of http://hl7.org/fhir/sid/icd-10-cm is not here: there is 'April-2026',",
        ),
        (f"{URI}|2019", None, 404, "version '2019'"),
        (f"{URI}|2019", "2020", 400, "give one"),
        ("urn:codilingua:codigos-propios", "1", 404, "version '1'"),
    ],
)
def test_not_found(several: Systems, uri: str, version: str | None, status: int, wanted: str) -> None:
    with pytest.raises(FhirError) as caught:
        several.find(uri, version)
    assert caught.value.status == status
    assert wanted in str(caught.value)


def test_by_id(several: Systems) -> None:
    assert several.by_id("icd-10-cm").version == "October-2026"
    with pytest.raises(FhirError, match="CodeSystem 'x' is not here"):
        several.by_id("x")


@pytest.mark.parametrize(
    ("ident", "parameters", "wanted"),
    [
        (None, {}, None),
        (None, {"system": URI}, "part-of-icd-10-cm"),
        (None, {"system": URI, "version": "October 2026"}, "icd-10-cm"),
        ("icd-10-cm", {}, "icd-10-cm"),
        ("icd-10-cm", {"system": URI}, "icd-10-cm"),
        ("icd-10-cm", {"system": URI, "version": "October-2026"}, "icd-10-cm"),
    ],
)
def test_what_a_request_names(
    several: Systems, ident: str | None, parameters: dict[str, str], wanted: str | None
) -> None:
    given = Given({name: (value,) for name, value in parameters.items()})
    found = several.asked(given, ident, "url", "system")
    assert (None if found is None else found.id) == wanted


@pytest.mark.parametrize(
    ("ident", "parameters", "status"),
    [
        ("icd-10-cm", {"version": "April-2026"}, 400),
        ("icd-10-cm", {"system": "urn:codilingua:codigos-propios", "version": "1"}, 404),
        ("icd-10-cm", {"version": "1999"}, 404),
        ("nothing", {}, 404),
    ],
)
def test_path_and_parameters_that_contradict_each_other(
    several: Systems, ident: str, parameters: dict[str, str], status: int
) -> None:
    given = Given({name: (value,) for name, value in parameters.items()})
    with pytest.raises(FhirError) as caught:
        several.asked(given, ident, "url", "system")
    assert caught.value.status == status


def test_of_a_coding(several: Systems) -> None:
    october = several.by_id("icd-10-cm")
    assert several.of_coding(Coding(URI, "October-2026", "I10", None)) is october
    assert several.of_coding(Coding(URI, None, "I10", None), october) is october
    assert several.of_coding(Coding(None, None, "I10", None), october) is october
    with pytest.raises(FhirError, match="no system"):
        several.of_coding(Coding(None, None, "I10", None))
    with pytest.raises(FhirError, match="give one of the two"):
        several.of_coding(Coding(URI, "April-2026", "I10", None), october)


def test_a_code_that_is_not_there(systems: Systems) -> None:
    (system,) = systems
    assert system.concept("i25 2").code == "I25.2"
    with pytest.raises(FhirError, match=r"I25\.9 is not in Part of ICD-10-CM") as caught:
        system.concept("I25.9")
    assert (caught.value.status, caught.value.code) == (404, "not-found")
