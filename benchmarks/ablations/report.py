"""Scores of the variants in; ``results.json``, ``report.md`` and two pictures out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ablations.pictures import ABLATIONS, CURVE, draw
from benchmarks.ablations.summary import CODIESP, DISTEMIST, FACTORY, TERMS, summarise
from benchmarks.ablations.variants import REGISTERS, WHOLE, Variant
from codilingua.errors import UsageError
from codilingua.types import LANGUAGES

_COMPARED = (
    (FACTORY, "r1", "factory R@1"),
    (FACTORY, "r5", "factory R@5"),
    (FACTORY, "mrr10", "factory MRR@10"),
    (CODIESP, "r1", "CodiEsp R@1"),
    (CODIESP, "r5", "CodiEsp R@5"),
    (CODIESP, "category", "CodiEsp category R@5"),
    (DISTEMIST, "r5", "DISTEMIST category R@5"),
    (TERMS, "r5", "terms R@5"),
)
_HEADLINES = (FACTORY, CODIESP)
_CURVE_NOTE = (
    "Each share is gone through so often that the runs have about as many steps: "
    "10 % ten times, 100 % once.\n"
)


def write(out: Path, chosen: Sequence[Variant], scores: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """
    :param out: a folder, made where it is not there; files of the same names are replaced.
    :param chosen: the variants; one without scores is said to be missing.
    :param scores: name of a variant → its sets, as ``codilingua train score`` writes them.
    :raises UsageError: when the scores do not compare, or the folder cannot be written.
    :raises MissingExtra: without the extra ``bench``; numbers and report are written by then.
    """
    results = summarise(chosen, scores)
    try:
        out.mkdir(parents=True, exist_ok=True)
        written = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
        (out / "results.json").write_text(written, "utf-8")
        # From what was written, not from what was scored: the report says what the file holds.
        read = json.loads(written)
        (out / "report.md").write_text(render(read), "utf-8")
        draw(read, out)
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written ({error.strerror}); choose another") from error


def read_scores(out: Path) -> dict[str, list[dict[str, Any]]]:
    """The scores that an earlier report holds, by variant; none where there is no report."""
    path = out / "results.json"
    if not path.is_file():
        return {}
    variants = json.loads(path.read_text("utf-8"))["variants"]
    return {each["name"]: each["sets"] for each in variants if not each["missing"]}


def render(results: Mapping[str, Any]) -> str:
    """The report, in Markdown."""
    there = [each for each in results["variants"] if not each["missing"]]
    curve = sorted((each for each in there if each["share"] is not None), key=lambda each: each["share"])
    others = [each for each in there if each["share"] is None or each["name"] == WHOLE]
    parts = [
        "# What each part of the data and of the recipe is worth\n",
        _about(results),
        _missing(results),
        "## Learning curve\n",
        _CURVE_NOTE,
        *_level_tables(curve, "pairs", lambda each: f"{each['share']} %"),
        f"![R@1 and R@5 by share of the pairs]({CURVE})\n" if len(curve) > 1 else "",
        _differences(curve),
        "## Ablations\n",
        _told_apart(others),
        _differences(others),
        f"![Differences]({ABLATIONS})\n" if any("differences" in each for each in others) else "",
        _by_register(others),
        "The levels behind the differences:\n",
        *_level_tables(others, "run", lambda each: f"`{each['name']}`"),
        _legend(results),
    ]
    return "\n".join(part for part in parts if part)


def _about(results: Mapping[str, Any]) -> str:
    modified = ", with changes" if results["modified"] else ""
    return (
        f"Made by `{results['command']}` from `results.json`; change nothing here by hand. "
        f"{results['date']}, commit {(results['commit'] or 'unknown')[:10]}{modified}.\n\n"
        "Every run is a first stage of 6 layers, trained for as many steps as one epoch of all pairs has "
        "(`half`, and what stands against it: half as many; a second round: as many again). It finds alone, "
        "dense: cosines over all surfaces, no trigrams, no prior of use, no reranker. What ships has 12 "
        "layers, more rounds and all of these. So differences between runs count here, not levels.\n\n"
        "`±` is the half width of a 95 % interval, from the number of queries: binomial, and as if the two "
        "runs had answered different queries. They answered the same, so it is conservative: a paired "
        "interval would be narrower. It does not hold what another seed would change: every run has one.\n"
    )


def _missing(results: Mapping[str, Any]) -> str:
    names = [f"`{each['name']}` ({each['says']})" for each in results["variants"] if each["missing"]]
    if not names:
        return ""
    count = f"{len(names)} of {len(results['variants'])}"
    return f"**Missing**: {count} runs have not been scored: {', '.join(names)}.\n"


def _level_tables(entries: Sequence[Mapping[str, Any]], first: str, label: Any) -> list[str]:
    """Two tables of levels: the factory's phrases, and text by people."""
    if not entries:
        return ["None of these runs has been scored.\n"]
    sets = [one["name"] for one in entries[0]["sets"]]
    order = list(LANGUAGES)
    phrases = sorted(
        (name for name in sets if name.startswith("dev-")), key=lambda name: order.index(name[-2:])
    )
    terms = [name for name in sets if name.startswith(("disease-ontology-", "hpo-"))]
    factory = [
        first,
        "macro R@1",
        "macro R@5",
        "macro MRR@10",
        *(f"{_language(name)} R@5" for name in phrases),
    ]
    people = [
        *(first, "CodiEsp R@1", "CodiEsp R@5", "CodiEsp category R@5"),
        *("DISTEMIST category R@1", "DISTEMIST category R@5"),
        *(f"{_term(name)} R@5" for name in terms),
    ]
    upper, lower = [], []
    for each in entries:
        means, values = each["means"], {one["name"]: one for one in each["sets"]}
        macro = [_mean(means, FACTORY, measure) for measure in ("r1", "r5", "mrr10")]
        upper.append([label(each), *macro, *(_value(values, name) for name in phrases)])
        spanish = [_mean(means, CODIESP, measure) for measure in ("r1", "r5", "category")]
        spanish += [_mean(means, DISTEMIST, measure) for measure in ("r1", "r5")]
        lower.append([label(each), *spanish, *(_value(values, name) for name in terms)])
    return [
        "The factory's development phrases:\n",
        _table(factory, upper),
        "Text that people wrote:\n",
        _table(people, lower),
    ]


