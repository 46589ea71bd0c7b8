"""The shares of vectors, trigrams, prior and reranker in a score, down to each of the first two alone."""

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
from codilingua.search.ranking import Ranked, blend, everything, rank, restricted
from codilingua.search.vectors import VectorIndex, pack
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


def test_without_profiles_the_share_is_the_measured_one(
    tiny: Search, tiny_folder: Path, index: Index, encoder: Encoder
) -> None:
    plain = Search(tiny.catalog, encoder, index, 1)
    with open_search(tiny_folder, 1, dense_weight=UNTUNED.dense) as same:
        # French has a share of its own in the file, and every language a prior.
        assert same.batch([*QUERIES, "crise cardiaque ancienne"], 50) == plain.batch(
            [*QUERIES, "crise cardiaque ancienne"], 50
        )


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
    assert hits[0].code in codes(shipped("fracture of neck of femur", 5))


@pytest.mark.parametrize("weight", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_share_out_of_range_is_refused(tiny_folder: Path, weight: float) -> None:
    with pytest.raises(UsageError, match="give a number from 0 to 1"):
        open_search(tiny_folder, dense_weight=weight)


# The prior of use.


@pytest.fixture(scope="module")
def equals() -> Index:
    """Four codes: two that nothing tells apart, one a little further off, one far off."""
    texts = ["hip fracture", "hip fracture", "hip fractures", "ictus"]
    vectors = np.zeros((4, 64), np.float32)
    vectors[:3, 0], vectors[3, 1] = 1, 1
    return Index(
        np.arange(1, 5, dtype=np.uint32),
        VectorIndex.unpack(pack(vectors)),
        build_lexical(texts),
        np.array([0, 0, 1, 0, 0], np.float32),
    )


def ranked_rows(index: Index, profile: Profile) -> list[Ranked]:
    asked = np.zeros((1, 64), np.float32)
    asked[0, 0] = 1
    (ranked,) = rank(index, everything(index), ["hip fracture"], asked, [profile], 4, 1)
    return ranked


@pytest.mark.parametrize("dense", [0.0, 0.65, 1.0])
def test_a_used_code_overtakes_an_equal_one(equals: Index, dense: float) -> None:
    without = ranked_rows(equals, Profile(dense=dense, floor=0.1))
    with_prior = ranked_rows(equals, Profile(dense=dense, floor=0.1, prior=0.1))
    assert [best.row for best in without[:2]] == [0, 1]
    assert [best.row for best in with_prior[:2]] == [1, 0]
    scores = {best.row: best.score for best in without}
    expected = {row: 0.9 * score + 0.1 * (row == 1) for row, score in scores.items()}
    if dense == 1:
        # Alone, cosines are spread without a floor; beside a prior they have one.
        expected = {best.row: best.score for best in with_prior}
        assert expected[1] == pytest.approx(expected[0] + 0.1, abs=1e-4)
    assert {best.row: best.score for best in with_prior} == pytest.approx(expected, abs=2e-4)


def test_enough_of_a_prior_overtakes_a_better_code(equals: Index) -> None:
    used = replace(equals, prior=np.array([0, 0, 0, 1, 1], np.float32))
    orders = [[best.row for best in ranked_rows(used, Profile(dense=0.0, prior=p))] for p in (0.0, 0.02, 0.5)]
    assert orders == [[0, 1, 2], [0, 1, 2], [2, 0, 1]]


@pytest.mark.parametrize("dense", [0.0, 0.65, 1.0])
def test_a_weight_of_nothing_changes_nothing(index: Index, encoder: Encoder, dense: float) -> None:
    embedded = encoder.encode(QUERIES, QUERY)
    chance = np.random.default_rng(1)
    other = replace(index, prior=chance.uniform(0, 1, len(index.prior)).astype(np.float32))
    for prior, same in ((0.0, True), (0.3, False)):
        profiles = [Profile(dense=dense, prior=prior)] * len(QUERIES)
        ranked = [rank(each, everything(each), QUERIES, embedded, profiles, 40, 1) for each in (index, other)]
        assert (ranked[0] == ranked[1]) is same


def test_under_a_filter_each_code_keeps_its_prior(index: Index, encoder: Encoder) -> None:
    kept = np.zeros(len(index.prior), bool)
    kept[20:50] = True
    embedded = encoder.encode(QUERIES, QUERY)
    profiles = [Profile(prior=0.3)] * len(QUERIES)
    whole = rank(index, everything(index), QUERIES, embedded, profiles, 1000, 1)
    some = rank(index, restricted(index, kept), QUERIES, embedded, profiles, 1000, 1)
    assert some == [[best for best in each if kept[index.places[best.row]]] for each in whole]
    assert all(some)


def test_each_text_is_ranked_by_its_own_profile(index: Index, encoder: Encoder) -> None:
    embedded = encoder.encode(QUERIES, QUERY)
    mixed = [
        Profile(dense=0.0),
        Profile(dense=1.0),
        Profile(),
        Profile(dense=0.3, floor=0.1),
        Profile(prior=0.5),
        Profile(dense=1.0, prior=0.2),
    ]
    together = rank(index, everything(index), QUERIES, embedded, mixed, 50, 1)
    for number, profile in enumerate(mixed):
        one = slice(number, number + 1)
        alone = rank(index, everything(index), QUERIES[one], embedded[one], [profile], 50, 1)
        assert alone == together[one]


# Both stages.


def first_stage(*scores: float) -> list[Ranked]:
    return [Ranked(10 + place, score) for place, score in enumerate(scores)]


def test_codes_stand_in_the_order_of_both_stages() -> None:
    ranked = blend(first_stage(0.9, 0.5, 0.4, 0.1), np.array([0, 0, 2, 9], np.float32), Profile(rerank=0.5))
    squashed = [0.5, 0.5, 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-9))]
    expected = {
        10 + place: (first + second) / 2
        for place, (first, second) in enumerate(zip((0.9, 0.5, 0.4, 0.1), squashed, strict=True))
    }
    assert {best.row: best.score for best in ranked} == pytest.approx(expected, abs=1e-5)
    assert [best.row for best in ranked] == [10, 12, 13, 11]


