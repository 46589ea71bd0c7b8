"""The exception tree: what it says in its docstring is what it is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from codilingua import errors
from codilingua.errors import CodilinguaError, SourceError, UsageError

CLASSES = [
    value for _, value in inspect.getmembers(errors, inspect.isclass) if value.__module__ == errors.__name__
]


def test_the_docstring_draws_every_class() -> None:
    drawn = re.findall(r"^[ │├└─]*([A-Z]\w+)  ", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted(error.__name__ for error in CLASSES)


@pytest.mark.parametrize("error", CLASSES)
def test_one_root(error: type[Exception]) -> None:
    assert issubclass(error, CodilinguaError)
    assert error.__doc__


@pytest.mark.parametrize("name", ["QueryError", "UnknownCode", "FilterError"])
def test_what_the_user_can_change_is_a_usage_error(name: str) -> None:
    assert issubclass(getattr(errors, name), UsageError)


@pytest.mark.parametrize("name", ["AssetError", "SourceError", "MissingExtra"])
def test_what_failed_is_none(name: str) -> None:
    assert not issubclass(getattr(errors, name), UsageError)


@pytest.mark.parametrize(("line", "message"), [(7, "a.csv:7: no title"), (None, "a.csv: no title")])
def test_a_source_error_says_where(line: int | None, message: str) -> None:
    error = SourceError(Path("a.csv"), line, "no title")
    assert str(error) == message
    assert (error.path, error.line, error.reason) == (Path("a.csv"), line, "no title")
