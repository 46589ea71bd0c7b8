"""Scores and tables of cases small enough to work out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from codilingua.evaluate.answers.jobs import digest
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.panels import Dice, Headline, Panel, headline_level, score
from codilingua.evaluate.scoring.tables import BUCKETS, MACRO, Tables
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.search.engine import Search
from codilingua.types import Judgement

DICE = Dice(seed=1, resamples=50)
Ranked = Mapping[str, Sequence[str]]


@pytest.fixture(scope="module")
def hierarchy(tiny: Search) -> Hierarchy:
    return Hierarchy(tiny.catalog)


def answers(found: Ranked) -> Ranked:
    return {digest(query): codes for query, codes in found.items()}


def row(query: str, *codes: str, level: str = "exact", group: str | None = None) -> Judgement:
    return Judgement(query, codes, "en", level, group)  # type: ignore[arg-type]


MIXED = (
    row("a", "I21.9", group="one"),
    row("b", "S22.49XA", group="one"),
    row("c", "I10"),
    row("d", "I25", level="category"),
)
FOUND = answers({"a": ["I21.9", "I10"], "b": ["S22.41", "S22.49"], "c": [], "d": ["I10", "I25.2"]})


def test_a_set_by_hand(hierarchy: Hierarchy) -> None:
    query_set = QuerySet("mine", "en", MIXED)
    slices = {("chapter", "9"): [0, 2, 3], ("chapter", "19"): [1], ("level", "category"): [3]}
    panel = Panel(query_set, "unique", MIXED, slices=slices)
    entries = [entry for entry, _ in score(panel, {"one": FOUND}, hierarchy, DICE)]
    whole = {entry["level"]: entry for entry in entries if entry["by"] == "all"}
    values = {
        level: {name: numbers[0] for name, numbers in whole[level]["measures"].items()} for level in whole
    }
    assert {level: entry["queries"] for level, entry in whole.items()} == {
        "exact": 3,
        "descendant": 3,
        "category": 4,
        "hierarchical": 4,
    }
    assert values["exact"]["R@1"] == pytest.approx(1 / 3, abs=1e-6)
    assert values["exact"]["R@5"] == pytest.approx(2 / 3, abs=1e-6)
    assert values["exact"]["MRR@10"] == 0.5
    assert values["exact"]["F1@1"] == 0.4
    assert values["category"]["R@1"] == 0.5
    assert values["category"]["MRR@10"] == 0.625
    apart = {(entry["by"], entry["value"]): entry for entry in entries if entry["by"] != "all"}
    # A row without an exact code is no part of a slice at level exact, and an empty slice is not there.
    assert set(apart) == {("chapter", "9"), ("chapter", "19")}
    assert apart["chapter", "9"]["queries"] == 2
    assert apart["chapter", "9"]["measures"]["R@1"] == [0.5]
    assert apart["chapter", "19"]["measures"]["R@5"] == [1.0]


def test_intervals_are_of_documents(hierarchy: Hierarchy) -> None:
    rows = tuple(row(str(number), "I10", group="one") for number in range(20))
    found = answers({str(number): ["I10" if number % 2 else "I21.9"] for number in range(20)})
    for judgements, bounds in ((rows, 1), (tuple(row(one.query, "I10") for one in rows), 3)):
        panel = Panel(QuerySet("mine", "en", judgements), "unique", judgements)
        entry, _ = next(score(panel, {"one": found}, hierarchy, DICE))
        numbers = entry["measures"]["R@1"]
        assert len(numbers) == bounds
        assert numbers[0] == 0.5
    assert numbers[1] < 0.5 < numbers[2]


def test_the_level_of_a_set() -> None:
    assert headline_level(MIXED) == "exact"
    assert headline_level(MIXED[3:]) == "category"


def headlines(hierarchy: Hierarchy, sets: Mapping[tuple[str, str, str], tuple[int, int]]) -> list[Headline]:
    """Sets of ten queries each; of each set as many answers of ours and of theirs are right."""
    made = []
    for (name, lang, writer), right in sets.items():
        rows = tuple(row(f"{name} {number}", "I10") for number in range(10))
        query_set = QuerySet(name, lang, rows, writer=writer)  # type: ignore[arg-type]
        systems = {
            system: answers({one.query: ["I10" if at < count else "I21.9"] for at, one in enumerate(rows)})
            for system, count in zip(("ours", "theirs"), right, strict=True)
        }
        made += [
            found for _, found in score(Panel(query_set, "unique", rows), systems, hierarchy, DICE) if found
        ]
    return made


@pytest.fixture(scope="module")
def tables(hierarchy: Hierarchy) -> Tables:
    sets = {
        ("one", "en", "people"): (10, 2),
        ("two", "en", "people"): (6, 2),
        ("three", "es", "people"): (4, 4),
        ("four", "ca", "machine"): (10, 10),
    }
    return Tables(headlines(hierarchy, sets), ["ours", "theirs"])


def test_a_language_is_the_mean_of_its_sets(tables: Tables) -> None:
    found = {(row["system"], row["lang"], row["writer"], row["level"]): row for row in tables.language_rows()}
    assert found["ours", "en", "people", "exact"]["sets"] == ["one", "two"]
    assert found["ours", "en", "people", "exact"]["measures"]["R@1"][0] == 0.8
    assert found["theirs", "ca", "machine", "category"]["measures"]["R@1"][0] == 1.0
    assert ("ours", "ca", "people", "exact") not in found
    assert tables.languages() == ["en", "es", "ca"]


def test_each_language_weighs_the_same(tables: Tables) -> None:
    found = {(row["system"], row["writer"], row["level"]): row for row in tables.macro_rows()}
    macro = found["ours", "people", "exact"]
    assert macro["languages"] == ["en", "es"]
    # Not the mean of the three sets, 0.667.
    value, low, high = macro["measures"]["R@1"]
    assert value == pytest.approx(0.6)
    assert low < value < high
    assert found["ours", "machine", "exact"]["measures"]["R@1"][0] == 1.0


def test_systems_are_compared_on_what_people_wrote(tables: Tables) -> None:
    calls: list[int] = []
    rows = tables.tests("ours", 2, 500, lambda: calls.append(1))
    found = {(row["lang"], row["level"], row["measure"]): row for row in rows}
    assert {lang for lang, _, _ in found} == {"en", "es", MACRO}
    assert len(calls) == len(rows) == tables.count_tests()
    english = found["en", "exact", "R@1"]
    assert (english["system"], english["against"]) == ("ours", "theirs")
    assert english["difference"] == pytest.approx(0.6)
    assert 0 < english["low"] < 0.6 < english["high"] < 1
    assert english["p"] < 0.01
    assert found[MACRO, "exact", "R@1"]["difference"] == pytest.approx(0.3)
    assert found["es", "exact", "R@1"]["p"] == 1.0


def test_moves_count_every_query_once(tables: Tables) -> None:
    english, spanish = tables.moves("ours")
    assert (english["lang"], english["against"], english["buckets"]) == ("en", "theirs", list(BUCKETS))
    # Right with both 4, with ours alone 12, with neither 4.
    assert english["counts"][0] == [4, 0, 0, 0, 0]
    assert english["counts"][4] == [12, 0, 0, 0, 4]
    assert sum(map(sum, spanish["counts"])) == 10


def test_curves_rise(tables: Tables) -> None:
    english = next(row for row in tables.curves() if (row["system"], row["lang"]) == ("ours", "en"))
    assert english["R"] == [0.8] * 20
