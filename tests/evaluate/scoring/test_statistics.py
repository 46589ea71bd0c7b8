"""Intervals and tests on made-up numbers whose truth is known."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.errors import UsageError
from codilingua.evaluate.scoring.measures import Parts
from codilingua.evaluate.scoring.statistics import Interval, clusters_of, draws, holm, interval, permutation_p
from codilingua.types import Judgement

Values = NDArray[np.float64]


def mean(values: Values) -> Parts:
    return Parts(values, np.ones(len(values)))


def names(count: int, size: int = 1, prefix: str = "d") -> list[str]:
    """Names of ``count`` clusters, ``size`` queries each."""
    return [f"{prefix}{number}" for number in range(count) for _ in range(size)]


def width(found: Interval) -> float:
    return found.high - found.low


def bounds(parts: Parts, clusters: list[str], seed: int = 1, resamples: int = 1000) -> Interval:
    return interval(parts.value, draws(parts, clusters, seed, resamples))


def test_draws_are_the_values_of_resampled_clusters() -> None:
    values = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
    drawn = draws(mean(values), ["a", "a", "b", "c", "c"], 3, 2000)
    # Sums and sizes of a, b, c, for each of the 27 ways to draw three.
    brought = {"a": (1, 2), "b": (0, 1), "c": (2, 2)}
    ways = [
        sum(brought[name][0] for name in way) / sum(brought[name][1] for name in way)
        for way in itertools.product("abc", repeat=3)
    ]
    found, counts = np.unique(np.round(drawn, 9), return_counts=True)
    expected, chances = np.unique(np.round(ways, 9), return_counts=True)
    assert found == pytest.approx(expected)
    assert counts / 2000 == pytest.approx(chances / 27, abs=0.04)


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(2).normal(0.4, 0.1, 400)
    found = bounds(mean(values), names(400), resamples=4000)
    error = values.std() / math.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def clustered(chance: np.random.Generator, count: int, size: int) -> Values:
    """Answers right or wrong, with an ability for each document; half of all are right in the long run."""
    ability = np.repeat(chance.beta(1.0, 1.0, count), size)
    return (chance.random(count * size) < ability).astype(np.float64)


def test_coverage_and_what_clusters_are_for() -> None:
    chance = np.random.default_rng(11)
    together, alone = names(60, 8), names(480)
    covered = {"together": 0, "alone": 0}
    for _ in range(300):
        parts = mean(clustered(chance, 60, 8))
        for way, clusters in (("together", together), ("alone", alone)):
            found = bounds(parts, clusters, resamples=400)
            covered[way] += found.low <= 0.5 <= found.high
    assert 0.90 <= covered["together"] / 300 <= 0.98
    assert covered["alone"] / 300 < 0.85


def test_clusters_widen_the_interval() -> None:
    parts = mean(clustered(np.random.default_rng(5), 60, 8))
    assert width(bounds(parts, names(60, 8))) > 1.3 * width(bounds(parts, names(480)))


def test_two_systems_are_drawn_alike() -> None:
    chance = np.random.default_rng(6)
    hard = chance.random(200)
    one, two = mean(hard), mean(hard + 0.01)
    clusters = names(100, 2)
    paired = draws(two, clusters, 1, 500) - draws(one, clusters, 1, 500)
    assert paired == pytest.approx(np.full(500, 0.01))
    unpaired = draws(two, clusters, 2, 500) - draws(one, clusters, 1, 500)
    assert unpaired.std() > 0.01


def test_the_same_seed_gives_the_same_and_other_sets_are_independent() -> None:
    parts = mean(np.random.default_rng(7).random(300))
    first = draws(parts, names(300), 1, 1000)
    draws(parts, names(300, prefix="x"), 1, 1000)
    draws(parts, names(300, prefix="y"), 1, 1000)
    assert np.array_equal(first, draws(parts, names(300), 1, 1000))
    assert not np.array_equal(first, draws(parts, names(300), 2, 1000))
    other = draws(parts, names(300, prefix="e"), 1, 1000)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.1


def test_a_ratio_is_drawn_as_a_ratio() -> None:
    """Micro-F1: where nobody answers, the denominator is smaller."""
    parts = Parts(np.array([2.0, 0.0]), np.array([2.0, 1.0]))
    found = set(np.round(draws(parts, ["a", "b"], 1, 200), 9).tolist())
    assert found == {0.0, round(2 / 3, 9), 1.0}


def test_all_equal() -> None:
    found = bounds(mean(np.full(50, 0.25)), names(50))
    assert found.numbers() == pytest.approx([0.25, 0.25, 0.25])


def test_one_cluster_has_no_interval() -> None:
    found = bounds(mean(np.array([0.0, 1.0])), ["a", "a"])
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert not found.known
    assert found.numbers() == [0.5]


def test_no_queries() -> None:
    with pytest.raises(UsageError, match="no query"):
        draws(mean(np.zeros(0)), [], 1, 10)
    with pytest.raises(UsageError, match="no query"):
        permutation_p([(np.zeros(0), [])], 1, 10)
    with pytest.raises(UsageError, match="two systems"):
        permutation_p([], 1, 10)


def test_a_cluster_for_each_query() -> None:
    with pytest.raises(UsageError, match="1 clusters for 2 queries"):
        draws(mean(np.zeros(2)), ["a"], 1, 10)
    with pytest.raises(UsageError, match="3 clusters for 2 queries"):
        permutation_p([(np.zeros(2), ["a", "b", "c"])], 1, 10)


def test_ten_measures_take_a_moment() -> None:
    chance = np.random.default_rng(8)
    clusters = names(3000)
    start = time.process_time()
    for _ in range(10):
        bounds(mean(chance.random(3000)), clusters)
    assert time.process_time() - start < 1.5


def test_documents_are_clusters_and_other_queries_stand_alone() -> None:
    rows = [
        Judgement("one", ("I10",), "en", group="7"),
        Judgement("two", ("I10",), "en", group="7"),
        Judgement("one", ("I10",), "en"),
        Judgement("one", ("I10",), "en"),
        Judgement("document 7", ("I10",), "en"),
        Judgement("three", ("I10",), "en", group=""),
    ]
    clusters = clusters_of(rows)
    assert clusters[0] == clusters[1]
    assert len(set(clusters)) == 5
    spanish = clusters_of([Judgement("one", ("I10",), "es")])
    assert spanish != clusters_of([Judgement("one", ("I10",), "en")])


def by_enumeration(sets: list[tuple[Values, list[str]]]) -> float:
    """The p value from all ways to flip the signs of clusters, one after the other."""
    keys = [(place, name) for place, (_, clusters) in enumerate(sets) for name in dict.fromkeys(clusters)]
    sizes = []
    for way in itertools.product((1, -1), repeat=len(keys)):
        signs = dict(zip(keys, way, strict=True))
        means = [
            np.mean([value * signs[place, name] for value, name in zip(values, clusters, strict=True)])
            for place, (values, clusters) in enumerate(sets)
        ]
        sizes.append(abs(float(np.mean(means))))
    return float(np.mean([size >= sizes[0] - 1e-12 for size in sizes]))


@pytest.mark.parametrize("seed", range(4))
def test_few_clusters_are_enumerated(seed: int) -> None:
    chance = np.random.default_rng(seed)
    one = (chance.integers(-1, 2, 12) / 2 + 0.1, names(4, 3))
    two = (chance.normal(0.3, 1, 5), names(5))
    assert permutation_p([one], 1, 10_000) == pytest.approx(by_enumeration([one]))
    both = by_enumeration([one, two])
    assert permutation_p([one, two], 1, 10_000) == pytest.approx(both)
    assert permutation_p([one, two], 2, 10_000) == pytest.approx(both)


def test_drawn_permutations_come_close_to_all_of_them() -> None:
    sets = [(np.random.default_rng(3).normal(0.4, 1, 12), names(12))]
    exact = by_enumeration(sets)
    assert 0.02 < exact < 0.9
    # 4,096 ways are more than 4,000, so they are drawn.
    assert permutation_p(sets, 1, 4000) == pytest.approx(exact, abs=0.03)
    assert permutation_p(sets, 1, 4000) == permutation_p(sets, 1, 4000)


def test_p_values_without_a_difference_are_spread_evenly() -> None:
    chance = np.random.default_rng(4)
    found = []
    for _ in range(400):
        ability = np.repeat(chance.normal(0, 1, 40), 5)
        found.append(permutation_p([(ability + chance.normal(0, 1, 200), names(40, 5))], 1, 199))
    # The largest distance from an even spread, which exceeds 1.36/sqrt(n) in 5 % of cases.
    distances = np.abs(np.sort(found) - np.arange(1, 401) / 400)
    assert distances.max() < 1.5 / math.sqrt(400)
    assert np.mean(np.array(found) <= 0.05) < 0.09


def test_queries_of_a_document_are_not_evidence_of_their_own() -> None:
    chance = np.random.default_rng(9)
    values = np.repeat(chance.normal(0.2, 1, 20), 10)
    assert permutation_p([(values, names(200))], 1, 2000) < 0.02
    assert permutation_p([(values, names(20, 10))], 1, 2000) > 0.05


def test_a_clear_difference_and_none() -> None:
    assert permutation_p([(np.full(100, 0.1), names(100))], 1, 999) == pytest.approx(1 / 1000)
    assert permutation_p([(np.zeros(100), names(100))], 1, 999) == 1
    assert permutation_p([(np.array([0.5]), ["a"])], 1, 999) == 1


def test_the_sign_of_a_difference_does_not_matter() -> None:
    values = np.random.default_rng(10).normal(0.1, 1, 100)
    assert permutation_p([(values, names(100))], 1, 999) == permutation_p([(-values, names(100))], 1, 999)


def test_sets_count_alike_whatever_their_size() -> None:
    large, small = (np.full(1000, 0.01), names(1000)), (np.array([-1.0, 1.0, 1.0, 1.0]), names(4))
    # As much as 0.01 + 0.5 needs the same sign four times over in the small set: 2 ways of 16.
    assert permutation_p([large, small], 1, 2000) == pytest.approx(2 / 16, abs=0.03)
    assert permutation_p([large], 1, 2000) < 0.01


def test_holm_on_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == pytest.approx([1.0, 1.0])
    assert holm([0.04]) == pytest.approx([0.04])
    assert holm([0.2, 0.2, 0.2]) == pytest.approx([0.6, 0.6, 0.6])
    assert holm([]) == []


def test_an_interval_as_numbers() -> None:
    found = Interval(0.5, 0.4, 0.6)
    assert found.known
    assert found.numbers() == [0.5, 0.4, 0.6]
