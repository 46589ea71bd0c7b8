"""The view of distinct queries, and the groups that are reported apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.leakage import Training
from codilingua.evaluate.scoring.slices import MOST_VALUES, seen_in, slices, wide_columns
from codilingua.evaluate.testsets.sets import SEVERAL, unique
from codilingua.types import Judgement


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    with Catalog.open(Assets.shipped().catalog) as catalog:
        return Hierarchy(catalog)


def row(query: str, *codes: str, line: int = 2, **slices: str) -> Judgement:
    return Judgement(query, codes, "es", slices=slices, line=line)


def training(*pairs: tuple[str, str]) -> Training:
    texts, codes = zip(*pairs, strict=True)
    some = len(pairs)
    return Training(
        "t.tsv", texts, tuple((code,) for code in codes), (None,) * some, tuple(range(2, some + 2))
    )


def test_each_distinct_query_stands_once_with_all_its_codes() -> None:
    rows = [
        replace(row("Náuseas", "R11.0", line=2, kind="EXACT", site="a"), group="d1"),
        replace(row("fiebre", "R50.9", line=3), group="d1"),
        replace(row("nauseas", "R11.2", "R11.0", line=4, kind="NARROW"), group="d2"),
        replace(row("NAUSEAS ", "R11", line=5), level="category"),
    ]
    first, second, third = unique(rows)
    assert first == replace(rows[0], codes=("R11.0", "R11.2"), slices={"kind": SEVERAL, "site": "a"})
    assert second == rows[1]
    assert third == rows[3]
    assert unique(unique(rows)) == unique(rows)
    assert unique([]) == ()


def test_a_query_counts_in_every_chapter_of_its_codes(hierarchy: Hierarchy) -> None:
    rows = [
        row("a", "I10", "R03.0"),
        row("b", "I10", "I11.9"),
        row("c", "S22.49XA"),
        row("d", "A00.99"),
        row("e", "ninguno"),
    ]
    found = slices(rows, hierarchy)
    chapters = {value: places for (by, value), places in found.items() if by == "chapter"}
    assert chapters == {"1": [3], "9": [0, 1], "18": [0], "19": [2]}
    assert list(chapters) == ["1", "9", "18", "19"]
    assert found["all", "all"] == [0, 1, 2, 3, 4]


def test_words_and_verbatim_queries(hierarchy: Hierarchy) -> None:
    queries = ["asma", "Tos Seca", "dolor de pecho", "dolor de cabeza fuerte", "una fiebre que no se va"]
    found = slices([row(query, "I10") for query in queries], hierarchy, surfaces={"tos seca"})
    assert {value: places for (by, value), places in found.items() if by == "words"} == {
        "1": [0],
        "2": [1],
        "3-4": [2, 3],
        "5+": [4],
    }
    assert found["surface", "verbatim"] == [1]
    assert found["surface", "other"] == [0, 2, 3, 4]
    assert not any(by in ("mention", "code") for by, _ in found)


def test_seen_and_unseen(hierarchy: Hierarchy) -> None:
    seen = seen_in(
        [training(("Tos Seca", "R05.3"), ("costilla rota", "S22.49XA")), training(("x", "Q99.99"))], hierarchy
    )
    rows = [
        row("tos seca", "R05.3"),
        row("tos", "J45.909", "r053"),
        row("costillas", "S22.49XD"),
        row("asma", "J45.909"),
        row("costilla rota", "S22.41"),
        replace(row("tórax", "S22"), level="category"),
        row("retirado", "Q99.99"),
        replace(row("piel", "L30"), level="category"),
    ]
    found = slices(rows, hierarchy, seen)
    assert found["mention", "seen"] == [0, 4]
    assert found["mention", "unseen"] == [1, 2, 3, 5, 6, 7]
    assert found["code", "seen"] == [0, 1, 2, 5, 6]
    assert found["code", "unseen"] == [3, 4, 7]


def test_columns_of_the_set(hierarchy: Hierarchy) -> None:
    rows = [
        row("a", "I10", kind="EXACT", chapter="heart"),
        row("b", "I10", kind=""),
        row("c", "I10", kind="NARROW", offset="1"),
    ]
    found = slices(rows, hierarchy)
    assert found["kind", "EXACT"] == [0]
    assert found["kind", "NARROW"] == [2]
    assert found["column chapter", "heart"] == [0]
    assert found["chapter", "9"] == [0, 1, 2]
    assert ("kind", "") not in found


def test_a_column_of_numbers_makes_no_slices(hierarchy: Hierarchy) -> None:
    rows = [row(f"q {n}", "I10", id=str(n), few=str(n % MOST_VALUES)) for n in range(MOST_VALUES + 1)]
    assert wide_columns(rows) == ("id",)
    found = slices(rows, hierarchy)
    assert not any(by == "id" for by, _ in found)
    assert [value for by, value in found if by == "few"] == [str(n) for n in range(MOST_VALUES)]


def test_nothing_makes_no_slices(hierarchy: Hierarchy) -> None:
    assert slices([], hierarchy) == {}
