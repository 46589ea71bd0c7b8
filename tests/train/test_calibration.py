"""What a score is worth: the isotonic regression, the temperature, the threshold and the coverage curve."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.search.profiles import DEPTH, Profile
from codilingua.train.calibration import (
    PRECISION,
    Answered,
    calibrated,
    coverage,
    expected_error,
    isotonic,
)

Floats = NDArray[np.float64]


def brute_force(values: Floats) -> Floats:
    """The rising sequence nearest to the values: the best of all ways to cut them into blocks of one mean."""
    best, reached = values, np.inf
    places = range(1, len(values))
    for cuts in (cut for size in range(len(values)) for cut in combinations(places, size)):
        means = [part.mean() for part in np.split(values, cuts)]
        if (np.diff(means) < 0).any():
            continue
        drawn = np.concatenate(
            [np.full(len(p), m) for p, m in zip(np.split(values, cuts), means, strict=True)]
        )
        loss = float(np.square(drawn - values).sum())
        if loss < reached - 1e-12:
            best, reached = drawn, loss
    return best


def answers(seed: int, count: int, hits: int = DEPTH, skill: float = 8.0) -> list[Answered]:
    """Queries whose right code is likelier to be high up, and now and then is not there at all."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        scores = np.sort(chance.uniform(0.2, 0.9, hits))[::-1]
        weights = np.exp(skill * scores)
        right = np.zeros(hits, np.bool_)
        if chance.random() < 0.9:
            right[chance.choice(hits, p=weights / weights.sum())] = True
        made.append(Answered(scores, right))
    return made


# Isotonic regression.


@pytest.mark.parametrize("seed", range(8))
def test_isotonic_against_brute_force(seed: int) -> None:
    chance = np.random.default_rng(seed)
    shares = chance.permutation(np.linspace(0.05, 0.95, 8))
    right = (chance.random(8) < shares).astype(np.float64)
    points, values = zip(*isotonic(shares, right), strict=True)
    shares, right = np.r_[shares, 0.05, 0.95], np.r_[right, 1, 0]
    order = np.lexsort((-right, shares))
    expected = brute_force(right[order])
    # One knot a block of equal values, at the mean share of the block.
    found = np.unique(expected.round(9))
    assert values == pytest.approx(found.tolist(), abs=1e-5)
    means = [shares[order][np.isclose(expected, value)].mean() for value in found]
    assert points == pytest.approx(means, abs=1e-5)


def test_isotonic_by_hand() -> None:
    shares = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    right = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    # A right one more at 0.1 and a wrong one more at 0.5.
    assert isotonic(shares, right) == ((0.175, 0.5), (0.46667, 0.66667))


def test_of_no_hits_nothing_is_known() -> None:
    assert isotonic(np.empty(0), np.empty(0)) == ()


def test_nothing_is_certain() -> None:
    """However well the right ones can be told apart: ten were seen, not all."""
    shares = np.linspace(0, 1, 20)
    knots = isotonic(shares, (shares > 0.5).astype(np.float64))
    assert [value for _, value in knots] == pytest.approx([1 / 11, 10 / 11], abs=1e-5)


def test_equal_shares_are_worth_the_same() -> None:
    """In whatever order they come: otherwise the last of them would decide."""
    for right in ([0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1]):
        assert isotonic(np.full(4, 0.5), np.array(right, np.float64)) == ((0.5, 0.5),)


@pytest.mark.parametrize("count", [1, 3, 3000])
def test_knots_rise_and_are_few(count: int) -> None:
    chance = np.random.default_rng(count)
    shares = chance.random(count)
    knots = np.array(isotonic(shares, (chance.random(count) < shares).astype(np.float64)))
    assert 1 <= len(knots) <= 24
    assert (np.diff(knots, axis=0) >= 0).all()
    assert knots.min() >= 0
    assert knots.max() <= 1
    if count == 3000:
        # What was drawn with such a chance was right as often.
        assert np.interp([0.2, 0.5, 0.8], *knots.T) == pytest.approx([0.2, 0.5, 0.8], abs=0.08)


# Temperature and threshold.


