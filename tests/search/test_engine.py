"""Ranked hits: codes in the box, order, limits, filters, and one by one against all at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codilingua import open_search
from codilingua.errors import FilterError, QueryError, UnknownCode, UsageError
from codilingua.search.engine import Search
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.types import Hit, Kind, Status

LABELS = Path(__file__).parents[2] / "data" / "labels"


def codes(hits: list[Hit]) -> list[str]:
    return [hit.code for hit in hits]


@pytest.fixture(scope="module")
def phrases() -> list[str]:
    """300 phrases in six languages, 50 of each, some of them broken."""
    chance = random.Random(3)
    drawn: list[str] = []
    for file in sorted(LABELS.glob("*.tsv")):
        rows = file.read_text("utf-8").splitlines()[1:]
        drawn += [row.split("\t")[1] for row in chance.sample(rows, 50)]
    assert len(drawn) == 300
    return [phrase[: len(phrase) - number % 3] or phrase for number, phrase in enumerate(drawn)]


# What is typed as a code.


@pytest.mark.parametrize(
    ("typed", "code", "status"),
    [
        ("E11.9", "E11.9", Status.BILLABLE),
        ("E119", "E11.9", Status.BILLABLE),
        ("e119", "E11.9", Status.BILLABLE),
        (" e11.9 ", "E11.9", Status.BILLABLE),
        ("i10", "I10", Status.BILLABLE),
        ("S22.49", "S22.49", Status.NEEDS_SEVENTH),
        ("s2249xa", "S22.49XA", Status.BILLABLE),
        ("S22.49XA", "S22.49XA", Status.BILLABLE),
        ("s22.49 xa", "S22.49XA", Status.BILLABLE),
        ("E11", "E11", Status.NEEDS_CHILD),
        ("E11.-", "E11", Status.NEEDS_CHILD),
    ],
)
def test_a_code_is_looked_up(shipped: Search, typed: str, code: str, status: Status) -> None:
    first = shipped(typed)[0]
    assert (first.code, first.status, first.score) == (code, status, 1.0)
    assert first.surface == first.title


def test_a_category_brings_what_is_under_it_in_the_order_of_the_book(shipped: Search) -> None:
    hits = shipped("E11", limit=1000)
    under = [node.code for node in shipped.catalog.descendants("E11")]
    assert codes(hits) == ["E11", *under]
    assert [hit.score for hit in hits] == [1.0] + [0.5] * len(under)


@pytest.mark.parametrize("typed", ["I20-I25", "i20 - i25", "i20-i25"])
def test_a_section_brings_its_codes(shipped: Search, typed: str) -> None:
    hits = shipped(typed, limit=5)
    assert codes(hits) == ["I20", "I20.0", "I20.1", "I20.2", "I20.8"]


@pytest.mark.parametrize("typed", ["E11.99Z", "E11.7", "e11.99z", "S22.49XZ", "Z99-Z98", "E1199"])
def test_an_unknown_code_is_named_with_what_is_near(shipped: Search, typed: str) -> None:
    with pytest.raises(UnknownCode) as caught:
        shipped(typed)
    message = str(caught.value)
    assert typed.upper().replace(".", "")[:3] in message
    assert "\n" not in message


@pytest.mark.parametrize("typed", ["h1n1", "b12", "f508del", "H1N1", "B12", "covid19", "123", "t4"])
def test_words_with_the_shape_of_a_code_are_searched_as_text(shipped: Search, typed: str) -> None:
    hits = shipped(typed)
    assert len(hits) == 10
    assert all(hit.score < 1 for hit in hits)


def test_h1n1_and_b12_are_no_codes(shipped: Search) -> None:
    assert all(hit.confidence is not None for hit in shipped("h1n1"))
    assert any(code.startswith(("J09", "J10")) for code in codes(shipped("gripe h1n1")))
    assert any(code.startswith(("E53", "D51")) for code in codes(shipped("b12")))


def test_a_code_in_a_batch_among_phrases(shipped: Search) -> None:
    first, second, third = shipped.batch(["ictus", "e119", "h1n1"], limit=3)
    assert codes(second) == ["E11.9"]
    assert first == shipped("ictus", limit=3)
    assert third == shipped("h1n1", limit=3)


# Codes with filters.


@pytest.mark.parametrize(
    ("typed", "filters", "found"),
    [
        ("I25.11", Filters(billable=True), ["I25.110", "I25.111", "I25.112", "I25.118", "I25.119"]),
        ("I25.11", Filters(("19",)), []),
        ("I25.11", Filters(codes=("I25.119", "S2")), ["I25.119"]),
        ("S72.00", Filters(leaves=True), ["S72.001", "S72.002", "S72.009"]),
        ("S72.00", Filters(billable=True), []),
        ("s72001a", Filters(billable=True), ["S72.001A"]),
        ("s72001a", Filters(leaves=True), ["S72.001A"]),
        ("s72001a", Filters(("9",)), []),
        ("w01.0", Filters(external_causes=False), []),
        ("W010XXA", Filters(external_causes=False), []),
        ("I20-I25", Filters(codes=("I20",), billable=True), ["I20.0", "I20.1", "I20.9"]),
        ("I25.11", Filters(only=frozenset({"I25.111", "I10"})), ["I25.111"]),
        ("s72001a", Filters(only=frozenset({"S72.001"})), ["S72.001A"]),
        ("s72001a", Filters(only=frozenset({"S72.00"})), []),
    ],
)
def test_filters_hold_for_typed_codes(tiny: Search, typed: str, filters: Filters, found: list[str]) -> None:
    assert codes(tiny(typed, filters=filters)) == found


@pytest.mark.parametrize("typed", ["ictus", "I10", "S72.001A"])
@pytest.mark.parametrize(
    "filters", [Filters(("99",)), Filters(codes=("QQ",)), Filters(only=frozenset({"QQ"}))]
)
def test_an_unknown_filter_is_refused_whatever_is_typed(tiny: Search, typed: str, filters: Filters) -> None:
    with pytest.raises(FilterError):
        tiny(typed, filters=filters)


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        (Filters(("9",)), lambda hit: hit.chapter == "9"),
        (Filters(codes=("S20-S29",)), lambda hit: "S20" <= hit.code[:3] <= "S29"),
        (Filters(billable=True), lambda hit: hit.billable),
        (Filters(leaves=True), lambda hit: hit.status in (Status.BILLABLE, Status.NEEDS_SEVENTH)),
        (Filters(external_causes=False), lambda hit: hit.code[0] not in "VWXY"),
        (Filters(("20",), ("W",)), lambda hit: hit.code[0] == "W"),
    ],
)
def test_filters_hold_for_every_hit(shipped: Search, filters: Filters, holds: Callable[[Hit], bool]) -> None:
    for query in ("fall with rib fracture", "dolor en el pecho"):
        hits = shipped(query, 50, filters)
        assert len(hits) > 20
        assert all(holds(hit) for hit in hits)


def test_a_filtered_search_ranks_as_the_whole_does() -> None:
    # The first stage, that is: under a filter the reranker reads other codes.
    filters = Filters(("9", "18"))
    with open_search(rerank=0) as first:
        whole = [hit.code for hit in first("chest pain", 30) if hit.chapter in ("9", "18")]
        assert codes(first("chest pain", len(whole), filters)) == whole


def test_the_last_filter_leaves_no_trace(tiny: Search) -> None:
    before = tiny("hip fracture")
    assert codes(tiny("hip fracture", filters=Filters(("9",)))) != codes(before)
    assert tiny("hip fracture", filters=Filters(("19",))) != before
    assert tiny("hip fracture") == before


# Hits and their order.


def test_a_hit_says_what_a_coder_needs(shipped: Search) -> None:
    hit = shipped("fractura de cadera")[0]
    concept = shipped.catalog.get(hit.code)
    assert (hit.title, hit.status, hit.chapter) == (concept.title, concept.status, "19")
    assert hit.completions == concept.completions
    assert "S72.009A" in hit.completions
    assert any(
        (label.text, label.lang, label.origin) == (hit.surface, hit.surface_lang, hit.origin)
        for label in concept.surfaces
    )
    assert (hit.surface_lang, hit.origin) == ("es", "machine")


def test_the_surface_named_is_one_of_the_code(shipped: Search, phrases: list[str]) -> None:
    for hits in shipped.batch(phrases[::10], 20):
        for hit in hits:
            surfaces = shipped.catalog.get(hit.code).surfaces
            assert (hit.surface, hit.surface_lang, hit.origin) in {
                (s.text, s.lang, s.origin) for s in surfaces
            }


def test_best_first_each_code_once_ties_by_the_book(shipped: Search, phrases: list[str]) -> None:
    order = [node.key for node in shipped.catalog.outline() if node.kind is Kind.CODE]
    place = {key: number for number, key in enumerate(order)}
    tied = 0
    for hits in shipped.batch(phrases[:100], 50):
        assert len(set(codes(hits))) == len(hits) > 20
        ranks = [(-hit.score, place[hit.code.replace(".", "")]) for hit in hits]
        assert ranks == sorted(ranks)
        tied += len(hits) - len({hit.score for hit in hits})
        assert all(0 <= hit.score <= 1 for hit in hits)
    assert tied


def test_the_same_twice_and_in_another_search(shipped: Search, phrases: list[str]) -> None:
    first = shipped.batch(phrases[:40])
    assert shipped.batch(phrases[:40]) == first
    other = open_search(threads=1)
    assert [codes(hits) for hits in other.batch(phrases[:40])] == [codes(hits) for hits in first]
    other.catalog.close()


def test_all_at_once_as_one_by_one(shipped: Search, phrases: list[str]) -> None:
    together = shipped.batch(phrases)
    alone = [shipped(phrase) for phrase in phrases]
    assert [codes(hits) for hits in together] == [codes(hits) for hits in alone]
    for one, other in zip(together, alone, strict=True):
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=2e-4)


def test_threads_share_one_search(tiny: Search) -> None:
    jobs = [
        (query, filters)
        for query in ("ictus", "hip fracture", "I25.11", "angina", "caída")
        for filters in (EVERYTHING, Filters(("9",)), Filters(billable=True), Filters(codes=("S",)))
    ] * 5
    expected = [tiny(query, 10, filters) for query, filters in jobs]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda job: tiny(job[0], 10, job[1]), jobs)) == expected


# Limits and refusals.


@pytest.mark.parametrize("limit", [1, 2, 10, 37])
def test_the_limit(shipped: Search, limit: int) -> None:
    hits = shipped("ictus", limit)
    assert len(hits) == limit
    assert hits == shipped("ictus", 50)[:limit]


@pytest.mark.parametrize(
    ("query", "filters"), [("dolor en el pecho", Filters(billable=True)), ("dolor de genoll", EVERYTHING)]
)
def test_the_limit_is_filled_where_there_are_codes(shipped: Search, query: str, filters: Filters) -> None:
    assert len(shipped(query, 50, filters)) == 50


def test_a_larger_limit_only_adds(shipped: Search) -> None:
    assert shipped("ictus", 100)[:50] == shipped("ictus", 50)


def test_the_first_screen_is_full(shipped: Search, phrases: list[str]) -> None:
    assert {len(hits) for hits in shipped.batch(phrases, 10)} == {10}


def test_the_largest_limit_is_filled(shipped: Search) -> None:
    assert len(shipped("fracture", 1000)) == 1000
    assert len(shipped("S", 1000)) == 1000


def test_fewer_codes_than_asked_for(tiny: Search) -> None:
    hits = tiny("ictus", 1000)
    assert len(set(codes(hits))) == len(hits) <= len(tiny.catalog)
    assert len(hits) > 40


@pytest.mark.parametrize("limit", [0, -1, 1001, 10**9])
@pytest.mark.parametrize("query", ["ictus", "I10"])
def test_a_limit_out_of_range_is_refused(tiny: Search, query: str, limit: int) -> None:
    with pytest.raises(UsageError, match=f"limit is {limit}: give a whole number from 1 to 1000"):
        tiny(query, limit)


def test_a_batch_names_the_query_that_cannot_be_searched(tiny: Search) -> None:
    with pytest.raises(QueryError, match=r"^query 2 of 3: the query is empty"):
        tiny.batch(["ictus", " ", "I10"])
    with pytest.raises(UnknownCode, match=r"^query 3 of 3: "):
        tiny.batch(["ictus", "I10", "I25.99"])


def test_an_empty_batch(tiny: Search) -> None:
    assert tiny.batch([]) == []


@pytest.mark.parametrize(
    "typed", ["dor\x00no\x1bpeito", "😀 dolor", "\u202edolor", "ألم pain", "'; DROP TABLE", "%s {} \\"]
)
def test_odd_text_is_searched_for_what_can_be_read_in_it(shipped: Search, typed: str) -> None:
    assert len(shipped(typed)) == 10


def test_check_refuses_what_a_search_would(tiny: Search) -> None:
    tiny.check("ictus")
    tiny.check("I10")
    with pytest.raises(QueryError):
        tiny.check("😀")
    with pytest.raises(UnknownCode):
        tiny.check("I25.99")
