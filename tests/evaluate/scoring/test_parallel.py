"""What a language costs, on the things that both sets ask for; by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from codilingua.evaluate.answers.jobs import digest
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.panels import Dice, Headline, Panel, score
from codilingua.evaluate.scoring.parallel import parallel
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.search.engine import Search
from codilingua.types import Judgement

DICE = Dice(seed=1, resamples=200)


@pytest.fixture(scope="module")
def hierarchy(tiny: Search) -> Hierarchy:
    return Hierarchy(tiny.catalog)


def headlines(
    name: str, lang: str, found: Sequence[tuple[str | None, bool]], hierarchy: Hierarchy
) -> list[Headline]:
    """A query for each (group, whether it is found)."""
    rows = tuple(
        Judgement(f"{name} {number}", ("I10",), lang, "exact", group)
        for number, (group, _) in enumerate(found)
    )
    answers = {
        digest(row.query): ["I10"] if right else ["I21.9"]
        for row, (_, right) in zip(rows, found, strict=True)
    }
    panel = Panel(QuerySet(name, lang, rows), "unique", rows)
    return [headline for _, headline in score(panel, {"one": answers}, hierarchy, DICE) if headline]


def test_only_shared_groups_count_and_each_once(hierarchy: Hierarchy) -> None:
    # a is found by one of two English names; b by both; c has no translation, d no English name.
    english = headlines(
        "x-en", "en", [("a", True), ("a", False), ("b", True), ("b", True), ("c", False)], hierarchy
    )
    french = headlines("x-fr", "fr", [("a", False), ("b", True), ("d", False)], hierarchy)
    (row,) = parallel([*english, *french], ["one"], DICE)
    assert (row["set"], row["against"], row["lang"], row["groups"]) == ("x-fr", "x-en", "fr", 2)
    assert row["english"][0] == 0.75
    assert row["value"][0] == 0.5
    change, low, high = row["difference"]
    assert change == -0.25
    assert low == -0.5
    assert high == 0.0


def test_sets_of_other_things_are_not_compared(hierarchy: Hierarchy) -> None:
    one = headlines("x-en", "en", [("a", True), ("b", True)], hierarchy)
    assert (
        parallel([*one, *headlines("y-fr", "fr", [("a", True), ("b", True)], hierarchy)], ["one"], DICE) == []
    )
    assert (
        parallel([*one, *headlines("x-es", "es", [("c", True), ("d", True)], hierarchy)], ["one"], DICE) == []
    )
    # Rows without a group name nothing that another language could name too.
    loose = headlines("x-it", "it", [(None, True), (None, True)], hierarchy)
    assert parallel([*one, *loose], ["one"], DICE) == []
