"""The data that ships: as much as it says, of codes that exist, without leakage, told truly by its card."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.curate.files import read_pairs
from codilingua.curate.splits import SPLITS
from codilingua.evaluate.datacard import COVERED, render
from codilingua.search.engine import Search
from codilingua.synth.choose import COMPLETE, choose, read_defaults, read_tiers, tabular
from codilingua.synth.grid import read_grid
from codilingua.tables import read_columns
from codilingua.types import LANGUAGES, Kind, Pair

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def catalog(shipped: Search) -> Catalog:
    return shipped.catalog


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Pair]]:
    return {name: read_pairs(DATA / "pairs" / f"{name}.tsv") for name in SPLITS}


@pytest.fixture(scope="module")
def pairs(splits: dict[str, list[Pair]]) -> list[Pair]:
    return [pair for name in SPLITS for pair in splits[name]]


def test_how_much_there_is(splits: dict[str, list[Pair]], pairs: list[Pair]) -> None:
    assert len(pairs) >= 40_000
    by_language = Counter(pair.lang for pair in pairs)
    assert set(by_language) == set(LANGUAGES)
    assert min(by_language.values()) >= 6_000
    assert len({pair.code for pair in pairs}) >= 5_000
    held = Counter(pair.lang for pair in splits["test"])
    assert min(held.values()) >= 250
    assert sum(held.values()) >= 1_500
    ways = Counter(pair.way for pair in pairs)
    assert 0.4 < ways["practice"] / len(pairs) < 0.6


def test_every_category_is_covered(pairs: list[Pair], catalog: Catalog) -> None:
    categories = {
        node.code
        for node in catalog
        if node.kind is Kind.CODE and len(node.code) == 3 and node.chapter in COVERED
    }
    assert categories - {pair.code[:3] for pair in pairs} == set()


def test_codes_are_complete(pairs: list[Pair], catalog: Catalog) -> None:
    for code in {pair.code for pair in pairs}:
        assert catalog.get(code).status in COMPLETE, code


def test_no_pair_twice(pairs: list[Pair]) -> None:
    assert len({pair.id for pair in pairs}) == len(pairs)


def test_codes_held_out_are_held_out_whole(splits: dict[str, list[Pair]]) -> None:
    told = {
        code: seen
        for name in ("dev", "test")
        for _, (code, seen) in read_columns(DATA / "pairs" / f"{name}.tsv", ("codes", "seen"))
    }
    trained = {pair.code for pair in splits["train"]}
    unseen = {code for code, seen in told.items() if seen == "no"}
    assert len(unseen) > 500
    assert trained.isdisjoint(unseen)


def test_every_category_and_chosen_code_has_a_term(catalog: Catalog) -> None:
    grid = read_grid()
    tiers = read_tiers(DATA / "plan" / "tiers.tsv", catalog)
    defaults = read_defaults(DATA / "plan" / "defaults.tsv", catalog)
    wanted = set(choose(catalog, tiers, defaults, grid.covered_chapters))
    wanted |= {node.code for node in catalog if node.kind is Kind.CODE and len(node.code) == 3}
    for lang in ("es", "ca", "it", "pt", "fr"):
        named = {code for _, (code, _) in read_columns(DATA / "terms" / f"{lang}.tsv", ("code", "title"))}
        assert wanted - named == set(), lang


def test_use(catalog: Catalog) -> None:
    tiers = read_tiers(DATA / "use" / "tiers.tsv", catalog)
    assert Counter(tiers.values())[0] > 300
    for _, (lang, _, code) in read_columns(DATA / "use" / "conventions.tsv", ("lang", "term", "code")):
        assert lang in LANGUAGES
        assert tabular(catalog, code) is not None


def test_the_card_tells_what_is_there(catalog: Catalog) -> None:
    card = render(DATA, catalog)
    assert (DATA / "README.md").read_text("utf-8") == card, "run  codilingua data card data"
    leakage = card.split("## Leakage")[1].split("##")[0]
    rows = [line.split("|")[1:-1] for line in leakage.splitlines() if line.startswith("| train |")]
    assert len(rows) == 12
    for row in rows:
        assert [cell.strip() for cell in row[-2:]] == ["0", "0"], row
