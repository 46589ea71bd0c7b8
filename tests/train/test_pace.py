"""The learning rate of each step, the log, and the steps that end a run."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from codilingua.errors import TrainingError
from codilingua.train.pace import Pace, slope


def test_the_rate_rises_and_falls() -> None:
    rates = [slope(step, 100, 0.1) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert max(rates) == pytest.approx(1.0)
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[-1] == pytest.approx(0.02)


@pytest.mark.parametrize(("steps", "warm_up"), [(1, 0.0), (1, 1.0), (2, 0.5), (10, 1.0), (10, 0.0)])
def test_the_rate_of_odd_runs(steps: int, warm_up: float) -> None:
    rates = [slope(step, steps, warm_up) for step in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)


def logged(folder: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


def test_the_log_has_each_step_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps done again after the last checkpoint stand in it once; a new run begins it anew."""
    pace = Pace(tmp_path, 5, 0)
    for number in (1, 2, 3):
        pace.step(number, 2.0, 8, 1e-3)
    pace = Pace(tmp_path, 5, 2)
    for number in (3, 4, 5):
        pace.step(number, 1.0, 8, 1e-3)
    assert logged(tmp_path) == [1, 2, 3, 4, 5]
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("step 5 of 5: loss 1.000, ")
    Pace(tmp_path, 5, 0).step(1, 2.0, 8, 1e-3)
    assert logged(tmp_path) == [1]


def test_only_the_process_that_leads_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Pace(tmp_path, 1, 0, loud=False).step(1, 2.0, 8, 1e-3)
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("loud", [True, False])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_ends_the_run(tmp_path: Path, value: float, loud: bool) -> None:
    pace = Pace(tmp_path, 9, 0, loud)
    with pytest.raises(TrainingError, match=f"the loss of step 4 is {value}: lower learning_rate"):
        pace.step(4, value, 8, 1e-3)
    with pytest.raises(
        TrainingError, match=f"the gradient of step 4 is {value}: .* checkpoint is from before"
    ):
        pace.step(4, 1.0, 8, 1e-3, value)


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    with pytest.raises(TrainingError, match=r"log\.jsonl: cannot be written \(No space left on device\)"):
        Pace(tmp_path, 9, 0).step(1, 1.0, 8, 1e-3)
