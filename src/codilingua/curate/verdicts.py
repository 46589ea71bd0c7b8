"""Pairs and what judges said of them in; pairs as they should be out.

A judge is a language model asked through the same clients and batch files, or a person. All verdicts on a row
are counted; the last one holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from codilingua.catalog.catalog import Catalog
from codilingua.curate.sifted import Finding
from codilingua.synth.choose import tabular
from codilingua.synth.raw import Judged
from codilingua.types import Pair

PRECISION = "precision"
"""Topic of the verdicts that measure how good the kept pairs are."""


@dataclass(slots=True)
class Settled:
    """Pairs after their verdicts.

    ``settled`` are the ids, old and new, of what a judge has read and kept or mended. ``counts`` is
    topic → verdict → how many rows. ``read`` are the rows as they stood, each with its verdict.
    """

    pairs: list[Pair] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    read: list[tuple[Pair, Judged]] = field(default_factory=list)


def settle(pairs: Sequence[Pair], judged: Iterable[Judged], catalog: Catalog) -> Settled:
    """Drop, recode and rewrite as the judges said. What was mended may have a verdict of its own."""
    by_row: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_row[one.verdict.row].append(one)
    result = Settled()
    counted: set[str] = set()
    for pair in pairs:
        line = _line(pair, by_row, catalog)
        for row, verdicts in line:
            # A row that was written twice was read once.
            if row.id in counted:
                continue
            counted.add(row.id)
            result.settled.add(row.id)
            result.read += [(row, one) for one in verdicts]
            for one in verdicts:
                topic = result.counts.setdefault(one.topic, {})
                topic[one.verdict.verdict] = topic.get(one.verdict.verdict, 0) + 1
        if not line:
            result.pairs.append(pair)
            continue
        row, last = line[-1][0], line[-1][1][-1]
        if last.verdict.verdict == "drop":
            result.rejected.append(Finding(row, "judge: drop", 1.0, last.verdict.why))
        else:
            result.pairs.append(_mended(row, last, catalog))
            result.settled.add(result.pairs[-1].id)
    return result


def _line(
    pair: Pair, by_row: Mapping[str, list[Judged]], catalog: Catalog
) -> list[tuple[Pair, list[Judged]]]:
    """A row and its verdicts, then what the last of them makes of it and its own, and so on; none twice."""
    line: list[tuple[Pair, list[Judged]]] = []
    while pair.id in by_row and all(pair.id != row.id for row, _ in line):
        line.append((pair, by_row[pair.id]))
        pair = _mended(pair, by_row[pair.id][-1], catalog)
    return line


def _mended(pair: Pair, judged: Judged, catalog: Catalog) -> Pair:
    verdict = judged.verdict
    if verdict.verdict == "rewrite":
        return replace(pair, text=verdict.text)
    if verdict.verdict == "recode":
        # Without its 7th character, as every row; an unknown code is rejected where all are.
        concept = tabular(catalog, verdict.code)
        return replace(pair, code=concept.code if concept else verdict.code)
    return pair


@dataclass(frozen=True, slots=True)
class Precision:
    """A sample of kept pairs, read by another than their writer.

    ``right`` counts those that were kept as they stood, by language; ``rows`` all.
    """

    rows: Mapping[str, int]
    right: Mapping[str, int]
    misses: tuple[tuple[Pair, Judged], ...]


def precision(read: Iterable[tuple[Pair, Judged]]) -> Precision:
    """What the verdicts of the topic ``precision`` say of the rows as they stood."""
    sample = {pair.id: (pair, one) for pair, one in read if one.topic == PRECISION}
    rows = Counter(pair.lang for pair, _ in sample.values())
    misses = tuple(both for both in sample.values() if both[1].verdict.verdict != "keep")
    wrong = Counter(pair.lang for pair, _ in misses)
    return Precision(rows, rows - wrong, misses)
