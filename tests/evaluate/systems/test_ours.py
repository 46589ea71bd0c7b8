"""Codilingua as a system: its stages, its surfaces and its pool, against the product itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.errors import AssetError, FilterError, UsageError
from codilingua.evaluate.systems.base import Ranking
from codilingua.evaluate.systems.candidates import Candidates, Surfaces, read_candidates
from codilingua.evaluate.systems.ours import WEIGHTS, OurSearch
from codilingua.search.engine import Search
from codilingua.search.filters import Filters
from codilingua.types import Hit, Kind

QUERIES = ["hip fracture", "ictus", "dolor torácico", "caída en casa", "angina", "I25.11"]

Open = Callable[..., OurSearch]


@pytest.fixture
def opened(tiny: Search, tiny_folder: Path) -> Iterator[Open]:
    systems: list[OurSearch] = []

    def make(stage: str, surfaces: Surfaces = "all", pool: list[str] | None = None) -> OurSearch:
        candidates = read_candidates(tiny.catalog, surfaces, pool)
        systems.append(OurSearch(stage, candidates, tiny_folder, 1))
        return systems[-1]

    yield make
    for system in systems:
        system.close()


def as_ranking(answers: list[list[Hit]]) -> Ranking:
    codes = [[hit.code for hit in hits] for hits in answers]
    return Ranking(codes, [[hit.score for hit in hits] for hits in answers])


@pytest.mark.parametrize("stage", WEIGHTS)
def test_a_stage_is_the_product_with_its_share_of_the_vectors(
    tiny_folder: Path, opened: Open, stage: str
) -> None:
    with open_search(tiny_folder, 1, WEIGHTS[stage]) as search:
        assert opened(stage).rank(QUERIES, 20) == as_ranking(search.batch(QUERIES, 20))


def test_the_stages_differ(tiny: Search, opened: Open) -> None:
    lexical, dense, fused = (opened(stage).rank(QUERIES, 20) for stage in WEIGHTS)
    assert lexical.codes != dense.codes != fused.codes != lexical.codes
    assert fused == as_ranking(tiny.batch(QUERIES, 20))


def test_what_a_search_refuses_has_no_answer_and_the_rest_has(tiny: Search, opened: Open) -> None:
    system = opened("fused")
    ranking = system.rank(["", "ictus", "I25.99", "😀", "\udc80", "x" * 3000, "angina"], 5)
    assert [len(codes) for codes in ranking.codes] == [0, 5, 0, 0, 0, 0, 5]
    assert [len(scores) for scores in ranking.scores] == [0, 5, 0, 0, 0, 0, 5]
    assert ranking.codes[6] == [hit.code for hit in tiny("angina", 5)]
    assert system.rank([], 5) == Ranking([], [])
    assert system.rank(["", " "], 5) == Ranking([[], []], [[], []])


def test_a_typed_7th_character_answers_the_code_that_it_completes(opened: Open) -> None:
    assert opened("fused").rank(["s72001a", "S72.001"], 5) == Ranking([["S72.001"]] * 2, [[1.0]] * 2)
    assert opened("fused", pool=["S72.001", "I10"]).rank(["s72001a"], 5).codes == [["S72.001"]]
    assert opened("fused", pool=["S72.00", "I10"]).rank(["s72001a"], 5).codes == [[]]


@pytest.mark.parametrize("stage", WEIGHTS)
@pytest.mark.parametrize("surfaces", ["all", "titles"])
def test_only_the_pool_is_answered(opened: Open, stage: str, surfaces: Surfaces) -> None:
    pool = ["I10", "I63.9", "S72.001", "W01.0", "S72.00"]
    ranking = opened(stage, surfaces, pool).rank(QUERIES, 20)
    answered = {code for codes in ranking.codes for code in codes}
    assert answered
    assert answered <= set(pool)
    if stage != "lexical":
        assert all(set(codes) == set(pool) for codes in ranking.codes[:5])


def test_the_pool_ranks_as_the_filter_does(tiny: Search, opened: Open) -> None:
    pool = ["I10", "I63.9", "S72.001", "W01.0"]
    expected = tiny.batch(QUERIES, 20, Filters(only=frozenset(pool)))
    assert opened("fused", pool=pool).rank(QUERIES, 20) == as_ranking(expected)


def test_a_pool_of_another_catalog_is_refused(tiny: Search, tiny_folder: Path) -> None:
    one = read_candidates(tiny.catalog, "all", ["I10"])
    other = Candidates((*one.codes, "Z99.9"), one.texts, one.places, "all", frozenset({"I10", "Z99.9"}))
    with pytest.raises(FilterError, match=r"Z99\.9"):
        OurSearch("fused", other, tiny_folder, 1)


def test_fewer_surfaces_are_honoured(tiny: Search, opened: Open) -> None:
    concepts = [concept for concept in tiny.catalog if concept.kind is Kind.CODE]
    official = {label.text for concept in concepts for label in concept.surfaces if label.origin != "machine"}
    machine = [
        (label.text, concept.code)
        for concept in concepts
        for label in concept.labels
        if label.origin == "machine" and label.lang == "it" and label.text not in official
    ]
    queries = [text for text, _ in machine]
    found = {
        surfaces: opened("lexical", surfaces).rank(queries, 1) for surfaces in ("all", "official", "titles")
    }
    assert all(scores[0] > 0.85 for scores in found["all"].scores)
    fewer = [scores[0] if scores else 0.0 for scores in found["official"].scores]
    assert sum(score < 0.85 for score in fewer) > len(queries) / 2
    assert found["titles"].codes != found["official"].codes


def test_what_a_stage_keeps_on_disk(opened: Open, tiny_folder: Path) -> None:
    lexical, dense, fused = (opened(stage).disk_bytes for stage in WEIGHTS)
    catalog, encoder = ((tiny_folder / name).stat().st_size for name in ("catalog.db", "encoder.onnx"))
    assert lexical > catalog
    assert dense > catalog + encoder
    # Both need the catalog, and four bytes for the place of each of the 282 surfaces.
    assert fused == lexical + dense - catalog - 4 * 282
    assert opened("fused", "titles").disk_bytes < opened("fused", "official").disk_bytes < fused


def test_a_stage_of_the_shipped_assets_keeps_what_ships() -> None:
    assets = Assets.shipped()
    with open_search() as search:
        candidates = read_candidates(search.catalog, "all")
    system = OurSearch("fused", candidates, None, 1)
    system.close()
    assert system.disk_bytes == pytest.approx(sum(path.stat().st_size for path in assets.files), rel=1e-3)


def test_the_identity_tells_stages_and_assets_apart(tiny_copy: Path, opened: Open, tiny: Search) -> None:
    identity = opened("fused").identity
    assert opened("fused").identity == identity
    assert opened("dense").identity != identity
    Assets(tiny_copy).seal({"made": "again"})
    other = OurSearch("fused", read_candidates(tiny.catalog, "all"), tiny_copy, 1)
    other.close()
    assert other.identity != identity


def test_without_a_reranker_there_is_no_reranked_stage(opened: Open, tiny_folder: Path) -> None:
    with pytest.raises(AssetError, match="no reranker in these assets") as caught:
        opened("reranked")
    assert str(tiny_folder) in str(caught.value)


def test_an_unknown_stage_is_refused(opened: Open) -> None:
    with pytest.raises(UsageError, match="'sparse' does not exist: choose lexical, dense, fused"):
        opened("sparse")