@pytest.mark.parametrize("temperature", [0.02, 0.06, 0.16])
def test_the_temperature_that_the_data_were_drawn_with_is_picked(temperature: float) -> None:
    drawn = answers(1, 600, skill=1 / temperature)
    assert calibrated(Profile(temperature=1.0), drawn).temperature == temperature


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_counts_as_sure_was_right_as_often_as_promised(seed: int) -> None:
    drawn = answers(seed, 300, skill=60)
    profile = calibrated(Profile(), drawn)
    first = np.array([profile.confidences(a.scores.tolist())[0] for a in drawn])
    sure = first >= profile.threshold
    right = np.array([a.right[0] for a in drawn])
    assert 0.1 < sure.mean() < 1
    assert right[sure].mean() >= PRECISION
    # A lower threshold would promise too much.
    below = first[~sure].max()
    assert right[first >= below].mean() < PRECISION


def test_where_nothing_is_right_often_enough_nothing_is_sure() -> None:
    drawn = answers(3, 200, skill=0.0)
    profile = calibrated(Profile(), drawn)
    assert not any(profile.confidences(a.scores.tolist())[0] >= profile.threshold for a in drawn)  # type: ignore[operator]


def test_where_nothing_was_found_confidence_is_next_to_nothing() -> None:
    drawn = [replace(a, right=np.zeros(DEPTH, np.bool_)) for a in answers(4, 20)]
    profile = calibrated(Profile(), drawn)
    assert profile.confidences(drawn[0].scores.tolist()) == pytest.approx([1 / 102] * DEPTH, abs=5e-4)
    assert profile.threshold > 0


def test_weights_stay_as_they_are() -> None:
    before = Profile(dense=0.7, floor=0.4, prior=0.1, rerank=0.3, centre=-1.0, width=2.0)
    after = calibrated(before, answers(5, 50))
    assert (
        replace(after, temperature=before.temperature, knots=before.knots, threshold=before.threshold)
        == before
    )
    assert after.knots


# How it is reported.


def test_the_curve_gives_up_coverage_for_confidence() -> None:
    drawn = answers(6, 200, skill=60)
    profile = calibrated(Profile(), drawn)
    curve = coverage(profile, drawn)
    assert len(curve) > 3
    assert (np.diff([point.confidence for point in curve]) > 0).all()
    assert (np.diff([point.coverage for point in curve]) < 0).all()
    assert curve[0].coverage == 1
    assert curve[0].precision == pytest.approx(np.mean([a.right[0] for a in drawn]))
    half = [point for point in curve if point.coverage >= 0.5][-1]
    assert half.precision > curve[0].precision + 0.1
    assert all(0 <= point.precision <= 1 for point in curve)


def test_queries_without_a_hit_are_not_covered() -> None:
    nothing = Answered(np.empty(0), np.empty(0, np.bool_))
    drawn = answers(7, 30)
    profile = calibrated(Profile(), drawn)
    assert coverage(profile, [*drawn, *[nothing] * 10])[0].coverage == pytest.approx(0.75)
    assert expected_error(profile, [*drawn, nothing]) == expected_error(profile, drawn)


def honest(confidence: float, right: float, count: int = 100) -> tuple[Profile, list[Answered]]:
    """Queries whose first hits all have one confidence, and are right this often."""
    profile = Profile(knots=((0.0, confidence), (1.0, confidence)))
    hits = [np.array([number < right * count, False]) for number in range(count)]
    return profile, [Answered(np.array([0.6, 0.3]), right) for right in hits]


def test_the_error_of_what_is_perfectly_calibrated_is_nothing() -> None:
    for share in (0.0, 0.25, 0.8, 1.0):
        assert expected_error(*honest(share, share)) == pytest.approx(0)


def test_the_error_is_the_gap() -> None:
    assert expected_error(*honest(0.9, 0.5)) == pytest.approx(0.4)
    assert expected_error(*honest(0.2, 0.5)) == pytest.approx(0.3)
    drawn = answers(8, 400)
    assert expected_error(calibrated(Profile(), drawn), drawn) < 0.05
