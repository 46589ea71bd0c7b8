"""The share of vectors and trigrams in a score, down to each of the two alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.search.encoder import QUERY, Encoder
from codilingua.search.engine import Search
from codilingua.search.filters import Filters
from codilingua.search.index import Index, open_index
from codilingua.search.lexical import build_lexical
from codilingua.search.prior import open_prior
from codilingua.search.profiles import Profile, Profiles
from codilingua.search.query import check_query
from codilingua.search.ranking import everything, rank
from codilingua.types import Hit, Kind

QUERIES = ["hip fracture", "ictus", "dolor torácico", "caída en casa", "enfarte agudo do miocárdio", "angina"]
UNTUNED = Profile()


@pytest.fixture(scope="module")
def index(tiny_folder: Path) -> Index:
    assets = Assets(tiny_folder)
    with Catalog.open(assets.catalog) as catalog:
        return open_index(assets, open_prior(assets, catalog))


@pytest.fixture(scope="module")
def encoder(tiny_folder: Path) -> Encoder:
    assets = Assets(tiny_folder)
    return Encoder(assets.encoder, assets.tokenizer, 1)


@pytest.fixture(scope="module")
def dense(tiny_folder: Path) -> Iterator[Search]:
    with open_search(tiny_folder, 1, dense_weight=1.0) as search:
        yield search


@pytest.fixture(scope="module")
def lexical(tiny_folder: Path) -> Iterator[Search]:
    with open_search(tiny_folder, 1, dense_weight=0.0) as search:
        yield search


def best_of_each(search: Search, index: Index, scores: NDArray[np.float64]) -> dict[str, float]:
    """Code → the score of its best surface."""
    concepts = search.catalog.at(index.places.tolist())
    best: dict[str, float] = {}
    for place, score in zip(index.places.tolist(), scores.tolist(), strict=True):
        code = concepts[place].code
        best[code] = max(score, best.get(code, -1.0))
    return best


def codes(hits: list[Hit]) -> list[str]:
    return [hit.code for hit in hits]


def test_the_default_share_is_the_one_that_is_measured(tiny: Search, tiny_folder: Path) -> None:
    with open_search(tiny_folder, 1, dense_weight=UNTUNED.dense) as same:
        assert same.batch(QUERIES, 50) == tiny.batch(QUERIES, 50)


@pytest.mark.parametrize("weight", [0.1, 0.3, UNTUNED.dense, 0.9])
def test_a_score_is_made_of_both(tiny_folder: Path, index: Index, encoder: Encoder, weight: float) -> None:
    rows = np.arange(len(index.places))
    with open_search(tiny_folder, 1, dense_weight=weight) as search:
        concepts = [concept for concept in search.catalog if concept.kind is Kind.CODE]
        surfaces = [(concept.code, surface.text) for concept in concepts for surface in concept.surfaces]
        for query in QUERIES:
            cosines = index.vectors.cosines(encoder.encode([query], QUERY)[0], rows)
            scaled = np.clip((cosines - UNTUNED.floor) / (1 - UNTUNED.floor), 0, 1)
            scores = weight * scaled + (1 - weight) * index.lexical.scores(query)
            expected = dict(zip(surfaces, scores.tolist(), strict=True))
            for hit in search(query, 10):
                assert hit.score == pytest.approx(expected[hit.code, hit.surface], abs=1e-4)


# The vectors alone.


def test_vectors_alone_order_by_cosine_below_the_floor_too(
    dense: Search, index: Index, encoder: Encoder
) -> None:
    rows = np.arange(len(index.places))
    for query in QUERIES:
        cosines = index.vectors.cosines(encoder.encode([query], QUERY)[0], rows).astype(np.float64)
        expected = best_of_each(dense, index, cosines)
        hits = dense(query, 1000)
        assert set(codes(hits)) == set(expected)
        found = np.array([expected[hit.code] for hit in hits])
        assert found.min() < UNTUNED.floor
        assert (np.diff(found) < 2e-5).all()
        scores = np.array([hit.score for hit in hits])
        np.testing.assert_allclose(scores, (1 + found) / 2, atol=1e-5)
        assert len(set(scores[found < UNTUNED.floor].tolist())) > 10


def test_trigrams_bring_nothing_to_vectors_alone(index: Index, encoder: Encoder) -> None:
    other = replace(index, lexical=build_lexical(["hip fracture"] * len(index.places)))
    embedded = encoder.encode(QUERIES, QUERY)
    profiles = [Profile(dense=1.0)] * len(QUERIES)
    ranked = [rank(each, everything(each), QUERIES, embedded, profiles, 40, 1) for each in (index, other)]
    assert ranked[0] == ranked[1]
    assert [len(some) for some in ranked[0]] == [40] * len(QUERIES)


def test_vectors_alone_under_a_filter(dense: Search) -> None:
    whole = [hit for hit in dense("hip fracture", 1000) if hit.chapter == "9"]
    assert dense("hip fracture", 1000, Filters(("9",))) == whole


# The trigrams alone.


def test_without_vectors_nothing_is_embedded(tiny: Search, lexical: Search, index: Index) -> None:
    without = Search(tiny.catalog, cast(Encoder, None), index, 1, Profiles(Profile(dense=0.0)))
    many = QUERIES * 15
    assert without.batch(many) == lexical.batch(many)
    assert without("ictus", filters=Filters(("9",)))


def test_trigrams_alone_find_whatever_shares_one_and_nothing_else(lexical: Search, index: Index) -> None:
    for query in QUERIES:
        scores = index.lexical.scores(query).astype(np.float64)
        expected = {code: score for code, score in best_of_each(lexical, index, scores).items() if score > 0}
        hits = lexical(query, 1000)
        assert 0 < len(hits) < len(lexical.catalog)
        assert {hit.code: hit.score for hit in hits} == pytest.approx(expected, abs=1e-4)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("query", ["zzzz", "qwkx", "42"])
def test_without_a_shared_trigram_there_is_no_answer(lexical: Search, index: Index, query: str) -> None:
    assert not index.lexical.scores(check_query(query)).any()
    assert lexical(query) == []
    assert lexical(query, filters=Filters(("9",))) == []


def test_trigrams_alone_fill_the_list_from_the_shipped_index(shipped: Search) -> None:
    with open_search(dense_weight=0.0) as search:
        hits = search("fracture of neck of femur", 300)
    assert len(set(codes(hits))) == 300
    assert all(0 < hit.score <= 1 for hit in hits)
    assert codes(hits[:1]) == codes(shipped("fracture of neck of femur", 1))


@pytest.mark.parametrize("weight", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_share_out_of_range_is_refused(tiny_folder: Path, weight: float) -> None:
    with pytest.raises(UsageError, match="give a number from 0 to 1"):
        open_search(tiny_folder, dense_weight=weight)
