"""``ValueSet/$expand``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from codilingua.fhir.expansion import EXPAND, FILTERED_COUNT, MAX_COUNT, TextQuery, finish, prepare
from codilingua.fhir.outcome import FhirError
from codilingua.fhir.parameters import read
from codilingua.fhir.systems import Systems
from codilingua.fhir.vocabulary import CONTAINS_PROPERTY, EXPANSION_PROPERTY, ORIGIN
from codilingua.search.engine import Search
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.types import Kind

Json = dict[str, Any]
Ask = Callable[..., Json]
URI = "http://hl7.org/fhir/sid/icd-10-cm"
ALL = f"{URI}?fhir_vs"
BILLABLE = f"{URI}?fhir_vs=billable"
RIBS = f"{URI}?fhir_vs=isa/S22.4"


def codes(answer: Json) -> list[str]:
    return [item["code"] for item in answer["expansion"].get("contains", ())]


def query(systems: Systems, pairs: dict[str, str], posted: Json | None = None) -> TextQuery | None:
    return prepare(systems, read(EXPAND.params, list(pairs.items()), posted)).query


def sending(*includes: Json, **more: Any) -> Json:
    return {"resourceType": "ValueSet", "status": "active", "compose": {"include": list(includes)}, **more}


def test_all_codes_in_the_order_of_the_book(systems: Systems, ask: Ask) -> None:
    (system,) = systems
    wanted = [
        code for concept in system.catalog if concept.kind is Kind.CODE
        for code in (concept.code, *concept.completions)
    ]  # fmt: skip
    answer = ask(EXPAND, {"url": ALL})
    assert codes(answer) == wanted
    expansion = answer["expansion"]
    assert expansion["total"] == len(wanted)
    assert "offset" not in expansion
    assert expansion["timestamp"] == "2026-11-27T12:30:00.000+00:00"
    assert expansion["parameter"] == [{"name": "version", "valueUri": f"{URI}|April-2026"}]
    assert (answer["url"], answer["version"], answer["id"]) == (ALL, "April-2026", system.id)
    assert "compose" not in answer
    assert expansion["contains"][0] == {
        "system": URI, "version": "April-2026", "code": "I10", "display": "Essential (primary) hypertension",
    }  # fmt: skip
    assert ask(EXPAND, ident=system.id)["expansion"]["identifier"] == expansion["identifier"]


@pytest.mark.parametrize("size", [1, 7, 50])
def test_pages_make_up_the_whole(ask: Ask, size: int) -> None:
    whole = ask(EXPAND, {"url": ALL})
    total = whole["expansion"]["total"]
    found: list[str] = []
    for offset in range(0, total + size, size):
        page = ask(EXPAND, {"url": ALL, "offset": str(offset), "count": str(size)})["expansion"]
        assert (page["total"], page["offset"]) == (total, offset)
        assert page["identifier"] == whole["expansion"]["identifier"]
        found += [item["code"] for item in page.get("contains", ())]
    assert found == codes(whole)


def test_count_0_asks_for_the_total(ask: Ask) -> None:
    expansion = ask(EXPAND, {"url": RIBS, "count": "0"})["expansion"]
    assert expansion["total"] == 29
    assert "contains" not in expansion


def test_several_systems_page_one_after_the_other(ask: Ask, several: Systems) -> None:
    posted = sending({"system": f"{URI}|October-2026"}, {"system": "urn:codilingua:codigos-propios"})
    assert codes(ask(EXPAND, body=posted, among=several)) == ["I10", "F1", "F1-a"]
    for offset, wanted in enumerate((["I10", "F1"], ["F1", "F1-a"], ["F1-a"], [])):
        pairs = {"offset": str(offset), "count": "2"}
        assert codes(ask(EXPAND, pairs, posted, among=several)) == wanted
    left = ask(EXPAND, {"exclude-system": f"{URI}|October-2026"}, posted, among=several)
    assert codes(left) == ["F1", "F1-a"]
    with pytest.raises(FhirError, match="over several code systems"):
        ask(EXPAND, {"filter": "x"}, posted, among=several)


def test_too_many(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FhirError) as caught:
        ask(EXPAND, {"url": ALL, "count": str(MAX_COUNT + 1)})
    assert (caught.value.code, caught.value.status) == ("too-costly", 422)
    with pytest.raises(FhirError, match="pages by offset"):
        ask(EXPAND, {"url": ALL, "filter": "x", "count": "5000"})
    monkeypatch.setattr("codilingua.fhir.expansion.MAX_COUNT", 20)
    with pytest.raises(FhirError, match="29 codes, where 20 are given at once: give a filter, or pages"):
        ask(EXPAND, {"url": RIBS})
    assert len(codes(ask(EXPAND, {"url": RIBS, "offset": "9"}))) == 20


@pytest.mark.parametrize("name", ["count", "offset"])
def test_negative_numbers(ask: Ask, name: str) -> None:
    with pytest.raises(FhirError, match=f"'{name}' is -1: give 0 or more"):
        ask(EXPAND, {"url": ALL, name: "-1"})


def test_a_filter_ranks_as_the_search_does(tiny: Search, ask: Ask) -> None:
    wanted = [hit.code for hit in tiny("fractura de costillas", 1000)]
    answer = ask(EXPAND, {"url": ALL, "filter": "fractura de costillas", "count": "1000"})
    assert codes(answer) == wanted
    assert len(wanted) == len(tiny.catalog)
    assert answer["expansion"]["total"] == len(wanted)
    assert {"name": "filter", "valueString": "fractura de costillas"} in answer["expansion"]["parameter"]


def test_pages_of_a_ranking(ask: Ask) -> None:
    whole = ask(EXPAND, {"url": ALL, "filter": "infart", "count": "1000"})["expansion"]
    found: list[str] = []
    for offset in range(0, 60, 20):
        page = ask(EXPAND, {"url": ALL, "filter": "infart", "count": "20", "offset": str(offset)})[
            "expansion"
        ]
        assert page["total"] == whole["total"]
        assert page["identifier"] == whole["identifier"]
        found += [item["code"] for item in page["contains"]]
    assert found == [item["code"] for item in whole["contains"]]


def test_a_filter_stays_in_the_value_set(tiny: Search, ask: Ask) -> None:
    answer = ask(EXPAND, {"url": f"{URI}?fhir_vs=isa/I25", "filter": "costillas"})
    wanted = [hit.code for hit in tiny("costillas", 1000, Filters(codes=("I25",)))]
    assert codes(answer) == wanted
    assert answer["expansion"]["total"] == len(wanted) == 9


def test_where_a_code_is_no_member_those_that_complete_it_are(tiny: Search, ask: Ask) -> None:
    answer = ask(EXPAND, {"url": BILLABLE, "filter": "fractura de costillas", "count": "1000"})
    wanted = [
        code for hit in tiny("fractura de costillas", 1000, Filters(leaves=True))
        for code in (hit.completions or (hit.code,))
    ]  # fmt: skip
    assert codes(answer) == wanted
    assert answer["expansion"]["total"] == len(wanted)
    page = ask(EXPAND, {"url": BILLABLE, "filter": "fractura de costillas", "count": "4", "offset": "2"})
    assert codes(page) == wanted[2:6]
    # More will come, but how many is not known until all hits are.
    assert "total" not in page["expansion"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I20", ["I20", "I20.0", "I20.1", "I20.8", "I20.9"]),
        ("s2242", ["S22.42"]),
        ("S22.42XA", ["S22.42XA"]),
        ("I20-I25", None),
    ],
)
def test_a_code_for_a_filter(ask: Ask, text: str, wanted: list[str] | None) -> None:
    answer = ask(EXPAND, {"url": ALL, "filter": text, "count": "3"})
    whole = ask(EXPAND, {"url": ALL, "filter": text, "count": "1000"})
    assert codes(answer) == codes(whole)[:3]
    assert answer["expansion"]["total"] == len(codes(whole)) > 0
    assert wanted is None or codes(whole) == wanted


def test_an_empty_value_set_is_not_searched(systems: Systems, ask: Ask) -> None:
    posted = sending({"system": URI, "filter": [{"property": "inactive", "op": "=", "value": "true"}]})
    assert query(systems, {"filter": "costillas"}, posted) is None
    expansion = ask(EXPAND, {"filter": "costillas"}, posted)["expansion"]
    assert (expansion["total"], "contains" in expansion) == (0, False)


def test_what_is_searched_for(systems: Systems) -> None:
    assert query(systems, {"url": ALL}) is None
    assert query(systems, {"url": ALL, "filter": ""}) is None
    assert query(systems, {"url": ALL, "filter": "dolor"}) == TextQuery("dolor", FILTERED_COUNT, EVERYTHING)
    leaves = Filters(leaves=True)
    paged = {"url": BILLABLE, "filter": "dolor", "count": "10", "offset": "30"}
    assert query(systems, paged) == TextQuery("dolor", 40, leaves)
    assert query(systems, paged | {"count": "0", "offset": "0"}) == TextQuery("dolor", 1, leaves)
    assert query(systems, paged | {"offset": "5000"}) == TextQuery("dolor", 1000, leaves)
    only = Filters(only=frozenset({"S22.41", "S22.42", "S22.43", "S22.49", "S22.4"}))
    assert query(systems, {"url": RIBS, "filter": "S22"}) == TextQuery("S22", 1000, only)


def test_hits_that_are_not_in_the_value_set_are_dropped(systems: Systems, tiny: Search) -> None:
    given = read(EXPAND.params, [("url", RIBS), ("filter", "x"), ("count", "5")])
    hits = [hit for text in ("I10", "S22.41", "S22.42") for hit in tiny(text, 1)]
    made = finish(prepare(systems, given), [*hits, *hits], datetime.now(UTC))
    assert codes(made) == ["S22.41", "S22.42"]


def test_display_language_and_origin(tiny: Search, ask: Ask) -> None:
    answer = ask(EXPAND, {"url": ALL, "displayLanguage": "ca"})
    shown = {item["code"]: item for item in answer["expansion"]["contains"]}
    titles = [label for label in tiny.catalog.get("I10").labels if label.role == "title"]
    assert shown["I10"]["display"] == next(title.text for title in titles if title.lang == "ca")
    assert shown["I10"]["_display"] == {"extension": [{"url": ORIGIN, "valueCode": "machine"}]}
    assert shown["S22.42"]["display"] == "Multiple fractures of ribs, left side"
    assert "_display" not in shown["S22.42"]
    assert "designation" not in shown["I10"]


def test_designations(systems: Systems, ask: Ask) -> None:
    (system,) = systems
    texts = system.catalog.get("I21.9").surfaces

    def found(**more: Any) -> list[tuple[str, str]]:
        (item,) = ask(EXPAND, {"url": f"{URI}?fhir_vs=isa/I21.9", **more})["expansion"]["contains"]
        return [(made["language"], made["value"]) for made in item.get("designation", ())]

    assert found() == []
    assert found(includeDesignations="false") == []
    assert found(includeDesignations="true") == [(label.lang, label.text) for label in texts]
    spanish = [(label.lang, label.text) for label in texts if label.lang == "es"]
    assert found(designation="es") == found(designation="urn:ietf:bcp:47|es") == spanish
    both = found(designation=["urn:ietf:bcp:47|es", "http://snomed.info/sct|900000000000013009"])
    wanted = [(label.lang, label.text) for label in texts if label.lang == "es" or label.role == "synonym"]
    assert both == wanted
    assert found(designation="http://loinc.org|900000000000013009") == []


def test_properties(ask: Ask) -> None:
    names = ["parent", "billable", "billing-status", "nonsense"]
    answer = ask(EXPAND, {"url": f"{URI}?fhir_vs=isa/S22.42", "property": names, "count": "2"})["expansion"]
    (base, complete) = (
        {
            part["extension"][0]["valueCode"]: next(v for k, v in part["extension"][1].items() if k != "url")
            for part in item["extension"]
        }
        for item in answer["contains"]
    )
    assert base == {"parent": "S22.4", "billable": False, "billing-status": "needs-7th-character"}
    assert complete == {"parent": "S22.42", "billable": True, "billing-status": "billable"}
    assert {part["url"] for part in answer["contains"][0]["extension"]} == {CONTAINS_PROPERTY}
    declared = [part["extension"][0]["valueCode"] for part in answer["extension"]]
    assert declared == ["parent", "billable", "billing-status"]
    assert {part["url"] for part in answer["extension"]} == {EXPANSION_PROPERTY}


def test_properties_of_hits(ask: Ask, tiny: Search) -> None:
    names = ["score", "confidence", "matched-text", "matched-language", "matched-origin"]
    pairs = {"url": ALL, "filter": "hipertensión", "count": "1", "property": names}
    (item,) = ask(EXPAND, pairs)["expansion"]["contains"]
    (hit,) = tiny("hipertensión", 1)
    found = [next(v for k, v in part["extension"][1].items() if k != "url") for part in item["extension"]]
    wanted: list[Any] = [round(hit.score, 4), hit.confidence, hit.surface, hit.surface_lang, hit.origin]
    assert found == [
        value if index != 1 else round(value, 4) for index, value in enumerate(wanted) if value is not None
    ]
    (plain,) = ask(EXPAND, {"url": f"{URI}?fhir_vs=isa/I10", "property": names})["expansion"]["contains"]
    assert "extension" not in plain


def test_a_value_set_of_a_client(ask: Ask) -> None:
    include = {"system": URI, "concept": [{"code": "I20.0", "display": "Angina inestable"}, {"code": "I10"}]}
    posted = sending(include, url="http://example.org/vs", name="Mine")
    answer = ask(EXPAND, {"includeDefinition": "true"}, posted)
    assert codes(answer) == ["I10", "I20.0"]
    assert answer["expansion"]["contains"][1]["display"] == "Angina inestable"
    assert answer["compose"] == posted["compose"]
    assert answer["url"] == "http://example.org/vs"
    shown = ask(EXPAND, {"displayLanguage": "en"}, posted)["expansion"]["contains"][1]["display"]
    assert shown == "Unstable angina"
    by_parameters = {"resourceType": "Parameters", "parameter": [{"name": "valueSet", "resource": posted}]}
    identifier = ask(EXPAND, {"includeDefinition": "true"}, by_parameters)["expansion"]["identifier"]
    assert identifier == answer["expansion"]["identifier"]
    assert (
        identifier
        != ask(EXPAND, {}, sending({"system": URI, "concept": [{"code": "I10"}]}))["expansion"]["identifier"]
    )


def test_parameters_without_effect_are_echoed(ask: Ask) -> None:
    names = ("activeOnly", "excludeNested", "excludeNotForUI", "excludePostCoordinated")
    answer = ask(EXPAND, {"url": RIBS} | dict.fromkeys(names, "true"))
    echoed = {item["name"]: item for item in answer["expansion"]["parameter"]}
    assert all(echoed[name]["valueBoolean"] is True for name in names)
    assert codes(answer) == codes(ask(EXPAND, {"url": RIBS}))


@pytest.mark.parametrize("name", ["system-version", "check-system-version", "force-system-version"])
def test_versions_that_are_not_here(ask: Ask, name: str) -> None:
    assert codes(ask(EXPAND, {"url": RIBS, name: [f"{URI}|April-2026", "http://loinc.org|2"]}))
    with pytest.raises(FhirError, match="version '2019'"):
        ask(EXPAND, {"url": RIBS, name: f"{URI}|2019"})
