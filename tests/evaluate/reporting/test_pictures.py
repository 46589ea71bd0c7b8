"""The pictures of the made-up run. What they look like only an eye can tell; that they are there, a test."""

from __future__ import annotations

import json
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from codilingua.errors import MissingExtra
from codilingua.evaluate.reporting.pictures import draw

needs_matplotlib = pytest.mark.skipif(
    find_spec("matplotlib") is None, reason="matplotlib is not installed; the extra eval brings it"
)

EXAMPLE = Path(__file__).parents[2] / "data" / "evaluation" / "results.json"
NAMES = ["languages.png", "curves.png", "moves.png", "latency.png"]
LARGEST = 150_000


@pytest.fixture
def results() -> dict[str, Any]:
    return dict(json.loads(EXAMPLE.read_text("utf-8")))


def size(path: Path) -> tuple[int, int]:
    """Width and height as the PNG says."""
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    return width, height


@needs_matplotlib
def test_all_are_drawn(results: dict[str, Any], tmp_path: Path) -> None:
    from PIL import Image

    paths = draw(results, tmp_path / "new")
    assert [path.name for path in paths] == NAMES
    for path in paths:
        width, height = size(path)
        assert width == 1200
        assert 200 <= height <= 1400
        assert path.stat().st_size < LARGEST
        with Image.open(path) as image:
            assert len(image.convert("RGB").getcolors(1 << 20)) > 10, "an empty picture"


@needs_matplotlib
def test_the_same_results_give_the_same_files(results: dict[str, Any], tmp_path: Path) -> None:
    first, second = draw(results, tmp_path / "a"), draw(results, tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@needs_matplotlib
def test_a_system_has_one_colour_in_all(results: dict[str, Any], tmp_path: Path) -> None:
    from PIL import Image

    draw(results, tmp_path)
    for name in ("languages.png", "curves.png", "latency.png"):
        with Image.open(tmp_path / name) as image:
            colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
        for own in ((0, 0, 0), (0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2)):
            assert min(sum(abs(a - b) for a, b in zip(own, some, strict=True)) for some in colours) < 12


@needs_matplotlib
def test_what_has_no_numbers_is_not_drawn(results: dict[str, Any], tmp_path: Path) -> None:
    results["curves"] = results["moves"] = []
    for each in results["systems"]:
        each["cost"] = None
    assert [path.name for path in draw(results, tmp_path)] == ["languages.png"]
    results["macro"] = results["languages_table"] = []
    assert draw(results, tmp_path / "none") == []


@needs_matplotlib
def test_values_without_intervals(results: dict[str, Any], tmp_path: Path) -> None:
    for part in ("languages_table", "macro"):
        for each in results[part]:
            each["measures"] = {measure: value[:1] for measure, value in each["measures"].items()}
    assert len(draw(results, tmp_path)) == 4


@needs_matplotlib
def test_labels_of_near_points_do_not_overlap() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from codilingua.evaluate.reporting.pictures.placing import place_labels

    figure = Figure(figsize=(8, 5))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 1))
    points = [(5 + 0.05 * place, 0.5 + 0.01 * place) for place in range(6)]
    labels = [(f"a system {place}", x, y, "#000000", False) for place, (x, y) in enumerate(points)]
    place_labels(axes, labels, points)
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert len(boxes) == 6
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:place])


@pytest.mark.skipif(find_spec("matplotlib") is not None, reason="matplotlib is installed")
def test_without_matplotlib_the_pip_command_is_named(results: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(MissingExtra, match=r"codilingua\[eval\]"):
        draw(results, tmp_path)
