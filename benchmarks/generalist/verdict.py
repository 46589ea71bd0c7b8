"""The content of ``results.json`` in; what it answers, in three sentences, out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codilingua.evaluate.form import HEADLINE, MACRO
from codilingua.evaluate.reporting.report.lookup import language

DENSE, FUSED, PRIOR = "codilingua-dense", "codilingua-fused", "codilingua-prior"


def verdict(results: Mapping[str, Any]) -> list[str]:
    """Who wins, in which language, at which rank."""
    return [_who(results), _where(results), _rank(results)]


def gain(results: Mapping[str, Any], system: str, against: str, lang: str) -> Mapping[str, Any]:
    """
    :raises KeyError: when the two were not compared.
    """
    for row in results["gains"]:
        if (row["system"], row["against"], row["lang"]) == (system, against, lang):
            return dict(row)
    raise KeyError((system, against, lang))


def points(found: Mapping[str, float]) -> str:
    """``+4.9 ± 3.5``."""
    return f"{signed(found['value'])} ± {100 * found['half']:.1f}"


def signed(value: float) -> str:
    """A share as points; a rounded -0.0 is a plain zero."""
    return f"{round(100 * value, 1) + 0.0:+.1f}"


def is_clear(found: Mapping[str, float]) -> bool:
    """False where the interval includes 0."""
    return abs(found["value"]) > found["half"]


def _who(results: Mapping[str, Any]) -> str:
    ours, best, untuned = (results[key] for key in ("ours", "generalist", "untuned"))
    found = gain(results, ours, best, MACRO)[HEADLINE]
    opening = "Neither is told apart from the other"
    if is_clear(found):
        opening = "Specific" if found["value"] > 0 else "Generalist"
    shares = {row["system"]: row[HEADLINE][0] for row in results["scores"] if row["lang"] == MACRO}
    said = (
        f"{opening}: in the mean of {len(results['languages'])} languages {ours} has a right code among its "
        f"first five for {100 * shares[ours]:.1f} % of the queries, the best generalist, {best}, for "
        f"{100 * shares[best]:.1f} % ({points(found)} points)"
    )
    if DENSE in results["compared"]:
        alone = gain(results, DENSE, untuned, MACRO)[HEADLINE]
        said += (
            f"; of vectors alone, {DENSE} has {points(alone)} against {untuned}, the encoder that it was "
            "trained from"
        )
    return said + "."


def _where(results: Mapping[str, Any]) -> str:
    ours, untuned, english = (results[key] for key in ("ours", "untuned", "english"))
    said = f"By language the gain in R@5 over {untuned} goes {_span(results, ours, untuned)}"
    if english != untuned:
        said += (
            f", and over {english}, of the encoders made for English the best in English, "
            f"{_span(results, ours, english)}"
        )
    unsure = [
        f"{language(lang)} against {other}"
        for other in dict.fromkeys((untuned, english))
        for lang in results["languages"]
        if not is_clear(gain(results, ours, other, lang)[HEADLINE])
    ]
    return f"{said}; not told apart: {', '.join(unsure) or 'none'}."


def _span(results: Mapping[str, Any], ours: str, other: str) -> str:
    found = {lang: gain(results, ours, other, lang)[HEADLINE] for lang in results["languages"]}
    least, most = (choose(found, key=lambda lang: found[lang]["value"]) for choose in (min, max))
    low = f"from {points(found[least])} points in {language(least)}"
    return f"{low} to {points(found[most])} in {language(most)}"


def _rank(results: Mapping[str, Any]) -> str:
    ours, untuned, english = (results[key] for key in ("ours", "untuned", "english"))
    found = gain(results, ours, untuned, MACRO)
    behind = [
        f"{language(lang)} ({other}, {points(first)})"
        for other in dict.fromkeys((untuned, english))
        for lang in results["languages"]
        if is_clear(first := gain(results, ours, other, lang)["R@1"]) and first["value"] < 0
    ]
    said = (
        f"By rank the mean gain over {untuned} is {points(found['R@1'])} points at rank 1, "
        f"{points(found[HEADLINE])} within five and {signed(found['R'][-1])} within twenty: {_place(found)}; "
        f"at rank 1 ours is clearly behind in {', '.join(behind) or 'no language'}"
    )
    if FUSED in results["compared"] and ours != FUSED:
        without = gain(results, FUSED, untuned, MACRO)["R@1"]
        said += f", and without prior of use and reranker ({FUSED}) the gain at rank 1 is {points(without)}"
    return said + "."


def _place(found: Mapping[str, Any]) -> str:
    """Where the largest part of the gain is made, going down the ranks."""
    first, five, twenty = found["R@1"]["value"], found[HEADLINE]["value"], found["R"][-1]
    parts = {
        "its largest part is made at rank 1": first,
        "its largest part is made at ranks 2 to 5": five - first,
        "its largest part is made beyond rank 5": twenty - five,
    }
    if max(first, five, twenty) <= 0:
        return "there is none"
    return max(parts, key=lambda part: parts[part])
