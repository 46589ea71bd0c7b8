"""Results in; the pictures of languages by systems out: bars of R@5, curves of R@k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codilingua.evaluate.form import HEADLINE, MACRO
from codilingua.evaluate.reporting.pictures.style import Look, conditions, named, new_panels, plain
from codilingua.evaluate.reporting.report.lookup import Results, language


def draw_languages(read: Results, looks: Mapping[str, Look]) -> Any:
    """A panel a language, a bar a system, whiskers for the interval."""
    langs = [
        lang
        for lang in (MACRO, *read.languages(read.writer, read.level))
        if any(read.measured(name, lang, HEADLINE) for name in read.systems)
    ]
    if not langs:
        return None
    names = read.systems
    figure, panels = new_panels(len(langs), 4, 0.24 * len(names) + 0.9, extra=0.4, sharex=True, sharey=True)
    top = max((read.measured(name, lang, HEADLINE) or [0.0])[-1] for name in names for lang in langs)
    for axes, lang in zip(panels, langs, strict=True):
        for place, name in enumerate(names):
            measured = read.measured(name, lang, HEADLINE)
            if measured:
                _bar(axes, place, measured, looks[name])
        axes.set_title("macro-average" if lang == MACRO else language(lang), fontsize=12, weight="bold")
        axes.set(xlim=(0, top * 1.3), ylim=(len(names) - 0.4, -0.6))
        axes.set_xticks([tick for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0) if tick <= top])
        axes.tick_params(labelbottom=True)
        axes.set_yticks(range(len(names)), names)
        for label, name in zip(axes.get_yticklabels(), names, strict=False):
            # Only the panels on the left have labels.
            label.set_weight("bold" if looks[name].ours else "normal")
        axes.xaxis.grid(alpha=0.3)
        axes.set_axisbelow(True)
        plain(axes)
    figure.suptitle(f"{HEADLINE}. {conditions(read)}", fontsize=13)
    return figure


def _bar(axes: Any, place: int, measured: Sequence[float], look: Look) -> None:
    value, end = measured[0], measured[-1]
    axes.barh(place, value, height=0.72, color=look.colour)
    if len(measured) == 3:
        # The white line behind makes the interval visible on dark bars.
        for colour, width in (("white", 3.6), ("#333333", 1.4)):
            axes.plot(measured[1:], [place, place], color=colour, linewidth=width, solid_capstyle="butt")
    axes.annotate(
        f"{value:.2f}",
        (max(value, end), place),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        weight="bold" if look.ours else "normal",
    )


def draw_curves(read: Results, looks: Mapping[str, Look]) -> Any:
    """A panel a language, a line a system."""
    curves = {
        (row["lang"], row["system"]): row["R"]
        for row in read.content.get("curves", ())
        if row["level"] == read.level_of(row["lang"]) and row["system"] in looks
    }
    langs = [lang for lang in read.content["languages"] if any(lang == of for of, _ in curves)]
    if not langs:
        return None
    legend = -(-len(looks) // 4) * 0.25
    figure, panels = new_panels(len(langs), 3, 3.1, extra=0.5 + legend, sharex=True, sharey=True)
    lines = {}
    for axes, lang in zip(panels, langs, strict=True):
        # Ours last: on top of the others.
        for name in sorted(read.systems, key=lambda name: looks[name].ours):
            if (lang, name) in curves:
                lines[name] = _curve(axes, curves[lang, name], looks[name])
        axes.set_title(named(read, lang), fontsize=12, weight="bold")
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("k", fontsize=11)
        axes.set_xticks([1, 5, 10, 15, 20])
        axes.grid(alpha=0.3)
        plain(axes)
    # They share the axis, so this holds for all; set before the last curve, it would cut that one off.
    panels[0].set_ylim(bottom=0)
    title = f"R@k: share of queries with a right code among the first k. {conditions(read, intervals=False)}"
    figure.suptitle(title, fontsize=13)
    shown = [name for name in read.systems if name in lines]
    figure.legend(
        [lines[name] for name in shown],
        shown,
        loc="outside lower center",
        ncols=min(4, len(shown)),
        frameon=False,
        fontsize=10.5,
        handlelength=3,
    )
    return figure


def _curve(axes: Any, values: Sequence[float], look: Look) -> Any:
    ks = range(1, len(values) + 1)
    marks = [k - 1 for k in (1, 5, 10, 15, 20) if k <= len(values)]
    style = {"color": look.colour, "linestyle": look.line, "linewidth": look.width}
    return axes.plot(ks, values, marker=look.marker, markersize=4.5, markevery=marks, **style)[0]
