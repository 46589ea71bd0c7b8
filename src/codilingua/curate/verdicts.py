"""Pairs and what judges said of them in; pairs as they should be out.

A judge is a language model asked through the same clients and batch files, or a person. The last verdict on
a row holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from codilingua.curate.sifted import Finding
from codilingua.synth.raw import Judged
from codilingua.text import clean
from codilingua.types import Pair

PRECISION = "precision"
"""Topic of the verdicts that measure how good the kept pairs are."""


@dataclass(slots=True)
class Settled:
    """Pairs after their verdicts.

    ``settled`` are the ids, old and new, of what a judge has read and kept or mended. ``counts`` is
    topic → verdict → how many rows.
    """

    pairs: list[Pair] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


def settle(pairs: Sequence[Pair], judged: Iterable[Judged]) -> Settled:
    """Drop, recode and rewrite as the judges said."""
    by_row: dict[str, Judged] = {one.verdict.row: one for one in judged}
    result = Settled()
    for pair in pairs:
        one = by_row.get(pair.id)
        if one is None:
            result.pairs.append(pair)
            continue
        verdict = one.verdict
        topic = result.counts.setdefault(one.topic, {})
        topic[verdict.verdict] = topic.get(verdict.verdict, 0) + 1
        if verdict.verdict == "drop":
            result.rejected.append(Finding(pair, "judge: drop", 1.0, verdict.why))
            continue
        mended = replace(pair, code=verdict.code or pair.code, text=clean(verdict.text) or pair.text)
        result.pairs.append(mended if verdict.verdict != "keep" else pair)
        result.settled |= {pair.id, result.pairs[-1].id}
    return result


@dataclass(frozen=True, slots=True)
class Precision:
    """A sample of kept pairs, read by another than their writer.

    ``right`` counts those that were kept as they stood, by language; ``rows`` all.
    """

    rows: Mapping[str, int]
    right: Mapping[str, int]
    misses: tuple[tuple[Pair, Judged], ...]


def precision(pairs: Iterable[Pair], judged: Iterable[Judged]) -> Precision:
    """What the verdicts of the topic ``precision`` say of the pairs as they stood before."""
    sample = {one.verdict.row: one for one in judged if one.topic == PRECISION}
    rows: dict[str, int] = {}
    right: dict[str, int] = {}
    misses = []
    seen: set[str] = set()
    for pair in pairs:
        if pair.id not in sample or pair.id in seen:
            continue
        seen.add(pair.id)
        rows[pair.lang] = rows.get(pair.lang, 0) + 1
        one = sample[pair.id]
        if one.verdict.verdict == "keep":
            right[pair.lang] = right.get(pair.lang, 0) + 1
        else:
            misses.append((pair, one))
    return Precision(rows, right, tuple(misses))
