"""``results.json`` in; the pictures of languages, ranks and gains out. Needs the extra ``bench``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.generalist.groups import ENGLISH, MEDICAL, MULTILINGUAL, SPECIFIC, TITLES, WORDS, base
from benchmarks.generalist.verdict import FUSED, gain
from codilingua.evaluate.form import HEADLINE, MACRO
from codilingua.evaluate.reporting.report.lookup import language
from codilingua.extras import require

LANGUAGES, RANKS, GAINS = "languages.png", "ranks.png", "gains.png"
_DPI = 150

# Colours that stay apart for most colour-blind eyes (Okabe and Ito); ours is black.
_COLOURS = {
    SPECIFIC: "#000000",
    MEDICAL: "#CC79A7",
    MULTILINGUAL: "#0072B2",
    ENGLISH: "#D55E00",
    WORDS: "#8A8A8A",
}
# Dark for rank 1, light for the last ones, grey for what was not found.
_BUCKETS = ("#08519C", "#4292C6", "#9ECAE1", "#DEEBF7", "#D9D9D9")
_ROOM = 0.035
"""Share of the queries from which on a part of a bar has room for its number."""


def draw(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """
    :raises MissingExtra: without matplotlib.
    """
    require("bench", "matplotlib")
    import matplotlib

    matplotlib.use("Agg")
    drawn = {LANGUAGES: _draw_languages, RANKS: _draw_ranks, GAINS: _draw_gains}
    for name, plot in drawn.items():
        plot(results, folder / name)
    return [folder / name for name in drawn]


def shown(results: Mapping[str, Any]) -> dict[str, list[str]]:
    """Kind → its systems, best first by the mean R@5; each one as it searches all texts, where it did."""
    means = {row["system"]: row[HEADLINE][0] for row in results["scores"] if row["lang"] == MACRO}
    names = [each["name"] for each in results["systems"]]
    kinds = {each["name"]: each["kind"] for each in results["systems"]}
    kept = [name for name in names if name.endswith("@all") or f"{base(name)}@all" not in names]
    # Ours stand in the order of the stages, the last first.
    kept.sort(key=lambda name: -means[name] if kinds[name] != SPECIFIC else 0)
    found = {group: [name for name in kept if kinds[name] == group] for group in TITLES}
    return {group: members for group, members in found.items() if members}


def _draw_languages(results: Mapping[str, Any], path: Path) -> None:
    """A panel a language, a row a system: a ring for R@1, a dot for R@5."""
    from matplotlib import pyplot

    groups, langs = shown(results), [MACRO, *results["languages"]]
    scores = {(row["system"], row["lang"]): row for row in results["scores"]}
    places, place = {}, 0.0
    for members in groups.values():
        for name in members:
            places[name] = place
            place += 1
        place += 0.7
    figure, panels = pyplot.subplots(
        1,
        len(langs),
        figsize=(12, 0.3 * place + 1.7),
        dpi=_DPI,
        layout="constrained",
        sharex=True,
        sharey=True,
    )
    for axes, lang in zip(panels, langs, strict=True):
        for group, members in groups.items():
            for name in members:
                _dots(axes, places[name], scores[name, lang], _COLOURS[group])
        best = max(scores[name, lang][HEADLINE][0] for name in places)
        axes.axvline(best, color="#999999", linewidth=0.8, linestyle=":", zorder=0)
        axes.set_title(_named(lang), fontsize=11, weight="bold")
        axes.set(xlim=(0, 1), ylim=(place - 1.2, -0.7))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"], fontsize=9)
        axes.set_yticks(list(places.values()), list(places), fontsize=9)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", alpha=0.3)
        axes.spines[["top", "right", "left"]].set_visible(False)
    colours = {name: _COLOURS[group] for group, members in groups.items() for name in members}
    for label in panels[0].get_yticklabels():
        label.set_color(colours[label.get_text()])
        label.set_weight("bold" if label.get_text() == results["ours"] else "normal")
    figure.suptitle(
        "Share of queries with a right code first (ring, R@1) and among the first five (dot, R@5).\n"
        "Bands: 95 % intervals. Dotted: the best R@5",
        fontsize=11,
    )
    _legend_of_kinds(figure, groups)
    _save(figure, path)


def _dots(axes: Any, place: float, row: Mapping[str, Any], colour: str) -> None:
    for measure, filled in (("R@1", "white"), (HEADLINE, colour)):
        value, low, high = row[measure]
        axes.plot([low, high], [place, place], color=colour, linewidth=5, alpha=0.25, solid_capstyle="butt")
        axes.plot(
            value,
            place,
            "o",
            markersize=5,
            markerfacecolor=filled,
            markeredgecolor=colour,
            markeredgewidth=1.3,
        )


def _legend_of_kinds(figure: Any, groups: Mapping[str, Any]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], marker="o", linestyle="none", color=_COLOURS[group]) for group in groups]
    titles = [TITLES[group] for group in groups]
    figure.legend(handles, titles, loc="outside lower center", ncols=len(groups), frameon=False, fontsize=9.5)


def _draw_ranks(results: Mapping[str, Any], path: Path) -> None:
    """A panel a language, a bar a system, a part of it for each range of ranks."""
    from matplotlib import pyplot
    from matplotlib.patches import Patch

    langs = [MACRO, *results["languages"]]
    names = _contrasted(results)
    shares = {(row["system"], row["lang"]): row["shares"] for row in results["ranks"]}
    figure, panels = pyplot.subplots(
        len(langs),
        1,
        figsize=(9.5, (0.32 * len(names) + 0.42) * len(langs) + 1.2),
        dpi=_DPI,
        layout="constrained",
        sharex=True,
        sharey=True,
    )
    for axes, lang in zip(panels, langs, strict=True):
        for place, name in enumerate(names):
            _parts(axes, place, shares[name, lang])
        axes.set_title(_named(lang), fontsize=10.5, weight="bold", loc="left")
        axes.set(xlim=(0, 100), ylim=(len(names) - 0.45, -0.55))
        axes.set_yticks(range(len(names)), names, fontsize=9)
        axes.tick_params(axis="both", length=0)
        axes.spines[:].set_visible(False)
        for label in axes.get_yticklabels():
            label.set_weight("bold" if label.get_text() == results["ours"] else "normal")
    panels[-1].set_xlabel("percent of the queries")
    buckets = list(next(iter(shares.values())))
    handles = [Patch(facecolor=colour, edgecolor="white") for colour in _BUCKETS]
    titles = [f"rank {bucket}" if bucket[0].isdigit() else "beyond rank 20" for bucket in buckets]
    figure.legend(
        handles, titles, loc="outside lower center", ncols=len(buckets), frameon=False, fontsize=9.5
    )
    figure.suptitle("Where the first right code stands", fontsize=12)
    _save(figure, path)


def _parts(axes: Any, place: int, shares: Mapping[str, float]) -> None:
    left = 0.0
    for number, (share, colour) in enumerate(zip(shares.values(), _BUCKETS, strict=True)):
        axes.barh(place, 100 * share, left=left, height=0.84, color=colour, edgecolor="white", linewidth=0.8)
        if share >= _ROOM:
            axes.text(
                left + 50 * share,
                place,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if number < 2 else "black",
            )
        left += 100 * share


def _draw_gains(results: Mapping[str, Any], path: Path) -> None:
    """A panel a language: points of R@k gained over two others, by k."""
    from matplotlib import pyplot

    langs = [MACRO, *results["languages"]]
    figure, panels = pyplot.subplots(
        1, len(langs), figsize=(12, 3.7), dpi=_DPI, layout="constrained", sharex=True, sharey=True
    )
    others = {results["untuned"]: _COLOURS[MULTILINGUAL], results["english"]: _COLOURS[ENGLISH]}
    ours = [name for name in (results["ours"], FUSED) if name in results["compared"]]
    handles = {}
    for axes, lang in zip(panels, langs, strict=True):
        for other, colour in others.items():
            for name in dict.fromkeys(ours):
                line = [100 * value for value in gain(results, name, other, lang)["R"]]
                style = "-" if name == results["ours"] else "--"
                drawn = axes.plot(range(1, len(line) + 1), line, style, color=colour, linewidth=1.8)[0]
                axes.plot(1, line[0], "o", color=colour, markersize=4)
                handles[f"{name} over {other}"] = drawn
        axes.axhline(0, color="black", linewidth=1)
        axes.set_title(_named(lang), fontsize=11, weight="bold")
        axes.set_xticks([1, 5, 10, 20])
        axes.set_xlabel("k")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("points of R@k gained")
    figure.suptitle("Gain by the number of codes looked at. Below 0 the other one is ahead", fontsize=11)
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize=9.5,
        handlelength=3,
    )
    _save(figure, path)


def _contrasted(results: Mapping[str, Any]) -> list[str]:
    """Who stands in the picture of ranks: the others first, ours last."""
    ours = [name for name in (FUSED, results["ours"]) if name in results["compared"]]
    return list(dict.fromkeys([results["english"], results["untuned"], *ours]))


def _named(lang: str) -> str:
    return "mean" if lang == MACRO else language(lang)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)
