"""Pairs made by hand, and the two ways of searching the catalog that ships."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.search.engine import Search
from codilingua.search.opening import open_search
from codilingua.types import Pair

MakePair = Callable[..., Pair]


@pytest.fixture
def pair() -> MakePair:
    """Makes a pair: text, code, language, register."""

    def make(text: str, code: str, lang: str = "es", register: str = "note", way: str = "practice") -> Pair:
        return Pair(text, code, lang, register, way, "r", "m", "v1", "2026-11-26")  # type: ignore[arg-type]

    return make


@pytest.fixture
def catalog(shipped: Search) -> Catalog:
    return shipped.catalog


@pytest.fixture(scope="session")
def searches() -> Iterator[tuple[Search, Search]]:
    """The shipped catalog by sentence vectors alone, and by trigrams alone."""
    with open_search(dense_weight=1.0) as dense, open_search(dense_weight=0.0) as lexical:
        yield dense, lexical
