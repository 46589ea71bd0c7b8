"""The shipped catalog, and a way to lay out the files of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog

Lay = Callable[..., Path]


@pytest.fixture(scope="session")
def icd() -> Iterator[Catalog]:
    with Catalog.open(Assets.shipped().catalog) as opened:
        yield opened


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """``lay("folder/name.tsv", row, row …)`` writes a file, cells divided by tabs, into the data folder."""

    def write(name: str, *rows: tuple[str, ...]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")
        return tmp_path

    return write
