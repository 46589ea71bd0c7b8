"""What answers are worth in; the value of each measure, query by query, out.

For credit of 0 and 1 these are the measures of trec_eval, whatever the number of units: R, RR, AP and
nDCG at a cutoff. Credit between 0 and 1 counts as such: a code half right is half found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import UsageError
from codilingua.evaluate.scoring.credit import Credited

Values = NDArray[np.float64]

NOTHING = "nothing was measured: there is no query that can be scored; check the codes"
"""What there is to say about no queries at all: they have no value, not even 0."""

_SHAPE = re.compile(r"([a-z0-9]+)@([0-9]{1,4})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Measure:
    """A name of ``NAMES`` and a cutoff, 1 or more: how many codes of a ranking are looked at."""

    name: str
    cutoff: int

    def __str__(self) -> str:
        """As :func:`parse_measure` reads it: ``nDCG@10``."""
        return f"{self.name}@{self.cutoff}"


@dataclass(frozen=True, slots=True)
class Parts:
    """What each query brings to a measure: the value over any queries is sum / sum.

    Both are float64 [queries]; a denominator is above 0.
    """

    numerators: Values
    denominators: Values

    @property
    def value(self) -> float:
        """In 0-1. :raises UsageError: when there is no query."""
        if not len(self.numerators):
            raise UsageError(NOTHING)
        return float(self.numerators.sum() / self.denominators.sum())

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Parts:
        """The parts of these queries, by their numbers from 0."""
        chosen = np.asarray(rows, np.int64)
        return Parts(self.numerators[chosen], self.denominators[chosen])


def _recall(credited: Credited, cutoff: int) -> Parts:
    return _mean(credited.gains[:, :cutoff].sum(axis=1) / credited.units)


def _reciprocal_rank(credited: Credited, cutoff: int) -> Parts:
    return _mean((credited.likeness[:, :cutoff] / _ranks(cutoff)).max(axis=1))


def _average_precision(credited: Credited, cutoff: int) -> Parts:
    gains = credited.gains[:, :cutoff]
    precisions = np.cumsum(gains, axis=1) / _ranks(cutoff)
    return _mean((gains * precisions).sum(axis=1) / credited.units)


def _ndcg(credited: Credited, cutoff: int) -> Parts:
    discounts = 1.0 / np.log2(_ranks(cutoff) + 1.0)
    ideals = np.cumsum(discounts)[np.minimum(credited.units, cutoff) - 1]
    return _mean((credited.gains[:, :cutoff] * discounts).sum(axis=1) / ideals)


def _micro_f1(credited: Credited, cutoff: int) -> Parts:
    """Twice what was found, over what was answered and what there is: only over all queries a mean."""
    answered = credited.answered.astype(np.float64)
    found = credited.gains[:, :cutoff].sum(axis=1)
    return Parts(2.0 * found, answered + credited.units)


_COMPUTE: dict[str, Callable[[Credited, int], Parts]] = {
    "R": _recall,
    "MRR": _reciprocal_rank,
    "MAP": _average_precision,
    "nDCG": _ndcg,
    "F1": _micro_f1,
}

NAMES: dict[str, str] = {
    "R": "share of what there is that the first k codes find",
    "MRR": "mean of 1/rank of the right code; 0 beyond rank k",
    "MAP": "mean of the precisions at the ranks, up to k, that find something",
    "nDCG": "what is found, discounted by the logarithm of its rank, over what an ideal ranking earns",
    "F1": "micro-F1 of the first code: precision over the queries that have an answer, recall over all",
}
"""Every measure, in words."""

_ONLY_FIRST = "F1"
"""Of several codes only one can be right, so its precision would say how many were asked for."""

MEASURES: tuple[Measure, ...] = (
    *(Measure("R", cutoff) for cutoff in (1, 3, 5, 10)),
    Measure("MRR", 10),
    Measure("MAP", 10),
    Measure("nDCG", 10),
    Measure("F1", 1),
)
"""What is measured where nobody asks for anything else."""


def parse_measure(text: str) -> Measure:
    """Read a measure as it is printed, in upper or lower case: ``R@5``, ``mrr@10``.

    :raises UsageError: when there is no such measure, with those that there are.
    """
    names = {name.lower(): name for name in NAMES}
    match = _SHAPE.fullmatch(text.strip())
    name = names.get(match[1].lower()) if match else None
    if match is None or name is None or int(match[2]) < 1 or (name == _ONLY_FIRST and int(match[2]) != 1):
        known = ", ".join(f"{name}@{1 if name == _ONLY_FIRST else 'k'}" for name in NAMES)
        raise UsageError(f"there is no measure {text!r}: choose from {known}, with k a number from 1")
    return Measure(name, int(match[2]))


def parts(measure: Measure, credited: Credited) -> Parts:
    """
    :return: numerators and denominators of each query; the denominators are 1 but for F1.
    :raises UsageError: when the cutoff lies beyond the depth of the rankings.
    """
    depth = credited.gains.shape[1]
    if measure.cutoff > depth:
        raise UsageError(f"{measure} needs {measure.cutoff} codes a query, and {depth} were asked for")
    return _COMPUTE[measure.name](credited, measure.cutoff)


def _ranks(cutoff: int) -> Values:
    return np.arange(1, cutoff + 1, dtype=np.float64)


def _mean(values: Values) -> Parts:
    return Parts(values, np.ones(len(values)))
