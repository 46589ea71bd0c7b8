"""Codilingua as a system: its stages, its surfaces and its pool, against the product itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.errors import AssetError, FilterError, UsageError
from codilingua.evaluate.systems.base import Ranking
from codilingua.evaluate.systems.candidates import Candidates, Surfaces, read_candidates
from codilingua.evaluate.systems.ours import STAGES, OurSearch
from codilingua.search.engine import Search
from codilingua.search.filters import Filters
from codilingua.search.prior import local_path, open_prior, save_local
from codilingua.search.profiles import Profile, Profiles, open_profiles
from codilingua.types import Hit, Kind

QUERIES = [
    "old fracture of the hip",
    "hip fracture",
    "ictus",
    "dolor torácico",
    "caída en casa",
    "angina",
    "I25.11",
]

"""The first is told to be English, which the small assets rerank; the last is a code."""

Open = Callable[..., OurSearch]


@pytest.fixture
def opened(tiny: Search, tiny_folder: Path) -> Iterator[Open]:
    systems: list[OurSearch] = []

    def make(
        stage: str, surfaces: Surfaces = "all", pool: list[str] | None = None, assets: Path = tiny_folder
    ) -> OurSearch:
        candidates = read_candidates(tiny.catalog, surfaces, pool)
        systems.append(OurSearch(stage, candidates, assets, 1))
        return systems[-1]

    yield make
    for system in systems:
        system.close()


@pytest.fixture
def unreranked(tiny_copy: Path) -> Path:
    """Assets whose languages would be reranked, but that have no reranker."""
    assets = Assets(tiny_copy)
    assets.reranker.unlink()
    assets.reseal()
    return tiny_copy


def ranked_by(folder: Path, change: Callable[[Profile], Profile]) -> Path:
    """The assets of a folder with this ranking instead of theirs."""
    assets = Assets(folder)
    open_profiles(assets.ranking).each(change).save(assets.ranking)
    assets.reseal()
    return folder


def as_ranking(answers: list[list[Hit]]) -> Ranking:
    codes = [[hit.code for hit in hits] for hits in answers]
    return Ranking(codes, [[hit.score for hit in hits] for hits in answers])


# What each stage is.

SHIPPED = Profile(0.6, 0.7, 0.1, 0.3, 1.5, 2.0, 0.04, ((0.2, 0.1), (0.9, 0.8)), 0.4)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("lexical", replace(SHIPPED, dense=0.0, prior=0.0, rerank=0.0)),
        ("dense", replace(SHIPPED, dense=1.0, prior=0.0, rerank=0.0)),
        ("fused", replace(SHIPPED, prior=0.0, rerank=0.0)),
        ("prior", replace(SHIPPED, rerank=0.0)),
        ("reranked", SHIPPED),
        ("gated", SHIPPED),
    ],
)
def test_what_a_stage_makes_of_a_profile(stage: str, expected: Profile) -> None:
    assert STAGES[stage](SHIPPED) == expected


def test_the_reranked_stage_has_no_gate() -> None:
    shut = replace(SHIPPED, rerank=0.0)
    assert STAGES["reranked"](shut) == replace(SHIPPED, rerank=0.5)
    assert STAGES["gated"](shut) == shut


def test_every_stage_has_its_tests() -> None:
    assert list(STAGES) == ["lexical", "dense", "fused", "prior", "reranked", "gated"]


@pytest.mark.parametrize(("stage", "share"), [("lexical", 0.0), ("dense", 1.0)])
def test_a_single_search_is_the_product_with_that_search_alone(
    tiny_folder: Path, opened: Open, stage: str, share: float
) -> None:
    with open_search(tiny_folder, 1, share) as search:
        assert opened(stage).rank(QUERIES, 20) == as_ranking(search.batch(QUERIES, 20))


@pytest.mark.parametrize("stage", ["fused", "prior", "reranked"])
def test_a_stage_is_the_product_with_its_ranking(tiny_copy: Path, opened: Open, stage: str) -> None:
    expected = opened(stage).rank(QUERIES, 20)
    with open_search(ranked_by(tiny_copy, STAGES[stage]), 1) as search:
        assert as_ranking(search.batch(QUERIES, 20)) == expected


def test_gated_is_the_product_and_prior_its_first_stage(
    tiny: Search, tiny_folder: Path, opened: Open
) -> None:
    assert opened("gated").rank(QUERIES, 20) == as_ranking(tiny.batch(QUERIES, 20))
    with open_search(tiny_folder, 1, rerank=0) as search:
        assert opened("prior").rank(QUERIES, 20) == as_ranking(search.batch(QUERIES, 20))


def test_the_stages_differ(opened: Open) -> None:
    rankings = {stage: opened(stage).rank(QUERIES, 20) for stage in STAGES}
    for stage, ranking in rankings.items():
        same = [other for other in rankings if rankings[other] == ranking]
        assert same == [stage], same


def test_reranked_reads_the_languages_that_the_gate_leaves_out(tiny_copy: Path, opened: Open) -> None:
    shut = ranked_by(tiny_copy, lambda profile: replace(profile, rerank=0.0))
    first = opened("prior", assets=shut).rank(QUERIES, 20)
    assert opened("gated", assets=shut).rank(QUERIES, 20) == first
    assert opened("reranked", assets=shut).rank(QUERIES, 20) != first


def test_gated_without_a_reranker_is_the_first_stage(unreranked: Path, opened: Open) -> None:
    first = opened("prior", assets=unreranked).rank(QUERIES, 20)
    assert opened("gated", assets=unreranked).rank(QUERIES, 20) == first
    # The reranker would have had a word, were it there.
    assert opened("gated").rank(QUERIES, 20) != first


def test_without_a_reranker_there_is_no_reranked_stage(unreranked: Path, opened: Open) -> None:
    told = (
        "no reranker in these assets, so nothing can be reranked; choose lexical, dense, fused, prior, gated"
    )
    with pytest.raises(AssetError, match=told) as caught:
        opened("reranked", assets=unreranked)
    assert str(unreranked) in str(caught.value)


def test_without_a_ranking_the_default_profile_holds(tiny_copy: Path, opened: Open) -> None:
    assets = Assets(tiny_copy)
    assets.ranking.unlink()
    assets.reseal()
    untuned = opened("gated", assets=tiny_copy).rank(QUERIES, 20)
    assert opened("fused", assets=tiny_copy).rank(QUERIES, 20) == untuned
    Profiles().save(assets.ranking)
    assets.reseal()
    assert opened("gated", assets=tiny_copy).rank(QUERIES, 20) == untuned


# What is answered.


def test_what_a_search_refuses_has_no_answer_and_the_rest_has(tiny: Search, opened: Open) -> None:
    system = opened("gated")
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


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("surfaces", ["all", "titles"])
def test_only_the_pool_is_answered(opened: Open, stage: str, surfaces: Surfaces) -> None:
    pool = ["I10", "I63.9", "S72.001", "W01.0", "S72.00"]
    ranking = opened(stage, surfaces, pool).rank(QUERIES, 20)
    answered = {code for codes in ranking.codes for code in codes}
    assert answered
    assert answered <= set(pool)
    if stage != "lexical":
        assert all(set(codes) == set(pool) for codes in ranking.codes[:6])


def test_the_pool_ranks_as_the_filter_does(tiny: Search, opened: Open) -> None:
    pool = ["I10", "I63.9", "S72.001", "W01.0"]
    expected = tiny.batch(QUERIES, 20, Filters(only=frozenset(pool)))
    assert opened("gated", pool=pool).rank(QUERIES, 20) == as_ranking(expected)


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


# What it costs and who it is.


def test_what_a_stage_keeps_on_disk(opened: Open, tiny_folder: Path) -> None:
    lexical, dense, fused, prior, reranked, gated = (opened(stage).disk_bytes for stage in STAGES)
    size = {path.name: path.stat().st_size for path in tiny_folder.iterdir()}
    both = size["catalog.db"] + size["surfaces.npy"]
    assert lexical == both + size["lexical.npz"]
    encoder = size["encoder.onnx"] + size["tokenizer.json"] + size["words.bin"]
    assert dense == both + size["vectors.npy"] + encoder
    assert fused == lexical + dense - both + size["ranking.json"] + size["languages.npz"]
    assert prior == fused + size["prior.npy"]
    assert reranked == gated == prior + size["reranker.onnx"] == sum(size.values()) - size["manifest.json"]


def test_fewer_surfaces_keep_less_on_disk(opened: Open) -> None:
    titles, official, everything = (
        opened("fused", surfaces).disk_bytes for surfaces in ("titles", "official", "all")
    )
    assert titles < official < everything


def test_a_stage_of_the_shipped_assets_keeps_what_ships() -> None:
    assets = Assets.shipped()
    with open_search() as search:
        candidates = read_candidates(search.catalog, "all")
    system = OurSearch("gated", candidates, None, 1)
    system.close()
    assert system.disk_bytes == sum(path.stat().st_size for path in assets.files)


def test_the_identity_tells_stages_and_assets_apart(tiny_copy: Path, opened: Open, tiny: Search) -> None:
    identity = opened("fused").identity
    assert opened("fused").identity == identity
    assert opened("dense").identity != identity
    Assets(tiny_copy).seal({"made": "again"})
    other = OurSearch("fused", read_candidates(tiny.catalog, "all"), tiny_copy, 1)
    other.close()
    assert other.identity != identity


def test_the_identity_tells_a_fitted_prior(tiny_copy: Path, opened: Open, tiny: Search) -> None:
    before = opened("gated", assets=tiny_copy)
    assets = Assets(tiny_copy)
    prior = np.zeros_like(open_prior(assets, tiny.catalog))
    prior[-1] = 1
    save_local(local_path(assets), prior, tiny.catalog, 1)
    after = opened("gated", assets=tiny_copy)
    assert after.identity != before.identity
    assert after.rank(QUERIES, 20) != before.rank(QUERIES, 20)


def test_an_unknown_stage_is_refused(opened: Open) -> None:
    with pytest.raises(UsageError, match="'sparse' does not exist: choose lexical, dense, fused, prior"):
        opened("sparse")
