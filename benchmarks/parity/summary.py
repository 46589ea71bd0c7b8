"""Ranks of the gold codes by stage and set in; recall, differences and their intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from benchmarks.parity.measures import CUTOFFS, Ranks, bootstrap, recall
from benchmarks.parity.sets import QuerySet

Measured = dict[str, dict[str, Ranks]]
"""Ranks by stage, then by name of the set; a set that a stage is not measured on is left out."""

SEED = 20260401
RESAMPLES = 1000
REFERENCE, SHIPPED = "a", "d"
_FIRST_SCREEN = 5


def summarise_set(queries: QuerySet, measured: Measured) -> dict[str, object]:
    """What ``results.json`` says of one set: recall in 0-1, changes in points of 100."""
    before, after = (measured[stage][queries.name] for stage in (REFERENCE, SHIPPED))
    return {
        "name": queries.name,
        "group": queries.group,
        "source": queries.source,
        "queries": len(queries.queries),
        "rows_dropped": queries.dropped,
        "scores": {
            stage: _scores(found[queries.name]) for stage, found in measured.items() if queries.name in found
        },
        "change": changes([queries.name], measured),
        "moved": moved(before, after),
    }


def summarise_group(sets: Sequence[QuerySet], measured: Measured) -> dict[str, object]:
    """The same for the mean over sets, each counted once whatever its size."""
    names = [queries.name for queries in sets]
    scores = {}
    for stage, found in measured.items():
        each = [_scores(found[name]) for name in names if name in found]
        if len(each) == len(names):
            scores[stage] = {measure: float(np.mean([one[measure] for one in each])) for measure in each[0]}
    return {"sets": len(names), "scores": scores, "change": changes(names, measured)}


def changes(names: Sequence[str], measured: Measured) -> dict[str, object]:
    """R@k of what ships less R@k of the reference, in points of 100: mean, low, high by measure."""
    found: dict[str, object] = {}
    for cutoff in CUTOFFS:
        differences = [
            _points(measured, SHIPPED, name, cutoff) - _points(measured, REFERENCE, name, cutoff)
            for name in names
        ]
        found[f"R@{cutoff}"] = asdict(bootstrap(differences, SEED, RESAMPLES))
    return found


def moved(before: Ranks, after: Ranks) -> dict[str, int]:
    """How many gold codes came into the first five, and how many fell out of them."""
    pairs = [
        (old <= _FIRST_SCREEN, new <= _FIRST_SCREEN)
        for olds, news in zip(before, after, strict=True)
        for old, new in zip(olds, news, strict=True)
    ]
    return {"in": pairs.count((False, True)), "out": pairs.count((True, False))}


def _points(measured: Measured, stage: str, name: str, cutoff: int) -> NDArray[np.float64]:
    return 100 * recall(measured[stage][name], cutoff)


def _scores(ranks: Ranks) -> dict[str, float]:
    return {f"R@{cutoff}": float(recall(ranks, cutoff).mean()) for cutoff in CUTOFFS}
