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
        if loud:
            self._forget_after(done)

    def step(self, number: int, loss: float, examples: int, rate: float, gradient: float = 0.0) -> None:
        """
        :param number: of the step, from 1.
        :param gradient: its length. The weights that one that is no number leads to would give a loss that
            is none in the step after only, when they may have been kept.
        :raises TrainingError: when loss or gradient is not a number, or the log cannot be written.
        """
        for name, value in (("loss", loss), ("gradient", gradient)):
            if not math.isfinite(value):
                raise TrainingError(
                    f"the {name} of step {number} is {value}: lower learning_rate or raise temperature; "
                    "the last checkpoint is from before"
                )
        self._mean = loss if math.isnan(self._mean) else 0.95 * self._mean + 0.05 * loss
        self._examples += examples
        if not self._loud:
            return
        said = {"step": number, "loss": round(loss, 5), "learning_rate": rate}
        self._write("a", [json.dumps(said) + "\n"])
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

    def _forget_after(self, done: int) -> None:
        """Take out of the log what is to be done again: the steps after the last checkpoint."""
        if self._path.is_file():
            lines = self._path.read_text("utf-8").splitlines(keepends=True)
            # The checkpoint came after the lines before it: one a step, from the first.
            self._write("w", lines[:done])

    def _write(self, mode: str, lines: list[str]) -> None:
        try:
            with self._path.open(mode, encoding="utf-8") as file:
                file.writelines(lines)
        except OSError as error:
            reason = f"{self._path}: cannot be written ({error.strerror}); make room and start again"
            raise TrainingError(f"{reason}: it goes on from the last checkpoint") from error
