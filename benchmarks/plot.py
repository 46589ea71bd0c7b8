"""Results in; the picture of how search time grows out. Needs the extra ``bench``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measured import PARTS

# Colours that stay apart for most colour-blind eyes (Okabe and Ito).
_COLOURS = {"vectors": "#0072B2", "trigrams": "#E69F00", "ranked": "#009E73", "whole": "#000000"}


def plot_growth(results: Mapping[str, Any], path: Path) -> None:
    """Write the PNG.

    :param results: what ``results.json`` holds, with the group ``growth``.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 4.5), dpi=150)
    for part, lines in growth_lines(results).items():
        sizes, times = zip(*lines, strict=True)
        # The last values stand in the legend: beside their points they would overlap.
        label = f"{PARTS[part]}: {times[-1]:,.3g} ms at {sizes[-1]:,}"
        axes.plot(sizes, times, marker="o", color=_COLOURS[part], label=label)
    ticks = [size for size, _ in next(iter(growth_lines(results).values()))]
    axes.set(
        xscale="log", yscale="log", xlabel="surfaces in the index", ylabel="milliseconds a query, median"
    )
    axes.set_title(f"One query against more and more surfaces, {results['machine']['cores_used']} cores")
    axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:g}")
    axes.margins(x=0.12)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
    figure.savefig(path, bbox_inches="tight", metadata={"Software": None})
    pyplot.close(figure)


def growth_lines(results: Mapping[str, Any]) -> dict[str, list[tuple[int, float]]]:
    """Each part's (surfaces, milliseconds), surfaces rising."""
    lines: dict[str, list[tuple[int, float]]] = {part: [] for part in PARTS}
    for group in results["groups"]:
        if group["name"] == "growth":
            for number in group["numbers"]:
                _, part, size = number["key"].split(".")
                lines[part].append((int(size), number["value"]))
    return {part: sorted(points) for part, points in lines.items() if points}
