"""Results in; the numbers of single sets, slices and chapters out."""

from __future__ import annotations

from collections.abc import Sequence

from codilingua.evaluate.form import HEADLINE
from codilingua.evaluate.reporting.report.lookup import Results
from codilingua.evaluate.reporting.report.markdown import (
    best_in_bold,
    count,
    first,
    number,
    share,
    spread,
    table,
)

_FIRST = ("original", "sampled original")
_MOST_VALUES = 12
_FEWEST_QUERIES = 20
_WORST = 10


def per_set(read: Results) -> str:
    """Every system on every set, and unique queries beside all rows."""
    if not read.sets or not read.systems:
        return ""
    names = list(read.sets)
    header = ("system", *(f"{name} ({read.sets[name]['level']})" for name in names))
    parts = ["## Set by set", f"**{HEADLINE}**, unique queries, 95 % intervals; the level in brackets:"]
    cells = [[read.score(system, name, HEADLINE) for system in read.systems] for name in names]
    parts.append(_rows(read, header, [[spread(cell) for cell in column] for column in cells], cells))
    for measure in ("R@1", "MRR@10"):
        cells = [[read.score(system, name, measure) for system in read.systems] for name in names]
        shown = [[number(first(cell)) for cell in column] for column in cells]
        parts += [f"**{measure}**:", _rows(read, header, shown, cells)]
    if any(each["unique"] < each["scored"] for each in read.sets.values()):
        parts += ["### Unique queries beside all rows", _repeated(read)]
    return "\n\n".join(parts)


def _rows(
    read: Results,
    header: Sequence[str],
    shown: Sequence[Sequence[str]],
    cells: Sequence[Sequence[Sequence[float] | None]],
) -> str:
    values = [[first(cell) for cell in column] for column in cells]
    made = best_in_bold(values, shown)
    return table(header, [[name, *(column[at] for column in made)] for at, name in enumerate(read.systems)])


def _repeated(read: Results) -> str:
    """What stands often in a corpus counts often in its rows."""
    names = [name for name, each in read.sets.items() if each["unique"] < each["scored"]]
    rows = []
    for system in read.systems:
        row = [system]
        for name in names:
            unique, every = (read.score(system, name, HEADLINE, view) for view in ("unique", "rows"))
            row.append(f"{number(first(unique))} / {number(first(every))}")
        rows.append(row)
    header = [
        f"{name} ({count(read.sets[name]['unique'])} / {count(read.sets[name]['scored'])})" for name in names
    ]
    about = (
        f"{HEADLINE} with every distinct text once, its gold codes united / with every row as it stands in "
        "the corpus; in brackets how many they are."
    )
    return f"{about}\n\n{table(('system', *header), rows)}"


def slices(read: Results) -> str:
    """Queries of a kind apart: variants, seen and unseen, columns of the set."""
    few = read.few()
    made = []
    for by in read.slices():
        rows, left_out = [], 0
        for name in read.sets:
            parts = read.parts(name, by)
            kept = sorted(parts, key=lambda value: -parts[value])[:_MOST_VALUES]
            left_out += len(parts) - len(kept)
            in_order = [value for value in parts if value in kept]
            for value in sorted(in_order, key=lambda value: value not in _FIRST):
                rows.append([name, value, count(parts[value]), *_best(read, few, name, by, value)])
        if rows:
            note = f"\n\nNot shown: {left_out} smaller slices." if left_out else ""
            made.append(f"### By {by}\n\n{table(('set', by, 'queries', *few), rows, texts=2)}{note}")
    if not made:
        return ""
    about = f"{HEADLINE} at the level of the set, unique queries; the best of each row is bold."
    if len(few) < len(read.systems):
        about += (
            f" {len(few)} systems are shown: ours, the baseline, the best others; `results.json` has all."
        )
    return "\n\n".join(("## Slices", about, *made))


def _best(read: Results, systems: Sequence[str], name: str, by: str, value: str) -> list[str]:
    cells = [read.score(system, name, HEADLINE, by=by, value=value) for system in systems]
    values = [first(cell) for cell in cells]
    return best_in_bold([values], [[number(each) for each in values]])[0]


def chapters(read: Results) -> str:
    """Where ours does worst, all sets of people together, beside the baseline."""
    if not read.has(read.ours):
        return ""
    queries: dict[str, int] = {}
    sums: dict[tuple[str, str], float] = {}
    beside = [name for name in (read.ours, read.baseline) if name is not None and read.has(name)]
    names = [name for name, each in read.sets.items() if each["writer"] == read.writer]
    for name in (name for name in names if read.sets[name]["level"] == read.level):
        for chapter, size in read.parts(name, "chapter").items():
            queries[chapter] = queries.get(chapter, 0) + size
            for system in beside:
                found = read.score(system, name, HEADLINE, by="chapter", value=chapter)
                sums[system, chapter] = sums.get((system, chapter), 0.0) + size * (found or [0.0])[0]
    enough = [chapter for chapter, size in queries.items() if size >= _FEWEST_QUERIES]
    if not enough:
        return ""
    worst = sorted(enough, key=lambda chapter: sums[read.ours, chapter] / queries[chapter])[:_WORST]
    titles = read.content.get("chapters", {})
    total = sum(queries.values())
    rows = [
        [
            chapter,
            titles.get(chapter, ""),
            count(queries[chapter]),
            share(queries[chapter], total),
            *(number(sums[system, chapter] / queries[chapter]) for system in beside),
        ]
        for chapter in worst
    ]
    about = (
        f"{HEADLINE}, level {read.level}, unique queries of all sets together, worst first, chapters with "
        f"{_FEWEST_QUERIES} queries or more. A query belongs to the chapter of its gold code."
    )
    header = ("chapter", "title", "queries", "of all", *beside)
    return "\n\n".join((f"## The worst chapters of {read.ours}", about, table(header, rows, texts=2)))
