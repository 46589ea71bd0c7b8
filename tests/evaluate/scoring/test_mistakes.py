"""The classes of errors, by codes of the shipped catalog; and an even, repeatable sample of them."""

from __future__ import annotations

from collections import Counter

import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.mistakes import (
    CLASSES,
    Mistake,
    classify,
    count_classes,
    find_mistakes,
    sample_mistakes,
)
from codilingua.types import Judgement


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    with Catalog.open(Assets.shipped().catalog) as catalog:
        return Hierarchy(catalog)


CASES = [
    ("I10", "I10", "correct"),
    ("S22.49XA", "S22.49", "correct"),
    ("I10", None, "no answer"),
    ("E11.99", "E11.9", "retired gold"),
    ("E11.9", "E11", "parent"),
    ("S52.501A", "S52.50", "parent"),
    ("S52.501A", "S52", "parent"),
    ("I85.0", "I85.00", "child"),
    ("E11", "E11.65", "child"),
    ("S52.501A", "S52.502", "laterality"),
    ("S52.501A", "S52.509", "laterality"),
    ("S52.509", "S52.502", "laterality"),
    ("M17.11", "M17.10", "laterality"),
    ("H10.31", "H10.33", "laterality"),
    ("H10.30", "H10.33", "laterality"),
    ("G56.01", "G56.03", "laterality"),
    ("I63.011", "I63.013", "laterality"),
    ("K40.20", "K40.90", "laterality"),
    ("G81.91", "G81.93", "laterality"),
    ("I83.20", "I83.22", "laterality"),
    ("E11.9", "E11.65", "unspecified vs specific"),
    ("E11.9", "E11.8", "unspecified vs specific"),
    ("J18.9", "J18.0", "unspecified vs specific"),
    ("J18.9", "J18.8", "unspecified vs specific"),
    ("F41.8", "F41.1", "unspecified vs specific"),
    ("R26.89", "R26.81", "unspecified vs specific"),
    ("J45.20", "J45.909", "unspecified vs specific"),
    ("S52.501A", "S52.511", "unspecified vs specific"),
    ("J45.901", "J45.909", "sibling"),
    ("F32.9", "F32.A", "sibling"),
    ("F32.0", "F32.1", "sibling"),
    ("S62.650", "S62.653", "sibling"),
    ("E11.22", "E11.319", "same category"),
    ("C79.70", "C79.51", "same category"),
    ("I10", "I11.9", "same section"),
    ("E10.9", "E11.9", "same section"),
    ("I10", "I50.9", "same chapter"),
    ("C50.911", "D05.11", "same chapter"),
    ("I10", "J45.909", "unrelated"),
    ("I10", "Q99.99", "unrelated"),
]


@pytest.mark.parametrize(("gold", "returned", "kind"), CASES)
def test_classes(hierarchy: Hierarchy, gold: str, returned: str | None, kind: str) -> None:
    assert classify([gold], returned, hierarchy) == kind


def test_every_class_is_tested() -> None:
    assert {kind for _, _, kind in CASES} == set(CLASSES)


@pytest.mark.parametrize(
    ("golds", "returned", "kind"),
    [
        (("I10", "J45.909"), "J45.909", "correct"),
        (("J45.909", "E11.65", "I11.9"), "E11.9", "unspecified vs specific"),
        (("E11.99", "J45.909"), "E11.9", "unrelated"),
        (("E11.99", "Q99.99"), "E11.9", "retired gold"),
    ],
)
def test_of_several_codes_the_nearest_counts(
    hierarchy: Hierarchy, golds: tuple[str, ...], returned: str, kind: str
) -> None:
    assert classify(golds, returned, hierarchy) == kind
    assert classify(golds[::-1], returned, hierarchy) == kind


@pytest.mark.parametrize(
    ("gold", "returned", "kind"),
    [
        ("E11", "E11.65", "correct"),
        ("E11.9", "E11", "correct"),
        ("E11.99", "E11.9", "correct"),
        ("I10", "I11.9", "same section"),
        ("I10", "I50.9", "same chapter"),
        ("I10", "J45.909", "unrelated"),
    ],
)
def test_gold_that_is_a_category(hierarchy: Hierarchy, gold: str, returned: str, kind: str) -> None:
    assert classify([gold], returned, hierarchy, "category") == kind


def judgement(code: str, line: int, lang: str = "es") -> Judgement:
    return Judgement(f"consulta {line}", (code,), lang, line=line)


def test_mistakes_with_their_rank(hierarchy: Hierarchy) -> None:
    rows = [judgement("I10", line) for line in range(2, 6)]
    rankings = [["I10"], [], ["I11.9", "E11.9", "E11.8", "I10"], ["E11.9"]]
    assert find_mistakes("mine", rows, rankings, hierarchy) == [
        Mistake("mine", rows[1], (), None, "no answer"),
        Mistake("mine", rows[2], ("I11.9", "E11.9", "E11.8"), 4, "same section"),
        Mistake("mine", rows[3], ("E11.9",), None, "unrelated"),
    ]
    counts = count_classes(rows, rankings, hierarchy)
    assert tuple(counts) == CLASSES
    assert {kind: count for kind, count in counts.items() if count} == {
        "correct": 1,
        "no answer": 1,
        "same section": 1,
        "unrelated": 1,
    }
    with pytest.raises(ValueError, match="shorter"):
        count_classes(rows, rankings[:2], hierarchy)


def mistakes(lang: str, set_name: str, count: int) -> list[Mistake]:
    return [Mistake(set_name, judgement("I10", line, lang), (), None, "no answer") for line in range(count)]


def test_a_sample_is_even_over_languages_and_sets() -> None:
    found = [*mistakes("es", "one", 900), *mistakes("es", "two", 40), *mistakes("en", "three", 300)]
    sample = sample_mistakes(found, seed=4)
    assert Counter(one.set_name for one in sample) == {"three": 25, "one": 13, "two": 12}
    assert sample_mistakes(found[::-1], seed=4) == sample
    assert sample_mistakes(found, seed=5) != sample
    assert {one.judgement.line for one in sample if one.set_name == "one"} != set(range(13))
    assert [one.judgement.lang for one in sample] == ["en"] * 25 + ["es"] * 25


def test_what_one_language_lacks_the_others_give() -> None:
    found = [*mistakes("ca", "one", 3), *mistakes("es", "two", 100)]
    assert Counter(one.set_name for one in sample_mistakes(found, seed=4, size=20)) == {"one": 3, "two": 17}
    assert len(sample_mistakes(found[:5], seed=4)) == 5
    assert sample_mistakes([], seed=4) == ()
