"""Headlines of sets that ask for the same things in several languages in; what each language costs out.

Sets are parallel where their names differ in the language alone (``hpo-en``, ``hpo-fr``) and their groups
are the things that are named. Only there is a system's English comparable with its other languages: of
sets that ask for different things, one may just be harder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from codilingua.evaluate.form import HEADLINE
from codilingua.evaluate.scoring.measures import Parts
from codilingua.evaluate.scoring.panels import Dice, Headline, rounded
from codilingua.evaluate.scoring.statistics import Interval, draws, interval

_REFERENCE = "en"


def parallel(headlines: Sequence[Headline], systems: Sequence[str], dice: Dice) -> list[dict[str, Any]]:
    """``parallel``: R@5 in English and in another language over the groups that both have.

    A group counts once in each language, with the mean of its queries. Intervals draw groups.
    """
    rows = []
    for english, other in _pairs(headlines):
        for system in systems:
            one, two = english[system], other[system]
            before, after = _by_cluster(one), _by_cluster(two)
            shared = [cluster for cluster in before if cluster in after]
            if not shared:
                continue
            values = np.array([(before[cluster], after[cluster]) for cluster in shared])
            lost = _interval(values[:, 1] - values[:, 0], shared, dice)
            rows.append(
                {
                    "system": system,
                    "lang": two.set.lang,
                    "set": two.set.name,
                    "against": one.set.name,
                    "level": two.level,
                    "measure": HEADLINE,
                    "groups": len(shared),
                    "english": rounded(_interval(values[:, 0], shared, dice).numbers()),
                    "value": rounded(_interval(values[:, 1], shared, dice).numbers()),
                    "difference": rounded(lost.numbers()),
                }
            )
    return rows


def _pairs(headlines: Sequence[Headline]) -> Iterator[tuple[dict[str, Headline], dict[str, Headline]]]:
    """System → headline of an English set, and of one parallel to it."""
    found: dict[tuple[str, str], dict[str, Headline]] = {}
    for one in headlines:
        if one.level == "exact" and one.set.name.endswith(f"-{one.set.lang}"):
            family = one.set.name.removesuffix(f"-{one.set.lang}")
            found.setdefault((family, one.set.lang), {})[one.system] = one
    for (family, lang), other in found.items():
        if lang != _REFERENCE and (family, _REFERENCE) in found:
            yield found[family, _REFERENCE], other


def _by_cluster(headline: Headline) -> Mapping[str, float]:
    """The mean over the queries of each group."""
    values: dict[str, list[float]] = {}
    for cluster, value in zip(headline.clusters, headline.numerators[HEADLINE].tolist(), strict=True):
        values.setdefault(cluster, []).append(value)
    return {cluster: float(np.mean(some)) for cluster, some in values.items()}


def _interval(values: np.ndarray[Any, np.dtype[np.float64]], clusters: Sequence[str], dice: Dice) -> Interval:
    parts = Parts(values, np.ones(len(values)))
    return interval(parts.value, draws(parts, clusters, dice.seed, dice.resamples))
