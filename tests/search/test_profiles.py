"""How a language is ranked and what its scores are worth: values, the file, and files that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.errors import AssetError
from codilingua.search.profiles import DEPTH, Profile, Profiles, open_profiles

KNOTS = ((0.0, 0.02), (0.1, 0.1), (0.5, 0.7), (0.9, 0.98))
SPANISH = Profile(0.7, 0.3, 0.05, 0.4, -1.5, 2.0, 0.03, KNOTS, 0.6)


# Values.


def test_a_language_has_its_own_profile_or_the_default() -> None:
    profiles = Profiles(Profile(dense=0.5), {"es": SPANISH})
    assert profiles.of("es") is SPANISH
    assert profiles.of("fr") is profiles.of(None) is profiles.default


def test_every_profile_is_changed() -> None:
    changed = Profiles(Profile(dense=0.5), {"es": SPANISH}).changed(dense=0.1, rerank=0.0)
    assert changed.default == Profile(dense=0.1)
    assert changed.of("es") == Profile(0.1, 0.3, 0.05, 0.0, -1.5, 2.0, 0.03, KNOTS, 0.6)


def test_scores_of_the_reranker_are_squashed_in_order() -> None:
    scores = np.array([-1e30, -1000, -3.5, -1.5, 0.5, 1000, 1e30], np.float32)
    squashed = SPANISH.squash(scores)
    assert squashed.dtype == np.float64
    assert (np.diff(squashed) >= 0).all()
    assert squashed[3] == 0.5
    assert squashed[2] == pytest.approx(1 / (1 + np.e))
    assert squashed[4] == pytest.approx(1 - 1 / (1 + np.e))
    assert (squashed[0], squashed[-1]) == pytest.approx((0, 1), abs=1e-20)


def test_shares_add_up_to_one() -> None:
    shares = SPANISH.shares(np.array([0.9, 0.87, 0.87, 0.1]))
    assert shares.sum() == pytest.approx(1)
    assert shares[0] / shares[1] == pytest.approx(np.e)
    assert shares[1] == shares[2] > shares[3] > 0


def test_without_knots_there_is_no_confidence() -> None:
    assert Profile().confidences([0.9, 0.1]) == [None, None]
    assert Profile().confidences([]) == SPANISH.confidences([]) == []


@pytest.mark.parametrize("count", [1, 2, DEPTH - 1, DEPTH, DEPTH + 1, 100])
def test_confidences_fall_with_the_scores_within_0_and_1(count: int) -> None:
    chance = np.random.default_rng(count)
    for spread in (0.001, 0.05, 1.0):
        scores = np.sort(chance.uniform(0, spread, count))[::-1].tolist()
        confidences = SPANISH.confidences(scores)
        assert len(confidences) == count
        assert all(value is not None and 0 <= value <= 1 for value in confidences)
        assert confidences == sorted(confidences, reverse=True)  # type: ignore[type-var]
        assert all(value > 0 for value in confidences[:DEPTH] if value is not None)
        assert confidences[DEPTH:] == [0.0] * max(0, count - DEPTH)


def test_a_confidence_is_read_off_between_the_knots() -> None:
    profile = Profile(temperature=0.05, knots=((0.0, 0.0), (0.5, 0.4), (1.0, 0.8)))
    assert profile.confidences([0.3]) == [0.8]
    assert profile.confidences([0.3, 0.3]) == [0.4, 0.4]
    assert profile.confidences([0.3] * 4) == [0.2] * 4
    # Only the distance to the rivals counts, and of those only the first ones.
    assert profile.confidences([0.9, 0.8]) == profile.confidences([0.2, 0.1])
    assert profile.confidences([0.5] * DEPTH) == profile.confidences([0.5] * 2 * DEPTH)[:DEPTH]


# The file.


def test_saved_and_opened(tmp_path: Path) -> None:
    for profiles in (Profiles(), Profiles(Profile(dense=0.5), {"es": SPANISH, "ca": Profile()})):
        profiles.save(tmp_path / "ranking.json")
        assert open_profiles(tmp_path / "ranking.json") == profiles


def test_no_file_is_the_untuned_base(tmp_path: Path) -> None:
    assert open_profiles(tmp_path / "ranking.json") == Profiles()
    assert Profiles().default.rerank == Profiles().default.prior == 0


def test_what_a_file_does_not_say_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "ranking.json"
    path.write_text('{"default": {}, "es": {"dense": 1}}', "utf-8")
    assert open_profiles(path) == Profiles(Profile(), {"es": Profile(dense=1.0)})


def test_the_small_assets_have_all_that_is_to_be_tested(tiny_folder: Path) -> None:
    profiles = open_profiles(Assets(tiny_folder).ranking)
    assert sum(profile.rerank > 0 for profile in profiles.languages.values()) == 2
    assert profiles.default.rerank == 0 < profiles.default.prior
    assert all(profile.knots for profile in (profiles.default, *profiles.languages.values()))


def refused(path: Path, said: str) -> None:
    with pytest.raises(AssetError, match=said) as caught:
        open_profiles(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: damaged (")
    assert message.endswith("; install codilingua again")
    assert "\n" not in message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x00\x01",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"1",
        b"{}",
        b'{"es": {}}',
        b'{"default": null}',
        b'{"default": [1]}',
        b'{"default": "dense"}',
        b'{"default": {}, "es": 1}',
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ranking.json"
    path.write_bytes(content)
    refused(path, "damaged")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, value)
            for name in ("dense", "floor", "prior", "rerank", "threshold")
            for value in (-0.1, 1.1)
        ),
        *((name, float("nan")) for name in ("dense", "centre", "width", "temperature")),
        *((name, float("inf")) for name in ("floor", "centre", "width", "temperature")),
        ("floor", 1.0),
        ("width", 0.0),
        ("width", -1.0),
        ("temperature", 0.0),
        ("dense", None),
        ("dense", "much"),
        ("dense", [0.5]),
        ("weight", 0.5),
        ("knots", 5),
        ("knots", [0.1, 0.2]),
        ("knots", [[0.1]]),
        ("knots", [[0.1, 0.2, 0.3]]),
        ("knots", [[0.5, 0.5], [0.1, 0.6]]),
        ("knots", [[0.1, 0.6], [0.5, 0.5]]),
        ("knots", [[0.1, 1.5]]),
        ("knots", [[-0.1, 0.5]]),
        ("knots", [[0.1, float("nan")]]),
    ],
)
@pytest.mark.parametrize("lang", ["default", "es"])
def test_a_value_out_of_range_is_refused(tmp_path: Path, lang: str, name: str, value: Any) -> None:
    path = tmp_path / "ranking.json"
    path.write_text(json.dumps({"default": {}, lang: {name: value}}), "utf-8")
    refused(path, f"{name}|must|unpack|float|not")
