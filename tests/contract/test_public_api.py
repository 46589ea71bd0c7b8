"""What ``import codilingua`` promises."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable

import pytest

import codilingua

NAMES = [name for name in codilingua.__all__ if name != "__version__"]


def test_at_most_ten_names() -> None:
    assert len(NAMES) <= 10
    assert list(codilingua.__all__) == sorted(codilingua.__all__)
    assert codilingua.__version__.count(".") == 2


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_there_and_explained(name: str) -> None:
    value = getattr(codilingua, name)
    assert value.__name__ == name
    assert inspect.getdoc(value)


@pytest.mark.parametrize("name", ["Catalog", "Filters", "Search"])
def test_methods_are_explained(name: str) -> None:
    for method, function in inspect.getmembers(getattr(codilingua, name), inspect.isfunction):
        if not method.startswith("_"):
            assert inspect.getdoc(function), f"{name}.{method}"


def test_no_other_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        codilingua.nonsense  # noqa: B018


def test_importing_the_package_loads_nothing_heavy(environment: Callable[..., dict[str, str]]) -> None:
    code = (
        "import sys, codilingua; print([m for m in ('numpy', 'onnxruntime', 'sqlite3') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert (done.returncode, done.stdout) == (0, "[]\n")
