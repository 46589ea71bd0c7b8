"""Points and their names in; labels on a picture that cover neither each other nor a point, out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_DISTANCES = (8, 16, 26, 38, 52, 68, 86)
"""Points from a label to its point, nearest first."""
_DIRECTIONS = ((1, 0), (0, 1), (0, -1), (-1, 0), (0.8, 0.8), (0.8, -0.8), (-0.8, 0.8), (-0.8, -0.8))
_SIDES = {-1: "right", 0: "center", 1: "left"}
_HEIGHTS = {-1: "top", 0: "center", 1: "bottom"}
_LEADER = 16
"""Points of distance from which on a thin line leads from the label to its point."""


def place_labels(
    axes: Any, labels: Sequence[tuple[str, float, float, str, bool]], kept_free: Sequence[tuple[float, float]]
) -> None:
    """
    :param labels: text, x, y, colour, bold; placed in this order, each where it covers nothing yet.
    :param kept_free: further points to cover none of; for each label the end of a line from its point.
    """
    figure = axes.figure
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    taken = [_around(axes, (x, y), end) for (_, x, y, _, _), end in zip(labels, kept_free, strict=True)]
    frame = axes.get_window_extent(renderer)
    for text, x, y, colour, bold in labels:
        best, least = None, float("inf")
        for distance in _DISTANCES:
            for direction in _DIRECTIONS:
                label = _annotate(axes, text, (x, y), direction, distance, colour, bold)
                box = _extent(label, renderer)
                outside = not (
                    frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
                )
                covered = sum(_shared(box, other) for other in taken) + (1e6 if outside else 0.0)
                label.remove()
                if covered < least:
                    best, least = (direction, distance), covered
            if least == 0:
                break
        assert best is not None
        made = _annotate(axes, text, (x, y), *best, colour, bold)
        taken.append(_extent(made, renderer))


def _annotate(
    axes: Any,
    text: str,
    point: tuple[float, float],
    direction: tuple[float, float],
    distance: float,
    colour: str,
    bold: bool,
) -> Any:
    across, up = direction
    arrow = {"arrowstyle": "-", "color": colour, "alpha": 0.5, "linewidth": 0.8}
    return axes.annotate(
        text,
        point,
        xytext=(across * distance, up * distance),
        textcoords="offset points",
        ha=_SIDES[round(across)],
        va=_HEIGHTS[round(up)],
        fontsize=10.5,
        color=colour,
        weight="bold" if bold else "normal",
        arrowprops=arrow if distance >= _LEADER else None,
    )


def _extent(label: Any, renderer: Any) -> Any:
    """The box of the words alone, in pixels: the extent of an annotation holds its line too."""
    from matplotlib.text import Text

    label.update_positions(renderer)
    return Text.get_window_extent(label, renderer)


def _around(axes: Any, point: tuple[float, float], end: tuple[float, float]) -> Any:
    """The box of a marker and of the line that begins at it, in pixels."""
    from matplotlib.transforms import Bbox

    pad = 5 * axes.figure.dpi / 72
    (left, low), (right, high) = axes.transData.transform([point, end])
    return Bbox.from_extents(left - pad, low - pad, max(left, right) + pad, high + pad)


def _shared(one: Any, other: Any) -> float:
    """Square pixels that two boxes share."""
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return float(max(wide, 0.0) * max(high, 0.0))
