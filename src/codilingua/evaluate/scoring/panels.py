"""Test sets and rankings in; the value of every measure by set, view, level and slice out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codilingua.evaluate.answers.jobs import digest
from codilingua.evaluate.scoring.credit import DEPTH, LEVELS, Credited, credit, levels_of
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.measures import MEASURES, Measure, Parts, parts
from codilingua.evaluate.scoring.statistics import clusters_of, draws, interval
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.types import Judgement, Level

TESTED = ("R@1", "R@5", "MRR@10")
"""Measures in which systems are tested against each other, and slices told. Their denominators are 1."""

_DECIMALS = 6
_CURVE = tuple(Measure("R", cutoff) for cutoff in range(1, DEPTH + 1))
_FULL = 1 - 1e-9
"""Likeness that is 1 but for the last bits."""

Values = NDArray[np.float64]
Answers = Mapping[str, Sequence[str]]
"""SHA-256 of the query → codes, best first, of one system."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows of a set that are scored together: ``by`` and ``value`` say which (``all``, ``all``), and
    ``slices`` maps (by, value) → numbers of rows that are reported apart."""

    set: QuerySet
    view: str
    judgements: tuple[Judgement, ...]
    by: str = "all"
    value: str = "all"
    slices: Mapping[tuple[str, str], Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Headline:
    """One system on the unique queries of one set at one level, as later steps need it.

    ``values`` and ``draws`` float64 [resamples] by measure; ``curve`` [depth] is R@1 …; ``ranks`` int64
    [queries] is the place of the first answer of full credit, 0 where there is none; ``numerators``
    float64 [queries] by measure of ``TESTED``; ``clusters`` [queries] as they are drawn.
    """

    system: str
    set: QuerySet
    level: str
    values: Mapping[str, float]
    draws: Mapping[str, Values]
    curve: tuple[float, ...]
    ranks: NDArray[np.int64]
    numerators: Mapping[str, Values]
    clusters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dice:
    """How often intervals are resampled, and from which seed."""

    seed: int
    resamples: int


def headline_level(judgements: Sequence[Judgement]) -> Level:
    """``exact``, or ``category`` where no row can be scored any deeper."""
    return "exact" if any(judgement.level == "exact" for judgement in judgements) else "category"


def score(
    panel: Panel, systems: Mapping[str, Answers], hierarchy: Hierarchy, dice: Dice
) -> Iterator[tuple[dict[str, Any], Headline | None]]:
    """Score every system on a panel, at every level that its rows have.

    :return: entries for ``scores`` in ``results.json``; a headline beside those of all unique queries.
        Variants and slices are scored at the headline level alone, in the measures of ``TESTED``;
        slices without intervals.
    """
    head = headline_level(panel.judgements)
    whole = panel.by == "all"
    for level in LEVELS if whole else (head,):
        chosen = [row for row, one in enumerate(panel.judgements) if level in levels_of(one.level)]
        if not chosen:
            continue
        judgements = [panel.judgements[row] for row in chosen]
        clusters = clusters_of(judgements)
        keys = [digest(judgement.query) for judgement in judgements]
        for system, answers in systems.items():
            credited = credit(level, judgements, [answers[key] for key in keys], hierarchy)
            measures = [measure for measure in MEASURES if whole or str(measure) in TESTED]
            line = _Line(system, panel, level, clusters, {str(m): parts(m, credited) for m in measures})
            drawn = {
                name: draws(some, clusters, dice.seed, dice.resamples) for name, some in line.parts.items()
            }
            is_headline = (panel.view, panel.by) == ("unique", "all")
            yield line.entry(drawn), line.headline(credited, drawn) if is_headline else None
            if level == head:
                places = {row: place for place, row in enumerate(chosen)}
                for (by, value), rows in panel.slices.items():
                    inside = [places[row] for row in rows if row in places]
                    if inside:
                        yield line.slice(by, value, inside), None


def rounded(numbers: Sequence[float]) -> list[float]:
    """As they stand in ``results.json``."""
    return [round(float(number), _DECIMALS) for number in numbers]


def measured(value: float, drawn: Values) -> list[float]:
    """Value, low and high; the value alone where there is no interval."""
    return rounded(interval(value, drawn).numbers())


@dataclass(frozen=True, slots=True)
class _Line:
    """One system on one panel at one level."""

    system: str
    panel: Panel
    level: str
    clusters: tuple[str, ...]
    parts: Mapping[str, Parts]

    def entry(self, drawn: Mapping[str, Values]) -> dict[str, Any]:
        measures = {name: measured(some.value, drawn[name]) for name, some in self.parts.items()}
        return self._entry(self.panel.by, self.panel.value, len(self.clusters), measures)

    def slice(self, by: str, value: str, rows: Sequence[int]) -> dict[str, Any]:
        measures = {name: rounded([self.parts[name].take(rows).value]) for name in TESTED}
        return self._entry(by, value, len(rows), measures)

    def headline(self, credited: Credited, drawn: Mapping[str, Values]) -> Headline:
        full = credited.likeness >= _FULL
        return Headline(
            self.system,
            self.panel.set,
            self.level,
            {name: some.value for name, some in self.parts.items()},
            drawn,
            tuple(parts(measure, credited).value for measure in _CURVE),
            np.where(full.any(axis=1), full.argmax(axis=1) + 1, 0).astype(np.int64),
            {name: self.parts[name].numerators for name in TESTED},
            self.clusters,
        )

    def _entry(
        self, by: str, value: str, queries: int, measures: Mapping[str, list[float]]
    ) -> dict[str, Any]:
        return {
            "system": self.system,
            "set": self.panel.set.name,
            "lang": self.panel.set.lang,
            "view": self.panel.view,
            "by": by,
            "value": value,
            "level": self.level,
            "queries": queries,
            "measures": dict(measures),
        }