def test_the_whole_share_is_the_second_stages() -> None:
    ranked = blend(first_stage(0.9, 0.5, 0.4), np.array([-1, 0, 1], np.float32), Profile(rerank=1.0))
    assert [best.row for best in ranked] == [12, 11, 10]
    assert ranked[1].score == 0.5


def test_where_both_see_no_difference_the_first_decides() -> None:
    ranked = blend(first_stage(0.5, 0.5, 0.5, 0.2), np.full(4, 3, np.float32), Profile(rerank=0.7))
    assert [best.row for best in ranked] == [10, 11, 12, 13]
    ranked = blend(first_stage(0.5, 0.5), np.array([1, 1 + 1e-6], np.float32), Profile(rerank=0.7))
    assert [best.row for best in ranked] == [10, 11]


@pytest.mark.parametrize("read", [1, 5, 20, 30])
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_scores_fall_and_what_was_not_read_stays_below(read: int, share: float) -> None:
    for seed in range(20):
        chance = np.random.default_rng(seed)
        first = first_stage(*np.sort(chance.uniform(0, 1, 30).round(2))[::-1].tolist())
        second = chance.normal(0, 3, read).astype(np.float32)
        ranked = blend(first, second, Profile(rerank=share, centre=1.0, width=0.5))
        scores = [best.score for best in ranked]
        assert scores == sorted(scores, reverse=True)
        assert 0 <= scores[-1] <= scores[0] <= 1
        rows = [best.row for best in ranked]
        assert sorted(rows[:read]) == [best.row for best in first[:read]]
        assert rows[read:] == [best.row for best in first[read:]]
