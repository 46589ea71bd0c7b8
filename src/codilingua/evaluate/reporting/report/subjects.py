"""Results in; what was measured, on what and at what cost, out, as sections of the report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from codilingua.evaluate.form import HEADLINE, MACRO
from codilingua.evaluate.reporting.report.illustrations import LATENCY, link
from codilingua.evaluate.reporting.report.lookup import Difference, Results, language
from codilingua.evaluate.reporting.report.markdown import (
    NOTHING,
    best_in_bold,
    commit,
    count,
    first,
    megabytes,
    milliseconds,
    number,
    probability,
    share,
    signed,
    spread,
    table,
)

POOLS = {
    "catalog": "every code of the catalog may be answered (the harder, honest setting)",
    "gold": "only codes that occur in the sets may be answered (the easier setting)",
}


def opening(read: Results) -> str:
    """Run, date, commit, pool; then the result in a few lines."""
    content, catalog = read.content, read.content["catalog"]
    named = ", ".join(language(lang) for lang in content["languages"]) or "no language"
    first = (
        f"# Evaluation: {content['run']}\n\n"
        f"Pool of candidates: **{content['pool']}**: {POOLS.get(content['pool'], 'an own choice of codes')}. "
        f"{catalog['name']}, {catalog['edition']}, {count(catalog['codes'])} codes. Languages: {named}. "
        f"{content['date']}, commit {commit(content)}.\n\n"
        "Made from `results.json`; change nothing here by hand. It holds no text of any query."
    )
    return "\n\n".join((first, "\n".join(f"- {line}" for line in _summary(read))))


def _summary(read: Results) -> Iterator[str]:
    level = f"{HEADLINE} at level {read.level}"
    people = "" if read.writer == "people" else " (all sets were written by a machine)"
    ours, baseline = read.ours, read.baseline
    if not read.has(ours):
        yield f"{ours}, which the run is about, did not run: see below."
    for name in (ours, baseline):
        value = read.headline(name) if name is not None and read.has(name) else None
        if value:
            yield f"{name}: macro {level}{people} {spread(value)}."
    for lang in (MACRO, *read.languages(read.writer, read.level)):
        found = read.difference(ours, baseline, lang) if baseline else None
        if found:
            where = "macro-average" if lang == MACRO else language(lang)
            yield f"{where}: {ours} {verdict(found)} {baseline}: {difference(found)}."
    if read.systems and read.headline(read.systems[0]) and read.systems[0] != ours:
        best = read.systems[0]
        yield f"Best of all by macro {HEADLINE}: {best}, {spread(read.headline(best))}."


def verdict(found: Difference) -> str:
    """In words; nothing is called worse whose interval includes 0."""
    if not found.told_apart:
        return "is not told apart from"
    return "is better than" if found.value > 0 else "is worse than"


def difference(found: Difference) -> str:
    """``+0.160 [+0.120, +0.200], p < 0.001``: Holm's p where there is one."""
    p = found.p if found.p_holm is None else found.p_holm
    between = "no interval" if found.low is None else f"[{signed(found.low)}, {signed(found.high)}]"
    return f"{signed(found.value)} {between}, {probability(p)}"


def sets(read: Results) -> str:
    """What was scored, and what was not and why."""
    if not read.sets:
        return "## What was measured on\n\nNo set."
    header = ["set", "language", "written by", "gold", "rows", "scored", "not scored", "unique queries"]
    header += ["documents", "codes retired", "same text as a surface", "codes in the pool"]
    rows = [
        [
            each["name"],
            language(each["lang"]),
            each["writer"],
            each["level"],
            count(each["rows"]),
            count(each["scored"]),
            count(each["not_scored"]),
            count(each["unique"]),
            count(each["documents"]),
            count(each["retired"]),
            f"{count(each['verbatim'])} ({share(each['verbatim'], each['unique'])})",
            count(each["pool_codes"]),
        ]
        for each in read.sets.values()
    ]
    parts = [
        "## What was measured on",
        table(header, rows, texts=4),
        (
            "*Codes retired*: rows whose gold code the catalog no longer has; its 3-character category is "
            "there, and they are scored: 0 at level exact for every system. *Same text as a surface*: unique "
            "queries that are, folded, a text of the index."
        ),
        "\n".join(_source(each) for each in read.sets.values()),
    ]
    return "\n\n".join(parts)


def _source(each: Mapping[str, Any]) -> str:
    said = [each["source"] or "source not told", each["licence"] or "licence not told"]
    text = f"- **{each['name']}**: {'; '.join(said)}{'; ' + each['url'] if each['url'] else ''}."
    files = ", ".join(f"`{name}` {digest[:16]}" for name, digest in each["files"].items())
    if files:
        text += f" SHA-256 of what was read: {files}."
    if each["not_scored"]:
        reasons = "; ".join(f"line {row['line']}: {row['reason']}" for row in each["bad_rows"])
        some = " (the first of them)" if len(each["bad_rows"]) < each["not_scored"] else ""
        rows = "1 row" if each["not_scored"] == 1 else f"{count(each['not_scored'])} rows"
        text += f" Not scored, {rows}{some}: {reasons or 'no reason told'}."
    return text


def systems(read: Results) -> str:
    """Who took part, who could not, and why."""
    rows = []
    for name in read.systems:
        each = read.system(name)
        mark = "ours" if name == read.ours else "baseline" if name == read.baseline else ""
        rows.append(
            [
                name,
                each["title"],
                each["about"],
                "English-centric" if each["english_centric"] else "",
                mark,
                each["surfaces"],
                each["licence"],
                count(each["codes"]),
                count(each["texts"]),
            ]
        )
    header = ("system", "title", "what it is", "made for", "here", "surfaces", "licence", "codes", "texts")
    parts = ["## Systems", table(header, rows, texts=7)]
    missing = read.content.get("unavailable", ())
    if missing:
        parts.append("Could not run here:")
        parts.append("\n".join(f"- {each['name']}: {each['reason']}" for each in missing))
    return "\n\n".join(parts)


def cost(read: Results, pictures: Collection[str]) -> str:
    """Quality with what it takes, side by side."""
    measures = ("R@1", HEADLINE, "MRR@10")
    names = read.systems
    values = [[first(read.measured(name, MACRO, measure)) for name in names] for measure in measures]
    quality = best_in_bold(values, [[number(value) for value in column] for column in values])
    rows = []
    for place, name in enumerate(names):
        spent = read.system(name).get("cost") or {}
        rows.append(
            [
                name,
                *(column[place] for column in quality),
                milliseconds(spent.get("median_ms")),
                milliseconds(spent.get("p95_ms")),
                megabytes(spent.get("disk_bytes")),
                megabytes(spent.get("peak_bytes")),
                str(spent.get("threads", NOTHING)),
            ]
        )
    header = ["system", *(f"macro {measure}" for measure in measures)]
    header += ["ms a query, median", "ms, p95", "MB on disk", "MB of memory, peak", "threads"]
    timed = {str((read.system(name).get("cost") or {}).get("timed", NOTHING)) for name in names}
    machine = read.content["machine"]
    parts = [
        "## Cost beside quality",
        table(header, rows),
        (
            f"One query at a time, {' or '.join(sorted(timed))} queries timed, on {machine['cores']} cores "
            f"of {machine['processor']}. MB are 1,000,000 bytes: on disk model, tokenizer and index; the "
            "peak is that of the process, the texts of the index embedded before."
        ),
        link(LATENCY, pictures),
    ]
    return "\n\n".join(part for part in parts if part)
