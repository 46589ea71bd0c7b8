"""Steps and losses in; a line of progress now and then, and the learning rate of each step, out."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

from codilingua.errors import TrainingError

_EVERY = 15.0
"""Seconds between two lines."""


def slope(step: int, steps: int, warm_up: float) -> float:
    """Share of the full learning rate: a rise over the first steps, then a straight fall to 2 percent.

    :param warm_up: share of the steps that the rise takes, 0-1.
    """
    rise = max(1, round(steps * warm_up))
    return min((step + 1) / rise, max(0.02, (steps - step) / max(1, steps - rise)))


class Pace:
    """Tells how a run goes: on standard error, and each step's loss in ``log.jsonl``."""

    def __init__(self, folder: Path, steps: int, done: int, loud: bool = True) -> None:
        self._path = folder / "log.jsonl"
        self._steps, self._first, self._loud = steps, done, loud
        self._began = self._shown = time.monotonic()
        self._examples = 0
        self._mean = math.nan

    def step(self, number: int, loss: float, examples: int, rate: float) -> None:
        """
        :param number: of the step, from 1.
        :raises TrainingError: when the loss is not a number.
        """
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss of step {number} is {loss}: lower learning_rate or raise temperature; "
                "the last checkpoint is from before"
            )
        self._mean = loss if math.isnan(self._mean) else 0.95 * self._mean + 0.05 * loss
        self._examples += examples
        if not self._loud:
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": number, "loss": round(loss, 5), "learning_rate": rate}) + "\n")
        now = time.monotonic()
        if now - self._shown < _EVERY and number < self._steps:
            return
        self._shown = now
        spent = now - self._began
        left = spent / (number - self._first) * (self._steps - number)
        line = (
            f"step {number:,} of {self._steps:,}: loss {self._mean:.3f}, {self._examples / spent:.1f} pairs/s"
        )
        print(f"{line}, {left / 60:.0f} min left", file=sys.stderr, flush=True)
