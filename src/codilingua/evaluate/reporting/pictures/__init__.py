"""The content of ``results.json`` in; its pictures out, as PNG files. Needs the extra ``eval``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codilingua.evaluate.reporting.pictures.languages import draw_curves, draw_languages
from codilingua.evaluate.reporting.pictures.latency import draw_latency
from codilingua.evaluate.reporting.pictures.moves import draw_moves
from codilingua.evaluate.reporting.pictures.style import looks_of
from codilingua.evaluate.reporting.report.illustrations import CURVES, LANGUAGES, LATENCY, MOVES
from codilingua.evaluate.reporting.report.lookup import Results
from codilingua.extras import require

__all__ = ["draw"]

_PALETTE = 256
"""Colours of a file: a third of the size, and no difference that shows."""


def draw(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what the results have the numbers for.

    :param folder: is made where it is not there; pictures of the same names are replaced.
    :return: the pictures, 1,200 pixels wide.
    :raises MissingExtra: without the extra ``eval``.
    :raises UsageError: when the content is not of an evaluation, or of another schema.
    """
    require("eval", "matplotlib", "PIL")
    read = Results(results)
    looks = looks_of(read)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {
        LANGUAGES: draw_languages(read, looks),
        CURVES: draw_curves(read, looks),
        MOVES: draw_moves(read),
        LATENCY: draw_latency(read, looks),
    }
    paths = []
    for name, figure in drawn.items():
        if figure is not None:
            _save(figure, folder / name)
            paths.append(folder / name)
    return paths


def _save(figure: Any, path: Path) -> None:
    import numpy as np
    from PIL import Image

    figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    # By coverage, not by how often a colour occurs: a small marker keeps its own.
    image = image.quantize(_PALETTE, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    image.save(path, optimize=True)
