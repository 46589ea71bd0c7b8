"""The content of ``results.json`` in; the learning curve and the bars of differences out. Needs ``bench``."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codilingua.extras import require
from codilingua.types import LANGUAGES

CURVE, ABLATIONS = "curve.png", "ablations.png"
_DPI = 150

# Colours that stay apart for most colour-blind eyes (Okabe and Ito); black is for text by people.
_COLOURS = dict(
    zip(LANGUAGES, ("#0072B2", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"), strict=True)
)
_MARKERS = dict(zip(LANGUAGES, "sD^v<>", strict=True))
_GAIN, _LOSS, _UNSURE = "#0072B2", "#D55E00", "#BBBBBB"
_PANELS = (
    ("factory", "factory's phrases\nmean of the languages"),
    ("codiesp", "CodiEsp\nSpanish, by people"),
    ("terms", "names: Disease Ontology,\nHPO, mean of the sets"),
)
_WRAP = 44


def draw(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what there are numbers for; an older picture without any is removed.

    :raises MissingExtra: without matplotlib.
    """
    require("bench", "matplotlib")
    import matplotlib

    matplotlib.use("Agg")
    there = [each for each in results["variants"] if not each["missing"]]
    curve = sorted((each for each in there if each["share"] is not None), key=lambda each: each["share"])
    bars = [each for each in there if each["share"] in (None, 100) and "differences" in each]
    drawn = []
    for name, wanted, entries, plot in (
        (CURVE, len(curve) > 1, curve, _draw_curve),
        (ABLATIONS, bool(bars), bars, _draw_bars),
    ):
        path = folder / name
        if wanted:
            plot(entries, path)
            drawn.append(path)
        else:
            path.unlink(missing_ok=True)
    return drawn


def curve_lines(entries: Sequence[Mapping[str, Any]], measure: str) -> dict[str, list[tuple[int, float]]]:
    """Language, or ``codiesp`` → its (percent of the pairs, value), the share rising."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for each in entries:
        for one in each["sets"]:
            name = "codiesp" if one["name"] == "codiesp" else one["lang"]
            if one["name"].startswith(("dev-", "codiesp")):
                lines.setdefault(name, []).append((each["share"], one[measure]))
    order = [*LANGUAGES, "codiesp"]
    return {name: lines[name] for name in order if name in lines}


def _draw_curve(entries: Sequence[Mapping[str, Any]], path: Path) -> None:
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(9, 4.6), dpi=_DPI, layout="constrained")
    handles = {}
    for axes, (measure, title) in zip(panels, (("r1", "R@1"), ("r5", "R@5")), strict=True):
        for name, points in curve_lines(entries, measure).items():
            people = name == "codiesp"
            style = {"color": _COLOURS.get(name, "#000000"), "marker": _MARKERS.get(name, "o")}
            label = "CodiEsp (Spanish, by people)" if people else LANGUAGES[name]
            line = axes.plot(*zip(*points, strict=True), linewidth=2.6 if people else 1.6, **style)[0]
            handles[label] = line
        axes.set_xscale("log")
        ticks = [each["share"] for each in entries]
        axes.set_xticks(ticks, [f"{tick} %" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel("of the pairs, about as many steps each (log scale)")
        axes.set_title(title, loc="left", weight="bold")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle("Learning curve of the first stage, 6 layers, dense alone")
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False, handlelength=2.6
    )
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)


def _draw_bars(entries: Sequence[Mapping[str, Any]], path: Path) -> None:
    """A row a run, a panel a group of sets; grey where the interval includes 0."""
    from matplotlib import pyplot

    height = 0.42 * len(entries) + 1.5
    ends = [
        abs(found["value"]) + found["half"]
        for each in entries
        for group, _ in _PANELS
        if (found := each["differences"].get(group, {}).get("r5"))
    ]
    # Half as much again: room for the numbers beside the bars.
    end = 150 * max(ends, default=0.01)
    figure, panels = pyplot.subplots(
        1, len(_PANELS), figsize=(11, height), dpi=_DPI, layout="constrained", sharey=True, sharex=True
    )
    for axes, (group, title) in zip(panels, _PANELS, strict=True):
        for place, each in enumerate(entries):
            found = each["differences"].get(group, {}).get("r5")
            if found is not None:
                _bar(axes, place, 100 * found["value"], 100 * found["half"])
        axes.axvline(0, color="black", linewidth=1)
        axes.set_title(title, fontsize=10, loc="left", weight="bold")
        axes.set_xlabel("points of R@5")
        axes.set_xlim(-end, end)
        axes.set_ylim(len(entries) - 0.4, -0.6)
        axes.set_yticks(range(len(entries)), [_label(each) for each in entries], fontsize=8.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
    title = "R@5 with what differs, against the run in brackets. Grey: the 95 % interval includes 0"
    figure.suptitle(title, fontsize=11)
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)


def _bar(axes: Any, place: int, value: float, half: float) -> None:
    colour = _UNSURE if abs(value) <= half else _GAIN if value > 0 else _LOSS
    axes.barh(place, value, height=0.68, color=colour)
    axes.errorbar(value, place, xerr=half, color="#333333", linewidth=1.1, capsize=2.5)
    right = value >= 0
    axes.annotate(
        f"{value:+.1f}",
        (value + half if right else value - half, place),
        xytext=(3 if right else -3, 0),
        textcoords="offset points",
        va="center",
        ha="left" if right else "right",
        fontsize=8.5,
    )


def _label(each: Mapping[str, Any]) -> str:
    return textwrap.fill(f"{each['says'].replace('`', '')} [{each['against']}]", _WRAP)
