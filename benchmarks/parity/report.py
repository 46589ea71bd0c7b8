"""``results.json`` in; ``report.md`` out. Every number of the report comes from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_MEASURES = ("R@1", "R@5", "R@10")
_STEPS = (("a", "b", "pruning, ONNX"), ("b", "c", "int8 encoder"), ("c", "d", "int8 index"))
_GROUPS = {"labels": "Labels, six languages", "development": "Development sets"}


def render(results: Mapping[str, Any]) -> str:
    """The report, in Markdown."""
    parts = [
        "# What pruning and quantisation cost\n",
        "Made by `python -m benchmarks.parity` from `results.json`; nothing here is written by hand.\n",
        _verdict(results),
        _method(results),
        _stages(results),
    ]
    for group in results["macro"]:
        parts += [f"## {_GROUPS[group]}\n", _recall_table(results, group), _change_table(results, group)]
    parts += [_sources(results), _conditions(results)]
    return "\n".join(parts)


def _verdict(results: Mapping[str, Any]) -> str:
    target = results["target_points"]
    lines = [f"Target: R@5 loses at most {target:g} point from the fp32 reference (a) to what ships (d).\n"]
    for group, macro in results["macro"].items():
        change = macro["change"]["R@5"]
        met = "met" if -change["mean"] <= target else "missed"
        # A mean within the target does not rule out a loss beyond it.
        sure = "" if -change["low"] <= target else "; the interval reaches beyond the target"
        worse = [
            f"{entry['name']} ({_points(entry['change']['R@5']['mean'])})"
            for entry in results["sets"]
            if entry["group"] == group and -entry["change"]["R@5"]["mean"] > target
        ]
        lines.append(
            f"- {_GROUPS[group]}, macro-average: {_points(change['mean'])} points, "
            f"95 % interval {_interval(change)}: **{met}**{sure}. "
            f"Single sets that lose more: {', '.join(worse) or 'none'}."
        )
    return "\n".join(lines) + "\n"


def _method(results: Mapping[str, Any]) -> str:
    surfaces, draws = results["surfaces"], results["bootstrap"]
    return (
        "R@k is the share of a query's gold codes among the first k codes, averaged over queries. "
        "Gold is the exact code of the tabular list; a code with its 7th character counts as the code "
        "that it completes. A code scores what its best surface scores, and equal scores stand in the "
        f"order of the book. Labels are searched among the {surfaces['official']:,} official surfaces, "
        "for the shipped index holds the labels themselves; the development sets among all "
        f"{surfaces['all']:,}. Stages a to d search by vectors alone, and the model has not been trained "
        "for the task: the values are low, the differences are the point. Intervals are paired "
        f"bootstraps over queries, {draws['resamples']:,} resamples, seed {draws['seed']}.\n"
    )


def _stages(results: Mapping[str, Any]) -> str:
    rows = [
        (stage, about["name"], f"{about['pieces']:,}", _megabytes(about["encoder_bytes"]))
        for stage, about in results["stages"].items()
    ]
    return _table(("stage", "what it is", "pieces", "encoder file"), rows)


def _recall_table(results: Mapping[str, Any], group: str) -> str:
    stages = [stage for stage in results["stages"] if stage in results["macro"][group]["scores"]]
    header = ["set", "queries", *(f"{measure} {stage}" for measure in _MEASURES for stage in stages)]
    rows = []
    for name, count, entry in _entries(results, group):
        scores = [f"{entry['scores'][stage][measure]:.3f}" for measure in _MEASURES for stage in stages]
        rows.append((name, count, *scores))
    return _table(header, rows)


def _change_table(results: Mapping[str, Any], group: str) -> str:
    header = [
        "R@5, points",
        *(f"{old} → {new}: {what}" for old, new, what in _STEPS),
        "a → d",
        "95 % interval",
        "codes into the first 5 / out",
    ]
    rows = []
    for name, _, entry in _entries(results, group):
        scores, change = entry["scores"], entry["change"]["R@5"]
        steps = [_points(100 * (scores[new]["R@5"] - scores[old]["R@5"])) for old, new, _ in _STEPS]
        codes = f"{entry['moved']['in']} / {entry['moved']['out']}" if "moved" in entry else ""
        rows.append((name, *steps, _points(change["mean"]), _interval(change), codes))
    return _table(header, rows)


def _entries(results: Mapping[str, Any], group: str) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    """Name, number of queries and numbers of each set of a group, then of their mean."""
    for entry in results["sets"]:
        if entry["group"] == group:
            yield entry["name"], f"{entry['queries']:,}", entry
    yield "**macro-average**", "", results["macro"][group]


def _sources(results: Mapping[str, Any]) -> str:
    rows = [(entry["name"], entry["source"], f"{entry['rows_dropped']:,}") for entry in results["sets"]]
    return "## Sources\n\n" + _table(("set", "source", "rows left out: code not in the catalog"), rows)


def _conditions(results: Mapping[str, Any]) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    sums = [(name, f"`{digest[:16]}`") for name, digest in results["sha256"].items()]
    return (
        f"## Measured with\n\n{results['date']}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['platform']}; {versions}.\n\n" + _table(("file", "sha256, first 16"), sums)
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _points(value: float) -> str:
    # Adding 0.0 makes a rounded -0.0 a plain zero.
    return f"{round(value, 2) + 0.0:+.2f}"


def _interval(change: Mapping[str, float]) -> str:
    return f"[{_points(change['low'])}, {_points(change['high'])}]"


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:.1f} MB"
