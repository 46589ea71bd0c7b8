"""Which codes of the tabular list answer a judgement, however they are written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.search.engine import Search
from codilingua.train.gold import gold_codes
from codilingua.types import Judgement, Kind


@pytest.fixture(scope="module")
def codes(tiny: Search) -> frozenset[str]:
    return frozenset(concept.code for concept in tiny.catalog if concept.kind is Kind.CODE)


@pytest.fixture(scope="module")
def full() -> Iterator[Catalog]:
    """The catalog that ships: the small one has no categories that begin alike."""
    with Catalog.open(Assets.shipped().catalog) as catalog:
        yield catalog


def gold(catalog: Catalog, codes: frozenset[str], *written: str, level: str = "exact") -> set[str]:
    return set(gold_codes(Judgement("dolor", written, "es", level), catalog, codes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("I20.0",), {"I20.0"}),
        (("i200",), {"I20.0"}),
        (("I20", "I25.2"), {"I20", "I25.2"}),
        (("I20.0", "i20.0"), {"I20.0"}),
        # Completed with a 7th character: the code of the tabular list is meant.
        (("S72.002A",), {"S72.002"}),
        (("s72002d", "S22.49XA"), {"S72.002", "S22.49"}),
        # A range and a chapter are no codes.
        (("I20-I25",), set()),
        (("19",), set()),
        # Not in this catalog; with a 7th character that the code does not take.
        (("E11.9",), set()),
        (("S22.49XQ",), set()),
        (("",), set()),
        # What is known counts, what is not does not.
        (("ZZZ", "I10"), {"I10"}),
    ],
)
def test_an_exact_code(
    tiny: Search, codes: frozenset[str], written: tuple[str, ...], expected: set[str]
) -> None:
    assert gold(tiny.catalog, codes, *written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("I20.9",), {"I20", "I20.0", "I20.1", "I20.8", "I20.9"}),
        (("I20",), {"I20", "I20.0", "I20.1", "I20.8", "I20.9"}),
        # A code that this catalog does not have, of a category that it has.
        (("i63.81",), {"I63", "I63.5", "I63.9"}),
        (("X30XXXA", "I10"), {"X30", "I10"}),
        (("E11.9",), set()),
    ],
)
def test_a_category_is_all_of_its_codes(
    tiny: Search, codes: frozenset[str], written: tuple[str, ...], expected: set[str]
) -> None:
    assert gold(tiny.catalog, codes, *written, level="category") == expected


@pytest.mark.parametrize("level", ["exact", "category"])
def test_only_codes_that_were_asked_about(tiny: Search, level: str) -> None:
    few = frozenset({"I20.1", "I10"})
    assert gold(tiny.catalog, few, "I20.0", "I20.1", level=level) == {"I20.1"}
    assert gold(tiny.catalog, few, "I25.2", level=level) == set()
    assert gold(tiny.catalog, frozenset(), "I20.1", level=level) == set()


def test_categories_that_begin_alike_stay_apart(full: Catalog) -> None:
    """C7A and C7B are categories of their own beside C7; O9A beside O99."""
    codes = frozenset(concept.code for concept in full if concept.kind is Kind.CODE)
    found = gold(full, codes, "C7A.00", level="category")
    assert "C7A.00" in found
    assert all(code.startswith("C7A") for code in found)
    assert gold(full, codes, "O9A.11", level="category") & {"O99", "O98"} == set()


def test_a_place_of_a_list_will_do(tiny: Search, codes: frozenset[str]) -> None:
    """Training asks with a mapping from the code to its place."""
    places = {code: place for place, code in enumerate(sorted(codes))}
    judgement = Judgement("angor", ("I20.9", "I25.119"), "fr")
    assert gold_codes(judgement, tiny.catalog, places) == {"I20.9", "I25.119"}
