"""The install hint for an optional package."""

from __future__ import annotations

import sys

import pytest

from codilingua.errors import MissingExtra
from codilingua.extras import require


def test_what_is_there_passes_unimported() -> None:
    sys.modules.pop("this", None)
    require("train", "this", "json")
    assert "this" not in sys.modules


def test_what_is_missing_is_named_with_the_command() -> None:
    with pytest.raises(MissingExtra) as caught:
        require("train", "json", "no_such_package_a", "no_such_package_b")
    message = str(caught.value)
    assert "no_such_package_a, no_such_package_b" in message
    assert "pip install 'codilingua[train]'" in message
    assert "json" not in message
