"""The content of ``results.json`` in; the report out, as Markdown. Every number in it comes from there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from codilingua.evaluate.reporting.report.headline import headline
from codilingua.evaluate.reporting.report.lookup import Results
from codilingua.evaluate.reporting.report.method import leakage, method
from codilingua.evaluate.reporting.report.mistakes import mistakes
from codilingua.evaluate.reporting.report.outside import outside_english
from codilingua.evaluate.reporting.report.parts import chapters, per_set, slices
from codilingua.evaluate.reporting.report.subjects import cost, opening, sets, systems

__all__ = ["render"]


def render(results: Mapping[str, Any], pictures: Collection[str] = ()) -> str:
    """
    :param results: the content of ``results.json``.
    :param pictures: names of the pictures that lie beside the report; the others are left out.
    :raises UsageError: when the content is not of an evaluation, or of another schema.
    """
    read = Results(results)
    parts = [
        opening(read),
        headline(read, pictures),
        outside_english(read),
        cost(read, pictures),
        sets(read),
        per_set(read),
        slices(read),
        chapters(read),
        mistakes(read),
        leakage(read),
        systems(read),
        method(read),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