def _differences(entries: Sequence[Mapping[str, Any]]) -> str:
    """Points gained or lost, one row a run that has another to stand against."""
    rows = []
    for each in entries:
        if each["against"] is None:
            continue
        about = [f"`{each['name']}`", each["says"], f"`{each['against']}`"]
        if "differences" not in each:
            rows.append([*about, f"`{each['against']}` is missing", *[""] * (len(_COMPARED) - 1)])
            continue
        rows.append([*about, *(_points(each["differences"], group, m) for group, m, _ in _COMPARED)])
    if not rows:
        return ""
    header = ["run", "what differs", "against", *(title for _, _, title in _COMPARED)]
    return (
        "Difference to the run that it stands against, in points. Bold: the interval does not include 0.\n\n"
        + _table(header, rows, texts=3)
    )


def _told_apart(entries: Sequence[Mapping[str, Any]]) -> str:
    """The runs whose difference in a headline number is no chance of the queries."""
    lines = []
    titles = {(group, measure): title for group, measure, title in _COMPARED}
    for each in entries:
        clear = [
            f"{titles[group, 'r5']} {_signed(found['value'])} ± {100 * found['half']:.1f}"
            for group in _HEADLINES
            if (found := each.get("differences", {}).get(group, {}).get("r5")) and _is_clear(found)
        ]
        if clear:
            lines.append(
                f"- `{each['name']}`, {each['says']}: {'; '.join(clear)} points, against `{each['against']}`."
            )
    compared = [each for each in entries if "differences" in each]
    if not compared:
        return "No run has another one to stand against yet.\n"
    if not lines:
        return "No run differs from the one it stands against by more than the interval, in R@5.\n"
    quiet = len(compared) - len(lines)
    rest = f"- The other {quiet} of {len(compared)} are not told apart from theirs in R@5." if quiet else ""
    return (
        "\n".join(["R@5, where the interval does not include 0:\n", *lines, *([rest] if rest else [])]) + "\n"
    )


def _by_register(entries: Sequence[Mapping[str, Any]]) -> str:
    """What leaving a register out does to the phrases of each."""
    rows = []
    for each in entries:
        found = each.get("differences", {})
        if any(register in found for register in REGISTERS):
            about = [f"`{each['name']}`", f"`{each['against']}`"]
            rows.append([*about, *(_points(found, register, "r5") for register in REGISTERS)])
    if not rows:
        return ""
    return (
        "R@5 on the factory's development phrases of each register, in points against the same run:\n\n"
        + _table(["run", "against", *REGISTERS], rows, texts=2)
    )


def _legend(results: Mapping[str, Any]) -> str:
    groups = results["groups"]
    sets = ", ".join(
        f"{name} is the mean of {', '.join(of)}"
        for name, of in groups.items()
        if len(of) > 1 and name not in REGISTERS
    )
    return (
        "A run with a register left out stands against half of the pairs, once: without the notes, which "
        "are half of all pairs, two epochs are as many steps. DISTEMIST has categories only, so all of its "
        "numbers are of those. R@5 of the category: a code of the right 3 characters among the first five. "
        f"{sets[:1].upper()}{sets[1:]}{'.' if sets else ''}\n"
    )


def _points(differences: Mapping[str, Any], group: str, measure: str) -> str:
    found = differences.get(group, {}).get(measure)
    if found is None:
        return "—"
    text = f"{_signed(found['value'])} ± {100 * found['half']:.1f}"
    return f"**{text}**" if _is_clear(found) else text


def _is_clear(found: Mapping[str, float]) -> bool:
    return abs(found["value"]) > found["half"]


def _signed(value: float) -> str:
    # Adding 0.0 makes a rounded -0.0 a plain zero.
    return f"{round(100 * value, 1) + 0.0:+.1f}"


def _mean(means: Mapping[str, Mapping[str, float]], group: str, measure: str) -> str:
    return f"{means[group][measure]:.3f}" if group in means else "—"


def _value(values: Mapping[str, Mapping[str, Any]], name: str) -> str:
    return f"{values[name]['r5']:.3f}" if name in values else "—"


def _language(name: str) -> str:
    return LANGUAGES.get(name[-2:], name)


def _term(name: str) -> str:
    corpus = "HPO" if name.startswith("hpo-") else "Disease Ontology"
    return f"{corpus} {_language(name)}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """:param texts: how many of the first columns hold no numbers."""
    lines = [header, [*["---"] * texts, *["---:"] * (len(header) - texts)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
