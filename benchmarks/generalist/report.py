"""``results.json`` in; ``report.md`` out. Every number of the report comes from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.generalist.groups import MEDICAL, SPECIFIC, TITLES, kind
from benchmarks.generalist.pictures import GAINS, LANGUAGES, RANKS
from benchmarks.generalist.verdict import DENSE, FUSED, PRIOR, gain, is_clear, points, signed, verdict
from codilingua.evaluate.form import HEADLINE, MACRO
from codilingua.evaluate.reporting.report.lookup import language

_QUESTION = (
    "Are encoders made for all text better at this task, or one made for it, and where does the gain lie, "
    "by language and by rank? (The question of arXiv 2605.30529.)\n"
)
_FITTED = (
    "- CodiEsp and DISTEMIST are development sets: weights, gate and calibration of ours were fitted on "
    "them, so there ours is flattered. Nothing of the peers was fitted."
)
_CONSERVATIVE = (
    "- `±` is the half width of a 95 % interval, as if the two had answered different queries. They "
    "answered the same, so it is conservative: a paired one would be narrower."
)
_NO_SETS = (
    "- A language is the mean of its exact sets, so DISTEMIST is only in the table by set; Catalan and "
    "Italian have no set that people wrote."
)


def render(results: Mapping[str, Any]) -> str:
    """The report, in Markdown."""
    return "\n".join(
        [
            "# Generalist or specific?\n",
            _made(results),
            _QUESTION,
            *(f"{number}. {sentence}" for number, sentence in enumerate(verdict(results), 1)),
            _limits(results),
            "## By language and system\n",
            f"![R@1 and R@5 by language and system]({LANGUAGES})\n",
            *(_scores(results, measure) for measure in (HEADLINE, "R@1")),
            "## By rank\n",
            f"![Queries by the rank of the first right code]({RANKS})\n",
            _ranks(results),
            f"![Gain by the number of codes looked at]({GAINS})\n",
            _gains(results),
            "## By set\n",
            _sets(results),
            "## By stage of ours\n",
            *_stages(results),
        ]
    )


def _made(results: Mapping[str, Any]) -> str:
    modified = ", with changes" if results["modified"] else ""
    rows = [
        (name, f"`{each['path']}`", each["date"], str(each["commit"])[:10], f"`{each['sha256'][:12]}`")
        for name, each in results["sources"].items()
    ]
    queries, catalog = sum(each["queries"] for each in results["sets"]), results["catalog"]
    return (
        f"Made by `{results['command']}` from `results.json`; change nothing here by hand. "
        f"{results['date']}, commit {str(results['commit'])[:10]}{modified}. Nothing was searched for it; "
        "its numbers are of these runs:\n\n"
        + _table(("", "run", "date", "commit", "sha256"), rows, texts=5)
        + f"\nOurs and the peers answered the same {queries:,} distinct queries of "
        f"{len(results['sets'])} sets, over the same {catalog['codes']:,} codes of {catalog['name']}, "
        f"{catalog['edition']}: digests of the files and all counts were compared.\n"
    )


def _limits(results: Mapping[str, Any]) -> str:
    texts = {each["name"]: each["texts"] for each in results["systems"]}
    ours, untuned = results["ours"], results["untuned"]
    medical = [name for name in results["unavailable"] if kind(name) == MEDICAL]
    ran = [each["name"] for each in results["systems"] if each["kind"] == MEDICAL]
    leaks = [
        100 * each["letter_for_letter"] for each in results["sets"] if each["letter_for_letter"] is not None
    ]
    names = f"{ours} searches {texts[ours]:,} texts, {untuned} {texts[untuned]:,}"
    lines = [f"- Not the encoder alone: {names}. Names made for the task are part of what is specific."]
    if leaks:
        span = f"{min(leaks):.0f} to {max(leaks):.0f} %"
        lines.append(f"- {span} of the queries of a set stand in the training pairs too (table by set).")
    lines += [_FITTED, _CONSERVATIVE, _NO_SETS]
    if medical and not ran:
        lines.append(
            f"- Encoders made for medical text and not for this task ({', '.join(medical)}) could not be "
            "fetched, so nothing is said of them."
        )
    if results["left_out"]["systems"]:
        lines.append(f"- Left out, of no known kind: {', '.join(results['left_out']['systems'])}.")
    if results["left_out"]["sets"]:
        lines.append(f"- Left out, not in both runs: {', '.join(results['left_out']['sets'])}.")
    return "\nWhat this does not say:\n\n" + "\n".join(lines) + "\n"


def _scores(results: Mapping[str, Any], measure: str) -> str:
    langs = [MACRO, *results["languages"]]
    values = {(row["system"], row["lang"]): row[measure] for row in results["scores"]}
    best = {lang: max(value[0] for (_, of), value in values.items() if of == lang) for lang in langs}
    header = ["system", "kind", "mean", *(language(lang) for lang in langs[1:])]
    rows = []
    for group, title in TITLES.items():
        names = [each["name"] for each in results["systems"] if each["kind"] == group]
        # Ours stand in the order of the stages, the last first.
        if group != SPECIFIC:
            names.sort(key=lambda name: -values[name, MACRO][0])
        for name in names:
            cells = [_interval(values[name, lang], best[lang]) for lang in langs]
            rows.append([name, title, *cells])
    return (
        f"**{measure}**, exact codes, unique queries, with 95 % intervals; bold: the best of a column.\n\n"
        + (_table(header, rows, texts=2))
    )


def _ranks(results: Mapping[str, Any]) -> str:
    """Shares of the queries by the rank of their first right code."""
    names = dict.fromkeys([results["english"], results["untuned"], *results["compared"]])
    found = {(row["system"], row["lang"]): row["shares"] for row in results["ranks"]}
    buckets = list(next(iter(found.values())))
    rows = [
        [_named(lang), name, *(f"{100 * found[name, lang][bucket]:.1f}" for bucket in buckets)]
        for lang in [MACRO, *results["languages"]]
        for name in names
    ]
    title = "Percent of the queries whose first right code stands at these ranks (R@k: up to rank k)."
    return f"{title}\n\n" + _table(["language", "system", *buckets], rows, texts=2)


def _gains(results: Mapping[str, Any]) -> str:
    ours = results["ours"]
    rows = []
    for other in dict.fromkeys((results["untuned"], results["english"])):
        for name in results["compared"]:
            for lang in [MACRO, *results["languages"]]:
                found = gain(results, name, other, lang)
                cells = [_points(found[measure]) for measure in ("R@1", "R@3", HEADLINE, "R@10")]
                rows.append([name, other, _named(lang), *cells, signed(found["R"][-1])])
    header = ["system", "against", "language", "R@1", "R@3", HEADLINE, "R@10", "R@20"]
    return (
        f"Gain in points, bold where the interval does not include 0. {ours} is what ships; {FUSED} lacks "
        f"prior of use and reranker, {DENSE} the trigrams too.\n\n" + _table(header, rows, texts=3)
    )


def _sets(results: Mapping[str, Any]) -> str:
    about = {each["name"]: each for each in results["sets"]}
    names = dict.fromkeys([results["ours"], *results["compared"], results["untuned"], results["english"]])
    header = ["set", "queries", "in training", *(f"{name} {m}" for m in ("R@1", HEADLINE) for name in names)]
    rows = []
    for row in results["by_set"]:
        one = about[row["set"]]
        level = "" if one["level"] == "exact" else f" ({one['level']})"
        leak = one["letter_for_letter"]
        cells = [row["scores"][name][m][0] for m in ("R@1", HEADLINE) for name in names]
        size = len(names)
        best = [max(cells[:size])] * size + [max(cells[size:])] * size
        values = [f"**{v:.3f}**" if v == top else f"{v:.3f}" for v, top in zip(cells, best, strict=True)]
        share = "—" if leak is None else f"{100 * leak:.0f} %"
        rows.append([f"{row['set']}{level}", f"{one['queries']:,}", share, *values])
    return (
        "In training: queries that the training pairs of ours, which a language model wrote, have as well, "
        "letter for letter but for case and accents. Bold: the best of a row and measure.\n\n"
        + _table(header, rows)
        + _most(results)
    )


def _most(results: Mapping[str, Any]) -> str:
    """On which set the most and the least are gained."""
    ours, untuned = results["ours"], results["untuned"]
    gains = {
        row["set"]: row["scores"][ours][HEADLINE][0] - row["scores"][untuned][HEADLINE][0]
        for row in results["by_set"]
    }
    most, least = (choose(gains, key=lambda name: gains[name]) for choose in (max, min))
    return (
        f"\nThe gain in {HEADLINE} over {untuned} is largest on {most} ({signed(gains[most])} points) and "
        f"smallest on {least} ({signed(gains[least])}).\n"
    )


def _stages(results: Mapping[str, Any]) -> list[str]:
    titles = {
        "people": "On text that people wrote, the same sets as above:\n",
        "factory": "On the factory's test phrases, which a language model wrote and no peer has answered:\n",
    }
    parts = []
    for key, title in titles.items():
        found = {(row["system"], row["lang"]): row for row in results["stages"][key]}
        names, langs = (list(dict.fromkeys(pair[at] for pair in found)) for at in (0, 1))
        header = ["stage", *(f"{_named(lang)} {m}" for m in ("R@1", HEADLINE) for lang in langs)]
        columns = [(lang, m) for m in ("R@1", HEADLINE) for lang in langs]
        best = {(lang, m): max(found[name, lang][m][0] for name in names) for lang, m in columns}
        rows = [
            [name, *(_best(found[name, lang][m][0], best[lang, m]) for lang, m in columns)] for name in names
        ]
        parts += [title, _table(header, rows)]
    return [*parts, _prior(results)]


def _prior(results: Mapping[str, Any]) -> str:
    """What the prior of use changes at rank 1; empty where one of the two stages did not run."""
    changes = []
    for key, place in (("people", "on people's text"), ("factory", "on the factory's phrases")):
        first = {row["system"]: row["R@1"][0] for row in results["stages"][key] if row["lang"] == MACRO}
        if FUSED in first and PRIOR in first:
            changes.append(f"{signed(first[PRIOR] - first[FUSED])} points {place}")
    return f"The prior of use changes mean R@1 by {' and '.join(changes)}.\n" if changes else ""


def _named(lang: str) -> str:
    return "mean" if lang == MACRO else language(lang)


def _interval(value: Sequence[float], best: float) -> str:
    return f"{_best(value[0], best)} [{value[1]:.3f}, {value[2]:.3f}]"


def _best(value: float, best: float) -> str:
    return f"**{value:.3f}**" if value == best else f"{value:.3f}"


def _points(found: Mapping[str, float]) -> str:
    return f"**{points(found)}**" if is_clear(found) else points(found)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """:param texts: how many of the first columns hold no numbers."""
    lines = [header, [*["---"] * texts, *["---:"] * (len(header) - texts)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
