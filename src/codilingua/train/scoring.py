"""A trained first stage, in torch, and development sets in; how well it finds alone, out.

For choosing between runs before anything is exported: cosines over all surfaces, no trigrams, no reranker.
What ships is measured by ``codilingua evaluate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY
from codilingua.search.encoder import PASSAGE, QUERY
from codilingua.train.bases import Base
from codilingua.train.devices import Machine
from codilingua.train.embedding import Progress, embed
from codilingua.train.examples import TrainingSet
from codilingua.train.gold import DevelopmentSet, gold_codes

_BLOCK = 256
_DEPTH = 10
_FIRST = 5


@dataclass(frozen=True, slots=True)
class SetScore:
    """One set: ``queries`` that could be scored, and means over them, 0-1. ``category`` is R@5 of the
    3-character codes.
    """

    name: str
    lang: str
    queries: int
    r1: float
    r5: float
    mrr10: float
    category: float


def score_sets(
    base: Base,
    data: TrainingSet,
    catalog: Catalog,
    sets: Sequence[DevelopmentSet],
    machine: Machine,
    progress: Progress | None = None,
    prior: NDArray[np.float32] | None = None,
) -> list[SetScore]:
    """
    :param prior: float32 [codes], added to the cosine; None for none.
    """
    surfaces = embed(base, [PASSAGE + text for text in data.surfaces], machine, progress)
    starts = data.firsts()
    owners = data.surface_codes[starts]
    codes = data.relatives.codes
    scored = []
    for one in sets:
        known = [
            (j.query, gold) for j in one.judgements if (gold := gold_codes(j, catalog, data.relatives.place))
        ]
        queries = embed(base, [QUERY + text for text, _ in known], machine)
        rows = []
        for start in range(0, len(known), _BLOCK):
            best = np.maximum.reduceat(queries[start : start + _BLOCK] @ surfaces.T, starts, axis=1)
            if prior is not None:
                best = best + prior[owners]
            for (_, gold), scores in zip(known[start : start + _BLOCK], best, strict=True):
                top = np.argpartition(-scores, min(_DEPTH, len(scores) - 1))[:_DEPTH]
                ranked = [codes[owners[place]] for place in top[np.argsort(-scores[top], kind="stable")]]
                rows.append(_measures(ranked, gold))
        means = np.mean(rows, axis=0) if rows else np.zeros(4)
        scored.append(SetScore(one.name, one.lang, len(known), *(round(float(mean), 4) for mean in means)))
    return scored


def _measures(ranked: Sequence[str], gold: frozenset[str]) -> tuple[float, float, float, float]:
    first = next((1 / rank for rank, code in enumerate(ranked, 1) if code in gold), 0.0)
    categories = {code[:CATEGORY] for code in gold}
    near = any(code[:CATEGORY] in categories for code in ranked[:_FIRST])
    return float(first == 1), float(first >= 1 / _FIRST), first, float(near)
