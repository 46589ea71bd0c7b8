"""What all pictures have in common: how a system is drawn, empty figures, and the words on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from codilingua.evaluate.reporting.report.lookup import Results, language

DPI = 120
WIDTH = 10.0
"""Inches: 1,200 pixels. Type is set so that it can be read at 1,000."""

_OURS, _BASELINE = "#000000", "#D55E00"
# Okabe and Ito's and Paul Tol's muted colours: apart for most colour-blind eyes; line and marker help.
_COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#882255",
    "#999933",
    "#332288",
    "#44AA99",
    "#AA4499",
    "#888888",
    "#C2B280",
    "#CC6677",
    "#117733",
    "#661100",
)
_LINES = ("-", "--", "-.", ":")
_MARKERS = "D^vP<X>*hdp"


@dataclass(frozen=True, slots=True)
class Look:
    """How a system is drawn, in every picture."""

    colour: str
    line: str
    marker: str
    ours: bool

    @property
    def width(self) -> float:
        return 3.2 if self.ours else 1.5


def looks_of(read: Results) -> dict[str, Look]:
    """By the order of the file, so that a system keeps its colour when its rank changes."""
    looks = {}
    others = 0
    for each in read.content["systems"]:
        name = each["name"]
        if name == read.ours:
            looks[name] = Look(_OURS, "-", "o", True)
        elif name == read.baseline:
            looks[name] = Look(_BASELINE, "-", "s", False)
        else:
            colour, marker = (some[others % len(some)] for some in (_COLOURS, _MARKERS))
            looks[name] = Look(colour, _LINES[others % len(_LINES)], marker, False)
            others += 1
    return looks


def new_figure(height: float) -> Any:
    # No pyplot: it keeps every figure, and a backend, for the whole process.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def new_panels(
    count: int, columns: int, height: float, extra: float = 0.0, **shared: Any
) -> tuple[Any, list[Any]]:
    """
    :param columns: panels in a row at the most.
    :param height: inches of a row of panels.
    :param extra: inches beside them, for what stands below.
    """
    rows = -(-count // columns)
    # Five in rows of three and two rather than four and one.
    columns = -(-count // rows)
    figure = new_figure(rows * height + extra)
    grid = figure.subplots(rows, columns, squeeze=False, **shared)
    panels = list(grid.flat)
    for empty in panels[count:]:
        empty.set_axis_off()
    return figure, panels[:count]


def plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=10)


def named(read: Results, lang: str) -> str:
    """The language, with its level where that is not the one of the others."""
    level = read.level_of(lang)
    return language(lang) if level == read.level else f"{language(lang)} ({level})"


def conditions(read: Results, intervals: bool = True) -> str:
    spread = ", 95 % intervals" if intervals else ""
    written = "" if read.writer == "people" else ", sets that a machine wrote"
    return f"Level {read.level}{spread}{written}, pool {read.content['pool']}"


def darker(colour: str) -> str:
    """Dark enough for letters on white."""
    return "#" + "".join(f"{int(colour[at : at + 2], 16) * 2 // 3:02X}" for at in (1, 3, 5))
