"""The full April 2026 release, read and compiled once a test run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.catalog.tabular import ReleaseFiles, read_release, release_files
from codilingua.types import Concept


@pytest.fixture(scope="session")
def files() -> ReleaseFiles:
    return release_files()


@pytest.fixture(scope="session")
def release(files: ReleaseFiles) -> tuple[CatalogInfo, list[Concept]]:
    return read_release(files)


@pytest.fixture(scope="session")
def release_path(
    release: tuple[CatalogInfo, list[Concept]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("catalog") / "icd-10-cm.db"
    write_catalog(path, *release)
    return path


@pytest.fixture(scope="session")
def catalog(release_path: Path) -> Iterator[Catalog]:
    with Catalog.open(release_path) as opened:
        yield opened
