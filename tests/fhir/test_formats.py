"""Headers and bytes of requests."""

from __future__ import annotations

import pytest

from codilingua.fhir.formats import FHIR_JSON, check_format, languages, read_json
from codilingua.fhir.outcome import FhirError


@pytest.mark.parametrize(
    ("asked", "accept"),
    [
        (None, None),
        (None, "*/*"),
        (None, FHIR_JSON),
        (None, "application/fhir+json; fhirVersion=4.0"),
        (None, "application/fhir+xml;q=0.9, application/fhir+json;q=0.1"),
        (None, "text/html,application/xhtml+xml,*/*;q=0.8"),
        (None, "application/json"),
        ("json", "application/fhir+xml"),
        ("application/fhir+json", None),
        ("application/fhir json", None),
        ("", "*/*"),
    ],
)
def test_json_will_do(asked: str | None, accept: str | None) -> None:
    check_format(asked, accept)


@pytest.mark.parametrize(
    ("asked", "accept"),
    [
        ("xml", None),
        ("application/fhir+xml", "*/*"),
        ("html", "*/*"),
        (None, "application/fhir+xml"),
        (None, "text/turtle, application/fhir+json;q=0"),
        (None, "application/fhir+json; fhirVersion=5.0"),
        (None, "application/json;q=none"),
    ],
)
def test_json_will_not_do(asked: str | None, accept: str | None) -> None:
    with pytest.raises(FhirError) as caught:
        check_format(asked, accept)
    assert caught.value.status == 406


def test_json_is_read() -> None:
    assert read_json(FHIR_JSON, '{"a": "é😀"}'.encode()) == {"a": "é😀"}
    assert read_json("application/json; charset=utf-8", b'\xef\xbb\xbf{"a": "\\ud83d\\ude00"}') == {"a": "😀"}
    assert read_json(None, b" \n") is None


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"{", "not JSON (line 1"),
        (b'{"a": \xff}', "not UTF-8 (byte 6)"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b"NaN", "number"),
        (b"[1e999]", "number"),
        (b"1" * 5000, "number"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "nested"),
    ],
)
def test_what_is_no_json(body: bytes, wanted: str) -> None:
    with pytest.raises(FhirError) as caught:
        read_json(FHIR_JSON, body)
    assert (caught.value.status, caught.value.code) == (400, "structure")
    assert wanted in str(caught.value)


@pytest.mark.parametrize("media", ["application/fhir+xml", "text/plain", "application/x-www-form-urlencoded"])
def test_another_type_of_body(media: str) -> None:
    with pytest.raises(FhirError) as caught:
        read_json(media, b"{}")
    assert caught.value.status == 415


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", ()),
        ("es", ("es",)),
        ("en;q=0.5, es-ES, ca;q=0.8, *;q=0.1, fr;q=0", ("es-es", "ca", "en")),
        ("*", ()),
        ("no tag at all; q=x, pt", ("pt",)),
    ],
)
def test_languages(header: str, wanted: tuple[str, ...]) -> None:
    assert languages(header) == wanted
