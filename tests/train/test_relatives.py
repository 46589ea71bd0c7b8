"""Which codes of the shipped catalog may not stand against each other, and which should."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.train.relatives import Relatives

STEP = 397
"""Every how-manieth code the general rules are tried on."""


@pytest.fixture(scope="module")
def book() -> Relatives:
    with Catalog.open(Assets.shipped().catalog) as catalog:
        return Relatives(catalog)


def related(book: Relatives, code: str) -> set[str]:
    return named(book, book.relatives(book.place[code]))


def rivals(book: Relatives, code: str) -> list[str]:
    return [book.codes[place] for place in book.rivals(book.place[code])]


def named(book: Relatives, places: Iterable[int]) -> set[str]:
    return {book.codes[place] for place in places}


def test_above_and_below(book: Relatives) -> None:
    assert {"E11.9", "E11"} <= related(book, "E11.9")
    assert {"E11", "E11.9", "E11.2", "E11.22"} <= related(book, "E11")
    assert related(book, "E11.9").isdisjoint({"E11.65", "E11.2", "E10.9", "E10"})
    place = book.place
    assert book.line(place["E11.22"]) == [place["E11.22"], place["E11.2"], place["E11"]]
    assert book.parent(place["E11.9"]) == place["E11"]
    assert book.parent(place["E11"]) is None


def test_what_is_coded_along_with_it(book: Relatives) -> None:
    """Use additional, from the category's notes too; a range; code also and excludes 2."""
    assert {"Z79.4", "Z79.84"} <= related(book, "E11.9")
    stages = related(book, "E11.22")
    assert {"N18.1", "N18.30", "N18.6"} <= stages
    assert "N18.9" not in stages
    assert {"J42", "J41.0", "J45.909"} <= related(book, "J44.9")


def test_a_range_of_a_chapters_worth_names_nothing(book: Relatives) -> None:
    """Excludes 2 of I10 are I60-I69 and H35.0-."""
    assert "I63.9" not in related(book, "I10")
    assert "H35.03" in related(book, "I10")


def test_siblings_are_the_first_rivals(book: Relatives) -> None:
    assert rivals(book, "M25.561")[:2] == ["M25.562", "M25.569"]
    assert set(rivals(book, "J44.9")) >= {"J44.0", "J44.1"}


def test_excludes_1_makes_rivals(book: Relatives) -> None:
    assert {"K52.9", "R19.7"} == set(rivals(book, "A09"))
    assert {"E10.9", "E11.A", "O24.41"} <= set(rivals(book, "E11.9"))
    assert related(book, "A09") == {"A09"}


def test_no_code_is_both(book: Relatives) -> None:
    for place in range(0, len(book.codes), STEP):
        found = book.relatives(place)
        assert place in found
        assert (np.diff(found) > 0).all()
        others = book.rivals(place)
        assert len(set(others.tolist())) == len(others)
        assert not set(others.tolist()) & set(found.tolist()), book.codes[place]


def test_the_mask_is_the_relatives(book: Relatives) -> None:
    rows = list(range(0, len(book.codes), STEP * 4))
    kin = np.concatenate([book.relatives(row) for row in rows])
    columns = np.r_[kin, np.arange(0, len(book.codes), STEP), len(book.codes) - 1, 0]
    cache: dict[int, np.ndarray] = {}
    masked = book.mask(rows, columns, cache)
    expected = np.array([np.isin(columns, book.relatives(row)) for row in rows])
    assert masked.any(axis=1).all()
    assert not masked.all(axis=1).any()
    np.testing.assert_array_equal(masked, expected)
    np.testing.assert_array_equal(book.mask(rows, columns, cache), expected)
    assert set(cache) == set(rows)
