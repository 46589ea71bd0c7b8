"""Results in; the picture of quality against the time of a query out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codilingua.evaluate.form import HEADLINE
from codilingua.evaluate.reporting.pictures.placing import place_labels
from codilingua.evaluate.reporting.pictures.style import Look, darker, new_figure, plain
from codilingua.evaluate.reporting.report.lookup import Results


def draw_latency(read: Results, looks: Mapping[str, Look]) -> Any:
    """A point a system, a line to its 95th percentile."""
    points = []
    for name in read.systems:
        cost, measured = read.system(name).get("cost") or {}, read.headline(name)
        if measured and cost.get("median_ms"):
            points.append((name, cost["median_ms"], cost.get("p95_ms") or cost["median_ms"], measured[0]))
    if not points:
        return None
    figure = new_figure(5.6)
    axes = figure.subplots()
    for name, median, p95, value in points:
        look = looks[name]
        axes.plot([median, p95], [value, value], color=look.colour, linewidth=1.2, alpha=0.6)
        size = 11 if look.ours else 8
        axes.plot(median, value, look.marker, color=look.colour, markersize=size, linestyle="none")
    axes.set_xscale("log")
    axes.margins(x=0.14, y=0.12)
    axes.set_xlabel("milliseconds a query, median (line: to the 95th percentile), log scale", fontsize=11)
    axes.set_ylabel(f"macro {HEADLINE}, level {read.level}", fontsize=11)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3)
    plain(axes)
    axes.set_title("Better is up and to the left", fontsize=12, loc="left")
    labels = [
        (name, median, value, darker(looks[name].colour), looks[name].ours)
        for name, median, _, value in points
    ]
    place_labels(axes, labels, [(p95, value) for _, _, p95, value in points])
    return figure
