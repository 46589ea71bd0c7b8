"""Results in; the tables of languages by systems out: the headline, the levels, what a machine wrote."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from codilingua.evaluate.form import HEADLINE, MACRO
from codilingua.evaluate.reporting.report.illustrations import CURVES, LANGUAGES, MOVES, link
from codilingua.evaluate.reporting.report.lookup import Measured, Results, language
from codilingua.evaluate.reporting.report.markdown import best_in_bold, first, number, spread, table
from codilingua.evaluate.reporting.report.subjects import difference
from codilingua.evaluate.scoring.credit import LEVELS

NEAR = "≈"
_OTHERS = ("R@1", "MRR@10", "MAP@10", "nDCG@10", "F1@1")
_LEGEND = (
    f"Bold: the best of its column. {NEAR}: compared with the best, and the 95 % interval of the paired "
    "difference includes 0: not told apart from it. No mark: that interval lies below 0, or the two were not "
    "compared in this measure."
)


def headline(read: Results, pictures: Collection[str]) -> str:
    """All tables in which a language is a column."""
    parts = ["## Languages by systems"]
    if read.writer == "people":
        parts += _tables(read, "people", read.level)
    else:
        parts.append("People wrote none of the sets. What follows is of sets that a machine wrote.")
        parts += _tables(read, "machine", read.level)
    parts += [link(LANGUAGES, pictures), link(CURVES, pictures), _levels(read), link(MOVES, pictures)]
    if read.writer == "people" and read.languages_by("machine"):
        level = "exact" if read.languages("machine", "exact") else "category"
        parts += [
            "## Sets that a machine wrote",
            (
                "Reported apart, and no part of the headline: what a machine writes is easier than what "
                "people write."
            ),
            *_tables(read, "machine", level, others=("R@1",)),
        ]
    parts.append(_differences(read))
    return "\n\n".join(part for part in parts if part)


def _tables(read: Results, writer: str, level: str, others: Sequence[str] = _OTHERS) -> list[str]:
    columns = (MACRO, *read.languages(writer, level))
    made = [
        f"**{HEADLINE}**, level {level}, unique queries, 95 % intervals:",
        grid(read, HEADLINE, writer, level, columns, intervals=True),
        _LEGEND,
        "; ".join(
            f"{language(lang)}: mean of {', '.join(read.sets_of(lang, writer, level))}"
            for lang in columns[1:]
        )
        + f". Macro: mean of the languages.{_without(read, writer, level)}",
    ]
    for measure in others:
        made += [f"**{measure}**:", grid(read, measure, writer, level, columns)]
    return made


def _without(read: Results, writer: str, level: str) -> str:
    """Languages that are in no column, and therefore not in the macro-average."""
    missing = [lang for lang in read.languages_by(writer) if lang not in read.languages(writer, level)]
    if not missing:
        return ""
    return f" No set with codes at this level: {', '.join(map(language, missing))}; see the levels below."


def grid(
    read: Results, measure: str, writer: str, level: str, columns: Sequence[str], intervals: bool = False
) -> str:
    """A table of systems by languages; the best is bold, what is not told apart from it is marked."""
    return _grid(
        read,
        [language(lang) for lang in columns],
        [[read.measured(name, lang, measure, writer, level) for name in read.systems] for lang in columns],
        [_near(read, measure, writer, level, lang) for lang in columns],
        intervals,
    )


def _grid(
    read: Results,
    header: Sequence[str],
    cells: Sequence[Sequence[Measured | None]],
    near: Sequence[set[str]],
    intervals: bool,
) -> str:
    """
    :param cells: by column, then by system.
    :param near: for each column the systems to mark.
    """
    shown = [
        [
            (spread(cell) if intervals else number(first(cell))) + (f" {NEAR}" if name in marked else "")
            for name, cell in zip(read.systems, column, strict=True)
        ]
        for column, marked in zip(cells, near, strict=True)
    ]
    values = [[first(cell) for cell in column] for column in cells]
    made = best_in_bold(values, shown)
    rows = [[name, *(column[place] for column in made)] for place, name in enumerate(read.systems)]
    return table(("system", *header), rows)


def _near(read: Results, measure: str, writer: str, level: str, lang: str) -> set[str]:
    """The systems that are compared with the best of the column and not told apart from it."""
    values = {name: read.measured(name, lang, measure, writer, level) for name in read.systems}
    known = {name: value[0] for name, value in values.items() if value}
    if not known or writer != read.writer:
        return set()
    best = max(known, key=lambda name: known[name])
    found = {name: read.difference(best, name, lang, measure, level) for name in known}
    return {name for name, each in found.items() if each is not None and not each.told_apart}


def _levels(read: Results) -> str:
    """The same answers under the four levels of credit, side by side."""
    writer = read.writer
    levels = [level for level in LEVELS if read.languages(writer, level)]
    if len(levels) < 2:
        return ""
    parts = [
        f"### {HEADLINE} at four levels of credit",
        (
            "*exact*: the gold code. *descendant*: or a code below it, where the gold is not billable any "
            "more. *category*: the same 3-character category. *hierarchical*: by the share of ancestors in "
            "common. A set whose gold is a category counts in the last two alone: they may be means of more "
            "sets."
        ),
    ]
    for lang in (MACRO, *read.content["languages"]):
        having = [
            level
            for level in levels
            if any(read.measured(name, lang, HEADLINE, writer, level) for name in read.systems)
        ]
        if not having:
            continue
        cells = [
            [read.measured(name, lang, HEADLINE, writer, level) for name in read.systems] for level in having
        ]
        near = [_near(read, HEADLINE, writer, level, lang) for level in having]
        parts += [f"**{language(lang)}**:", _grid(read, having, cells, near, intervals=False)]
    return "\n\n".join(parts)


def _differences(read: Results) -> str:
    """Ours against each other system, in each language."""
    if not read.has(read.ours):
        return ""
    parts = []
    for measure in read.tested(read.level):
        columns = [
            lang
            for lang in (MACRO, *read.content["languages"])
            if any(read.difference(read.ours, name, lang, measure) for name in read.systems)
        ]
        rows = []
        for name in read.systems:
            found = [read.difference(read.ours, name, lang, measure) for lang in columns]
            if any(found):
                rows.append([name, *(difference(each) if each else "—" for each in found)])
        if rows:
            parts.append(f"**{measure}**, level {read.level}:")
            parts.append(table(("against", *(language(lang) for lang in columns)), rows))
    if not parts:
        return ""
    about = (
        f"How much higher {read.ours} scores than each other system on the same queries: difference, "
        "95 % interval, p corrected by Holm. Below 0: lower. An interval that includes 0: not told apart."
    )
    return "\n\n".join(("## Paired differences", about, *parts))
