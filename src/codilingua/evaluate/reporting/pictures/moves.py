"""Results in; the picture of where the right code stood with the baseline, and stands with ours, out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codilingua.evaluate.reporting.pictures.style import named, new_panels
from codilingua.evaluate.reporting.report.lookup import Results

_GAIN, _LOSS, _SAME = (0.00, 0.45, 0.70), (0.84, 0.37, 0.00), (0.55, 0.55, 0.55)


def draw_moves(read: Results) -> Any:
    """A panel a language: the rank of the gold code with the baseline by that with ours."""
    moves = [
        row
        for row in read.content.get("moves", ())
        if (row["system"], row["against"], row["level"])
        == (read.ours, read.baseline, read.level_of(row["lang"]))
    ]
    if not moves:
        return None
    figure, panels = new_panels(len(moves), 3, 3.45, extra=0.5)
    for axes, row in zip(panels, moves, strict=True):
        _matrix(axes, row, named(read, row["lang"]))
        if not axes.get_subplotspec().is_first_col():
            axes.set_yticklabels([])
    figure.suptitle(
        "Queries by the rank of the gold code. Blue: better with ours. Orange: worse.", fontsize=13
    )
    figure.supxlabel(f"rank with {read.ours}", fontsize=11)
    figure.supylabel(f"rank with {read.baseline}", fontsize=11)
    return figure


def _matrix(axes: Any, row: Mapping[str, Any], name: str) -> None:
    buckets, counts = row["buckets"], row["counts"]
    total = max(sum(map(sum, counts)), 1)
    size = len(buckets)
    most = max(max(map(max, counts)), 1)
    image = [
        [_tint(before, after, counts[before][after] / most) for after in range(size)]
        for before in range(size)
    ]
    axes.imshow(image, aspect="auto")
    for before in range(size):
        for after in range(size):
            number = counts[before][after]
            dark = sum(image[before][after]) < 1.6
            axes.text(
                after,
                before,
                f"{number:,}",
                ha="center",
                va="center",
                fontsize=11,
                color="white" if dark else "black" if number else "#999999",
            )
    better = sum(counts[before][after] for before in range(size) for after in range(before))
    worse = sum(counts[before][after] for before in range(size) for after in range(before + 1, size))
    axes.set_title(name, fontsize=12, weight="bold", loc="left")
    axes.set_title(f"{better / total:.0%} better, {worse / total:.0%} worse", fontsize=10.5, loc="right")
    axes.set_xticks(range(size), buckets)
    axes.set_yticks(range(size), buckets)
    axes.tick_params(labelsize=10, length=0)
    axes.spines[:].set_visible(False)


def _tint(before: int, after: int, strength: float) -> tuple[float, float, float]:
    """White for nothing, the full colour for the largest count; the root keeps small ones visible."""
    colour = _SAME if before == after else _GAIN if after < before else _LOSS
    share = strength**0.5
    red, green, blue = (1 - share * (1 - part) for part in colour)
    return red, green, blue
