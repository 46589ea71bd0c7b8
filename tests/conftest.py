"""Opened searches and the command line, as every test of them needs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import codilingua
from codilingua.search.engine import Search
from codilingua.search.opening import open_search

Run = Callable[..., subprocess.CompletedProcess[bytes]]

_TINY = Path(__file__).parent / "data" / "tiny"
_IMPORT_ROOT = Path(codilingua.__file__).parents[1]
_LONGEST = 120
"""Seconds after which a command is taken to hang."""


@pytest.fixture(scope="session")
def shipped() -> Iterator[Search]:
    """A search over the assets that ship."""
    search = open_search()
    yield search
    search.catalog.close()


@pytest.fixture(scope="session")
def tiny_folder() -> Path:
    """Small assets with random weights, made by ``tests/data/make_tiny.py``. Not to be written to."""
    return _TINY


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Iterator[Search]:
    """A search over the small assets."""
    search = open_search(tiny_folder, threads=1)
    yield search
    search.catalog.close()


@pytest.fixture
def tiny_copy(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the small assets, to be damaged."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "assets"))


@pytest.fixture(scope="session")
def environment() -> Callable[..., dict[str, str]]:
    """The variables of a child process: this Python's code, and what is named; nothing of the user's."""

    def make(**variables: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CODILINGUA")}
        return {**kept, "PYTHONPATH": str(_IMPORT_ROOT), "PYTHONUTF8": "1", **variables}

    return make


@pytest.fixture(scope="session")
def run(environment: Callable[..., dict[str, str]]) -> Run:
    """Run ``codilingua`` as a user would, in a process of its own."""

    def command(
        *arguments: str | bytes | Path, given: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            [sys.executable, "-m", "codilingua", *arguments],
            input=given,
            capture_output=True,
            env=environment(**(variables or {})),
            timeout=_LONGEST,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done

    return command
