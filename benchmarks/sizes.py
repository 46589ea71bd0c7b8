"""The shipped files, and the wheel where one was built, in; their sizes out."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measured import ROOT, Group, Number, Setting
from codilingua.artifacts import Assets

_MEGABYTE = 1e6
_NOTE = """1 MB is 1,000,000 bytes. The wheel is the newest in `dist`, where `make wheel` puts it; without
one there its size is not measured."""


def measure_sizes(_: Setting) -> Group:
    """The measurement.

    :raises FileNotFoundError: when an asset is missing.
    """
    numbers = [_size(f"size.{path.name}", f"`{path.name}`", path) for path in Assets.shipped().files]
    total = sum(number.value for number in numbers)
    numbers.append(Number("size.assets", "all assets", total, "MB"))
    wheels = sorted((ROOT / "dist").glob("codilingua-*.whl"), key=lambda path: path.stat().st_mtime)
    if wheels:
        numbers.append(_size("size.wheel", f"wheel `{wheels[-1].name}`", wheels[-1]))
    return Group("size", "Sizes", _NOTE, tuple(numbers))


def _size(key: str, what: str, path: Path) -> Number:
    return Number(key, what, path.stat().st_size / _MEGABYTE, "MB")
