"""Credit of answers over the small catalog, by hand and against a plain loop."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.errors import UsageError
from codilingua.evaluate.scoring.credit import DEPTH, LEVELS, credit, levels_of
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.search.engine import Search
from codilingua.types import Concept, Judgement, Kind, Level, Status


@pytest.fixture(scope="module")
def small(tiny: Search) -> Hierarchy:
    return Hierarchy(tiny.catalog)


def one(hierarchy: Hierarchy, level: str, gold: str, *answers: str, of: Level = "exact") -> list[float]:
    """Likeness of the answers to a query whose acceptable codes are written ``A|B``."""
    judgement = Judgement("made up", tuple(gold.split("|")), "en", of)
    credited = credit(level, [judgement], [answers], hierarchy)
    assert credited.likeness.shape == (1, DEPTH)
    assert not credited.likeness[0, len(answers) :].any()
    found: list[float] = credited.likeness[0, : len(answers)].tolist()
    return found


def plain(hierarchy: Hierarchy, level: str, gold: str, answer: str, cut: bool) -> float:
    """The definition, one pair at a time."""

    def stands_for(code: str) -> str | None:
        known, category = hierarchy.tabular(code), hierarchy.category(code)
        if cut or level == "category":
            return category
        return known or category if level == "hierarchical" else known

    right, given = stands_for(gold), stands_for(answer)
    if right is None or given is None:
        return 0.0
    if level == "hierarchical":
        one, two = set(hierarchy.line(right)), set(hierarchy.line(given))
        return 2 * len(one & two) / (len(one) + len(two))
    below = level == "descendant" and hierarchy.status(right) is Status.NEEDS_CHILD
    return float(given == right or (below and hierarchy.is_under(given, right)))


def test_levels_of_judgements() -> None:
    assert levels_of("exact") == LEVELS
    assert levels_of("category") == ("category", "hierarchical")


def test_exact(small: Hierarchy) -> None:
    assert one(small, "exact", "I21.01", "I21.02", "I21.01", "I21.0", "I10") == [0, 1, 0, 0]
    assert one(small, "exact", "S22.49XA", "S22.49", "S22.4") == [1, 0]
    assert one(small, "exact", "s22.49 xd", "S22.49XA") == [1]


def test_descendants_count_only_below_what_needs_one(small: Hierarchy) -> None:
    assert one(small, "descendant", "I21", "I21.01", "I21.9", "I21", "I20.9") == [1, 1, 1, 0]
    assert one(small, "descendant", "I21.01", "I21.0", "I21", "I21.02") == [0, 0, 0]
    assert one(small, "descendant", "S22.49", "S22.49XA") == [1]


def test_a_code_that_is_complete_itself_has_no_descendants_to_earn_for_it(tmp_path: Path) -> None:
    info = CatalogInfo("Made up", "urn:made-up", "1", "en", "made.csv", "none")
    whole = Concept("E11", "one", Kind.CODE, Status.BILLABLE, None, None)
    write_catalog(tmp_path / "made.db", info, [whole, replace(whole, code="E11.9", parent="E11")])
    with Catalog.open(tmp_path / "made.db") as catalog:
        book = Hierarchy(catalog)
    assert one(book, "descendant", "E11", "E11", "E11.9") == [1, 0]
    assert one(book, "category", "E11", "E11", "E11.9") == [1, 1]


def test_categories(small: Hierarchy) -> None:
    assert one(small, "category", "I21.01", "I21.9", "I21", "I20.9", "S22.49") == [1, 1, 0, 0]


def test_hierarchical_credit_is_the_shared_part_of_both_lines(small: Hierarchy) -> None:
    # 9 > I20-I25 > I21 > I21.0 > I21.01 has five nodes.
    expected = [1.0, 2 * 4 / 10, 2 * 4 / 9, 2 * 2 / 9, 2 * 1 / 8, 0.0]
    found = one(small, "hierarchical", "I21.01", "I21.01", "I21.02", "I21.0", "I20.9", "I10", "S22.49")
    assert found == pytest.approx(expected, abs=1e-12)


def test_the_best_acceptable_code_counts(small: Hierarchy) -> None:
    assert one(small, "exact", "I10|I21.01", "I21.01", "I10", "I20.9") == [1, 1, 0]
    assert one(small, "hierarchical", "I10|I21.01", "I21.02", "I10") == pytest.approx([0.8, 1])


def test_retired_gold_counts_by_its_category(small: Hierarchy) -> None:
    assert one(small, "exact", "I21.99", "I21.99", "I21.9") == [0, 0]
    assert one(small, "descendant", "I21.99", "I21.99", "I21.9") == [0, 0]
    assert one(small, "category", "I21.99", "I21.9", "I20.9") == [1, 0]
    assert one(small, "hierarchical", "I21.99", "I21", "I21.9") == pytest.approx([1, 2 * 3 / 7])


def test_unknown_answers_never_equal_unknown_gold(small: Hierarchy) -> None:
    for level in LEVELS:
        assert one(small, level, "Q99.9", "Q99.9", "Q99.8", "", "I10") == [0, 0, 0, 0]
        assert one(small, level, "I10", "Q99.9", "pain") == [0, 0]


def test_gold_of_level_category_cuts_the_answers_too(small: Hierarchy) -> None:
    answers = ("I21.01", "I21", "I25.2", "I10", "S22.49")
    assert one(small, "category", "I21.99", *answers, of="category") == [1, 1, 0, 0, 0]
    found = one(small, "hierarchical", "I21", *answers, of="category")
    assert found == pytest.approx([1, 1, 2 * 2 / 6, 2 * 1 / 6, 0])


def test_gains_are_what_a_code_adds(small: Hierarchy) -> None:
    judgement = Judgement("made up", ("I21.01",), "en")
    credited = credit("hierarchical", [judgement], [["I10", "I21.02", "I20.9", "I21.01", "I21.01"]], small)
    assert credited.gains[0, :5] == pytest.approx([0.25, 0.55, 0, 0.2, 0])
    assert not credited.gains[0, 5:].any()
    assert credited.units.tolist() == [1]


def test_a_category_is_found_once(small: Hierarchy) -> None:
    credited = credit(
        "category", [Judgement("made up", ("I21", "I21.9"), "en")], [["I21.01", "I21.9"]], small
    )
    assert credited.likeness[0, :2].tolist() == [1, 1]
    assert credited.gains[0, :2].tolist() == [1, 0]


def test_rankings_may_be_short_empty_or_too_long(small: Hierarchy) -> None:
    judgements = [Judgement("made up", ("I10",), "en")] * 3
    credited = credit("exact", judgements, [[], ["I10"], ["I21", "I25", "I10"]], small, depth=2)
    assert credited.likeness.tolist() == [[0, 0], [1, 0], [0, 0]]
    assert credited.answered.tolist() == [False, True, True]


def test_no_queries(small: Hierarchy) -> None:
    for level in LEVELS:
        credited = credit(level, [], [], small)
        assert credited.gains.shape == credited.likeness.shape == (0, DEPTH)
        assert credited.answered.shape == credited.units.shape == (0,)


@pytest.mark.parametrize("level", ["exact", "descendant"])
def test_categories_have_no_credit_for_exact_codes(small: Hierarchy, level: str) -> None:
    with pytest.raises(UsageError, match=r"line 7 .*category.*leave"):
        credit(level, [Judgement("made up", ("I10",), "en", "category", line=7)], [["I10"]], small)


def test_wrong_requests(small: Hierarchy) -> None:
    judgement = Judgement("made up", ("I10",), "en")
    with pytest.raises(UsageError, match=r"'chapter'.*exact, descendant"):
        credit("chapter", [judgement], [["I10"]], small)
    with pytest.raises(UsageError, match="2 rankings for 1 queries"):
        credit("exact", [judgement], [["I10"], []], small)


def random_rows(
    hierarchy: Hierarchy, count: int, seed: int
) -> tuple[list[Judgement], list[list[str]], Sequence[str]]:
    chance = random.Random(seed)
    codes = [node for node in hierarchy.nodes if hierarchy.tabular(node) is not None]
    written = [*codes, "S22.49XA", "S72.001A", "I21.99", "S22.7", "Q99.9", "pain"]
    judgements = [
        Judgement("made up", tuple(chance.sample(written, chance.choice((1, 1, 2, 5)))), "en", level)
        for level in chance.choices(("exact", "category"), k=count)
    ]
    return judgements, [chance.sample(written, chance.randint(0, 25)) for _ in judgements], codes


@pytest.mark.parametrize("level", LEVELS)
def test_it_agrees_with_the_definition(small: Hierarchy, level: str) -> None:
    judgements, rankings, _ = random_rows(small, 120, seed=3)
    kept = [row for row, judgement in enumerate(judgements) if level in levels_of(judgement.level)]
    assert len(kept) > 40
    judgements, rankings = [judgements[row] for row in kept], [rankings[row] for row in kept]
    credited = credit(level, judgements, rankings, small)
    for row, judgement in enumerate(judgements):
        expected = np.zeros(DEPTH)
        for place, answer in enumerate(rankings[row][:DEPTH]):
            cut = judgement.level == "category"
            expected[place] = max(plain(small, level, gold, answer, cut) for gold in judgement.codes)
        np.testing.assert_allclose(credited.likeness[row], expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(credited.gains[row].cumsum(), np.maximum.accumulate(expected), atol=1e-12)
    assert credited.likeness.any()


def test_levels_are_ordered_on_codes_of_the_catalog(small: Hierarchy) -> None:
    judgements, rankings, codes = random_rows(small, 200, seed=4)
    chance = random.Random(4)
    judgements = [Judgement("made up", (chance.choice(codes),), "en") for _ in judgements]
    likeness = [credit(level, judgements, rankings, small).likeness for level in LEVELS]
    assert (likeness[0] <= likeness[1]).all()
    assert (likeness[1] <= likeness[2]).all()
    assert (likeness[0] <= likeness[3]).all()
    assert likeness[1].sum() > likeness[0].sum()


def test_ten_thousand_queries_take_a_moment(shipped: Search) -> None:
    full = Hierarchy(shipped.catalog)
    chance = random.Random(6)
    codes = [node for node in full.nodes if full.tabular(node) is not None]
    judgements = [Judgement("made up", (code,), "en") for code in chance.choices(codes, k=10_000)]
    rankings = [chance.choices(codes, k=DEPTH) for _ in judgements]
    start = time.process_time()
    for level in LEVELS:
        credit(level, judgements, rankings, full)
    assert time.process_time() - start < 4.0
