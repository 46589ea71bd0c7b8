"""Filters over the small catalog: 50 codes of chapters 9, 19 and 20."""

from __future__ import annotations

import time

import pytest

from codilingua.errors import FilterError
from codilingua.search.engine import Search
from codilingua.search.filters import EVERYTHING, Filters, Outlines
from codilingua.types import Kind, Status


@pytest.fixture(scope="module")
def outlines(tiny: Search) -> Outlines:
    return Outlines(tiny.catalog)


def kept(tiny: Search, outlines: Outlines, filters: Filters) -> set[str]:
    mask = outlines.select(filters)
    concepts = list(tiny.catalog)
    assert mask.shape == (len(concepts) + 1,)
    assert not mask[0]
    return {concept.code for concept, keep in zip(concepts, mask[1:], strict=True) if keep}


def codes(tiny: Search) -> set[str]:
    return {concept.code for concept in tiny.catalog if concept.kind is Kind.CODE}


def test_no_filter_leaves_only_headings_out(tiny: Search, outlines: Outlines) -> None:
    assert not EVERYTHING
    assert kept(tiny, outlines, EVERYTHING) == codes(tiny)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(("9",)),
        Filters(codes=("I",)),
        Filters(billable=True),
        Filters(external_causes=False),
        Filters(only=frozenset({"I10"})),
    ],
)
def test_a_filter_that_is_set_is_true(filters: Filters) -> None:
    assert filters


@pytest.mark.parametrize(("chapters", "letters"), [(("9",), "I"), ((" 19 ",), "ST"), (("9", "20"), "IVWXY")])
def test_chapters(tiny: Search, outlines: Outlines, chapters: tuple[str, ...], letters: str) -> None:
    found = kept(tiny, outlines, Filters(chapters))
    assert found == {code for code in codes(tiny) if code[0] in letters}
    assert {code[0] for code in found} == set(letters)


@pytest.mark.parametrize("prefix", ["I2", "i25.1", "I2511", "s72.00", " s72 ", "I10"])
def test_prefixes(tiny: Search, outlines: Outlines, prefix: str) -> None:
    key = prefix.strip().upper().replace(".", "")
    found = kept(tiny, outlines, Filters(codes=(prefix,)))
    assert found == {code for code in codes(tiny) if code.replace(".", "").startswith(key)}
    assert found


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("I20-I25", "I20", "I25"),
        ("i20 - i25", "I20", "I25"),
        ("I20.8-I21.0", "I208", "I210"),
        ("I10-S22.42", "I10", "S2242"),
        ("I25-I25", "I25", "I25"),
        ("V00-Y99", "V00", "Y99"),
        ("I00-I99", "I00", "I99"),
    ],
)
def test_ranges_hold_what_is_under_their_ends(
    tiny: Search, outlines: Outlines, typed: str, first: str, last: str
) -> None:
    found = kept(tiny, outlines, Filters(codes=(typed,)))
    keys = {code: code.replace(".", "") for code in codes(tiny)}
    assert found == {code for code, key in keys.items() if key >= first and key[: len(last)] <= last}
    assert found


def test_the_last_category_of_a_range_is_whole(tiny: Search, outlines: Outlines) -> None:
    found = kept(tiny, outlines, Filters(codes=("I20-I25",)))
    assert {"I20", "I20.9", "I25", "I25.119", "I25.2"} <= found
    assert "I10" not in found
    assert "I63" not in found


def test_several_values_of_one_filter_add_up(tiny: Search, outlines: Outlines) -> None:
    found = kept(tiny, outlines, Filters(codes=("I10", "S70-S79")))
    apart = kept(tiny, outlines, Filters(codes=("I10",))) | kept(tiny, outlines, Filters(codes=("S70-S79",)))
    assert found == apart
    assert {"I10", "S72.009"} <= found


def test_several_filters_must_all_hold(tiny: Search, outlines: Outlines) -> None:
    assert kept(tiny, outlines, Filters(("9",), ("I2", "S2"), billable=True)) == {
        code
        for code in codes(tiny)
        if code.startswith("I2") and tiny.catalog.get(code).status is Status.BILLABLE
    }


