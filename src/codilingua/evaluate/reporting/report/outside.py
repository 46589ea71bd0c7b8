"""Results in; what the English-centric systems lose outside English, with intervals, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codilingua.evaluate.form import HEADLINE
from codilingua.evaluate.reporting.report.lookup import Results, language
from codilingua.evaluate.reporting.report.markdown import NOTHING, spread, table
from codilingua.evaluate.reporting.report.subjects import difference

_ENGLISH = "en"


def outside_english(read: Results) -> str:
    """Each English-centric system beside ours, language by language, and what follows in a sentence; then
    what every system loses on the same things asked for in another language."""
    parts = [part for part in (_beside_ours(read), _parallel(read)) if part]
    return "\n\n".join(["## English-centric systems outside English", *parts]) if parts else ""


def _beside_ours(read: Results) -> str:
    languages = read.languages(read.writer, read.level)
    names = [name for name in read.systems if read.system(name)["english_centric"]]
    ours = read.ours if read.has(read.ours) else None
    if not names or ours is None or not [lang for lang in languages if lang != _ENGLISH]:
        return ""
    header = ["system", "language", HEADLINE, ours, f"{ours} minus system, p by Holm"]
    rows = []
    for name in names:
        for lang in languages:
            found = read.difference(ours, name, lang)
            values = [spread(read.measured(each, lang, HEADLINE)) for each in (name, ours)]
            rows.append([name, language(lang), *values, difference(found) if found else "not compared"])
    sentences = [_sentence(read, name, ours, languages) for name in names]
    return "\n\n".join(
        [
            (
                f"{HEADLINE}, level {read.level}, with 95 % intervals. The sets of two languages differ: "
                "compare systems within a language, not languages."
            ),
            table(header, rows, texts=2),
            "\n".join(f"- {sentence}" for sentence in sentences if sentence),
        ]
    )


def _parallel(read: Results) -> str:
    """Rows are systems, those made for English first; columns are sets that ask for what an English one
    asks for."""
    found = {(row["system"], row["set"]): row for row in read.content.get("parallel", [])}
    sets = {row["set"]: row for row in found.values()}
    if not sets:
        return ""
    systems = sorted(read.systems, key=lambda name: not read.system(name)["english_centric"])
    header = ["system", *(f"{name}, {row['groups']:,} in both" for name, row in sets.items())]
    rows = []
    for name in systems:
        cells = [found.get((name, each)) for each in sets]
        rows.append([name, *(NOTHING if cell is None else _loss(cell) for cell in cells)])
    return "\n\n".join(
        [
            "### The same things in English and in another language",
            (
                f"{HEADLINE} in English → in the other language, and the difference with its 95 % interval, "
                "over the diseases or phenotypes that both sets hold: what a system loses by the language "
                "alone. Each counts once, with the mean of its names."
            ),
            table(header, rows, texts=1),
        ]
    )


def _loss(row: Mapping[str, Any]) -> str:
    before, after = (f"{row[name][0]:.3f}" for name in ("english", "value"))
    change, *ends = row["difference"]
    interval = f" [{ends[0]:+.3f}, {ends[1]:+.3f}]" if ends else ""
    return f"{before} → {after}, {change:+.3f}{interval}"


def _sentence(read: Results, name: str, ours: str, languages: Sequence[str]) -> str:
    """In which languages it loses to ours, in which not, as the intervals say."""
    groups: dict[str, list[str]] = {}
    for lang in languages:
        found = read.difference(ours, name, lang)
        if found:
            how = "not told apart" if not found.told_apart else "lower" if found.value > 0 else "higher"
            groups.setdefault(how, []).append(language(lang))
    told = "; ".join(f"{how} in {', '.join(langs)}" for how, langs in groups.items())
    return f"**{name}** against {ours}: {told}." if told else ""
