"""What a user may set from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from codilingua.errors import UsageError
from codilingua.settings import Settings


def test_nothing_set() -> None:
    assert Settings.from_env({}) == Settings(None, None)


def test_both_set() -> None:
    variables = {"CODILINGUA_ASSETS": "/srv/assets", "CODILINGUA_THREADS": "3"}
    assert Settings.from_env(variables) == Settings(Path("/srv/assets"), 3)


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODILINGUA_THREADS", "5")
    assert Settings.from_env().threads == 5


def test_no_folder_is_what_ships() -> None:
    assert Settings.from_env({"CODILINGUA_ASSETS": ""}).assets is None


@pytest.mark.parametrize("value", ["abc", "0", "-1", "1.5", "", " 2", "²", "٣"])
def test_a_useless_number_of_threads(value: str) -> None:
    with pytest.raises(UsageError, match="CODILINGUA_THREADS") as caught:
        Settings.from_env({"CODILINGUA_THREADS": value})
    assert repr(value) in str(caught.value)