@pytest.mark.parametrize(
    ("filters", "statuses"),
    [
        (Filters(billable=True), {Status.BILLABLE}),
        (Filters(leaves=True), {Status.BILLABLE, Status.NEEDS_SEVENTH}),
        (Filters(billable=True, leaves=True), {Status.BILLABLE}),
    ],
)
def test_completeness(tiny: Search, outlines: Outlines, filters: Filters, statuses: set[Status]) -> None:
    found = kept(tiny, outlines, filters)
    assert found == {code for code in codes(tiny) if tiny.catalog.get(code).status in statuses}
    assert {tiny.catalog.get(code).status for code in found} == statuses


def test_external_causes(tiny: Search, outlines: Outlines) -> None:
    found = kept(tiny, outlines, Filters(external_causes=False))
    assert found == {code for code in codes(tiny) if code[0] not in "VWXY"}
    assert {code[0] for code in codes(tiny) - found} == set("VWXY")


def test_a_pick_list_keeps_its_codes_and_nothing_under_them(tiny: Search, outlines: Outlines) -> None:
    listed = frozenset({"I25", "s72.00", " i10 ", "W01.0"})
    assert kept(tiny, outlines, Filters(only=listed)) == {"I25", "S72.00", "I10", "W01.0"}


def test_a_pick_list_holds_beside_other_filters(tiny: Search, outlines: Outlines) -> None:
    listed = frozenset({"I25", "I10", "W01.0"})
    assert kept(tiny, outlines, Filters(billable=True, only=listed)) == {"I10"}
    assert kept(tiny, outlines, Filters(("20",), only=listed)) == {"W01.0"}


def test_a_pick_list_is_all_that_is_found(tiny: Search) -> None:
    listed = frozenset({"I10", "S72.00", "W01.0"})
    assert {hit.code for hit in tiny("fracture of femur", 50, Filters(only=listed))} == listed


@pytest.mark.parametrize("code", ["Q99.9", "19", "I20-I25", "S72.001A", "I2", "", "É"])
def test_a_pick_list_with_an_unknown_code_is_refused(outlines: Outlines, code: str) -> None:
    with pytest.raises(FilterError, match=r"1 of 2 are unknown") as caught:
        outlines.select(Filters(only=frozenset({"I10", code})))
    assert repr(code) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pick_list_of_two_thousand_codes_is_quick(shipped: Search) -> None:
    codes = [concept.code for concept in shipped.catalog if concept.kind is Kind.CODE][::23][:2000]
    filters = Filters(only=frozenset(codes))
    assert {filters: 1}[Filters(only=frozenset(codes))] == 1
    outlines = Outlines(shipped.catalog)
    began = time.perf_counter()
    assert int(outlines.select(filters).sum()) == 2000
    assert time.perf_counter() - began < 0.5


def test_filters_that_exclude_each_other_keep_nothing(tiny: Search, outlines: Outlines) -> None:
    assert kept(tiny, outlines, Filters(("20",), external_causes=False)) == set()


@pytest.mark.parametrize("queries", [["hip fracture"], ["hip fracture", "ictus"]])
def test_a_search_in_nothing_finds_nothing(tiny: Search, queries: list[str]) -> None:
    found = tiny.batch(queries, filters=Filters(("20",), external_causes=False))
    assert found == [[] for _ in queries]


@pytest.mark.parametrize("value", ["23", "", "IX", "chapter 9", "9\n10"])
def test_an_unknown_chapter_is_named_with_those_that_exist(outlines: Outlines, value: str) -> None:
    with pytest.raises(FilterError, match="are 9, 19, 20") as caught:
        outlines.select(Filters((value,)))
    assert repr(value) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        *("Q", "I25-I20", "A00-B99", "", " ", "-", ".-.", "-I25", "I1O", "É"),
        "I20-I25-I30",
    ],
)
def test_a_code_filter_that_selects_nothing_is_named(outlines: Outlines, value: str) -> None:
    with pytest.raises(FilterError, match="code filter") as caught:
        outlines.select(Filters(codes=(value,)))
    assert repr(value) in str(caught.value)


def test_one_wrong_value_among_right_ones_is_not_passed_over(outlines: Outlines) -> None:
    with pytest.raises(FilterError, match="'Q'"):
        outlines.select(Filters(codes=("I2", "Q")))
    with pytest.raises(FilterError, match="'23'"):
        outlines.select(Filters(("9", "23")))


def test_keys(outlines: Outlines) -> None:
    assert outlines.keys(Filters(codes=("I25.11",))) == {
        "I2511",
        "I25110",
        "I25111",
        "I25112",
        "I25118",
        "I25119",
    }
